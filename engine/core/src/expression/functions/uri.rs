//! Functions on addresses and their encoding.

use connector_api::Value;
use url::Url;

use crate::expression::ExpressionError;
use crate::expression::functions::arguments::shown;
use crate::expression::functions::table::Function;
use crate::expression::functions::{Arguments, Outcome};
use crate::expression::limits::Budget;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("uri_component", 1, 1, encode),
    Function::new("encode_uri_component", 1, 1, encode),
    Function::new("uri_component_to_string", 1, 1, decode),
    Function::new("decode_uri_component", 1, 1, decode),
    Function::new("uri_host", 1, 1, |arguments| {
        Ok(Value::from(address(arguments)?.host_str().unwrap_or_default()))
    }),
    Function::new("uri_path", 1, 1, |arguments| {
        Ok(Value::from(address(arguments)?.path()))
    }),
    Function::new("uri_path_and_query", 1, 1, |arguments| {
        let address = address(arguments)?;
        Ok(Value::String(format!("{}{}", address.path(), query(&address))))
    }),
    Function::new("uri_port", 1, 1, |arguments| {
        let address = address(arguments)?;
        // .NET says -1 where neither the address nor its scheme names a port.
        Ok(Value::from(address.port_or_known_default().map_or(-1, i64::from)))
    }),
    Function::new("uri_query", 1, 1, |arguments| {
        Ok(Value::String(query(&address(arguments)?)))
    }),
    Function::new("uri_scheme", 1, 1, |arguments| {
        Ok(Value::from(address(arguments)?.scheme()))
    }),
];

fn address(arguments: &Arguments<'_>) -> Result<Url, ExpressionError> {
    let text = arguments.text(0)?;
    Url::parse(text).map_err(|_| arguments.fault(format!("`{}` is not an absolute address", shown(text))))
}

fn query(address: &Url) -> String {
    address
        .query()
        .filter(|query| !query.is_empty())
        .map_or_else(String::new, |query| format!("?{query}"))
}

/// Everything but letters, digits and `-_.~` as `%XX`.
fn encode(arguments: &Arguments<'_>) -> Outcome {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut budget = Budget::text();
    let mut encoded = String::new();
    for byte in arguments.text(0)?.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            budget.take(1)?;
            encoded.push(char::from(byte));
        } else {
            budget.take(3)?;
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    Ok(Value::String(encoded))
}

/// `%XX` to characters; `+` stays, and so does a `%` that begins nothing.
fn decode(arguments: &Arguments<'_>) -> Outcome {
    let text = arguments.text(0)?.as_bytes();
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    Ok(Value::String(String::from_utf8_lossy(&decoded).into_owned()))
}
