//! Reading the inputs of a call: each mistake is refused before anything is sent, naming the input.

use connector_api::{Map, OperationError, Value};

/// Longest name the service knows, namespace and suffix included.
const IDENTIFIER_CHARACTERS_MAX: usize = 120;
/// How many steps a field path may have: five parents and the field.
const PATH_STEPS_MAX: usize = 6;

/// The inputs of one call.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a>(&'a Map);

impl<'a> Inputs<'a> {
    /// Checks that `inputs` is an object that holds nothing but `known` members.
    pub(crate) fn read(inputs: &'a Value, known: &[&str]) -> Result<Self, OperationError> {
        let Some(members) = inputs.as_object() else {
            return Err(OperationError::invalid_input(
                "inputs",
                format!("inputs must be an object, not {}", inputs.kind()),
            ));
        };
        match members.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(OperationError::invalid_input(
                unknown.as_str(),
                format!("no input is called `{unknown}`; there are {}", listed(known)),
            )),
            None => Ok(Self(members)),
        }
    }

    /// The member, unless it is absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn required(&self, name: &str) -> Result<&'a Value, OperationError> {
        self.get(name)
            .ok_or_else(|| OperationError::invalid_input(name, format!("input `{name}` is missing")))
    }

    /// A text that must be there and must not be empty.
    pub(crate) fn text(&self, name: &str) -> Result<&'a str, OperationError> {
        self.required(name)?
            .as_str()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| wrong(name, "a text that is not empty"))
    }

    /// A text that may be left out.
    pub(crate) fn text_or_none(&self, name: &str) -> Result<Option<&'a str>, OperationError> {
        self.get(name).map(|_| self.text(name)).transpose()
    }

    /// `true` or `false`; `false` when left out.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, OperationError> {
        match self.get(name) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| wrong(name, "true or false")),
        }
    }

    /// The name of an object or a field.
    pub(crate) fn identifier(&self, name: &str) -> Result<&'a str, OperationError> {
        let text = self.text(name)?;
        if is_identifier(text) {
            Ok(text)
        } else {
            Err(not_identifier(name, text))
        }
    }

    /// A record id.
    pub(crate) fn id(&self, name: &str) -> Result<&'a str, OperationError> {
        let text = self.text(name)?;
        check_id(name, text)?;
        Ok(text)
    }

    /// Field values: an object whose names are identifiers.
    pub(crate) fn fields(&self, name: &str) -> Result<&'a Map, OperationError> {
        let value = self.required(name)?;
        check_fields(name, value)
    }

    /// Field values that may be left out.
    pub(crate) fn fields_or_none(&self, name: &str) -> Result<Option<&'a Map>, OperationError> {
        self.get(name).map(|value| check_fields(name, value)).transpose()
    }

    /// A list.
    pub(crate) fn list(&self, name: &str) -> Result<&'a [Value], OperationError> {
        self.required(name)?
            .as_array()
            .ok_or_else(|| wrong(name, "a list"))
    }

    /// A list of field names, with paths such as `Account.Name` when `paths` allows them.
    pub(crate) fn field_names(
        &self,
        name: &str,
        paths: bool,
    ) -> Result<Option<Vec<&'a str>>, OperationError> {
        if self.get(name).is_none() {
            return Ok(None);
        }
        let names: Result<Vec<&str>, OperationError> = self
            .list(name)?
            .iter()
            .map(|item| {
                let text = item
                    .as_str()
                    .ok_or_else(|| wrong(name, "a list of field names"))?;
                if is_identifier(text) || (paths && is_path(text)) {
                    Ok(text)
                } else {
                    Err(not_identifier(name, text))
                }
            })
            .collect();
        Ok(Some(names?))
    }

    /// The values of placeholders.
    pub(crate) fn parameters(&self) -> Result<Option<&'a Map>, OperationError> {
        self.get("parameters")
            .map(|value| value.as_object().ok_or_else(|| wrong("parameters", "an object")))
            .transpose()
    }
}

/// Whether a text can be the name of an object or a field.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.len() <= IDENTIFIER_CHARACTERS_MAX
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a text can be a field, perhaps reached through parents: `Account.Owner.Name`.
pub(crate) fn is_path(text: &str) -> bool {
    text.split('.').count() <= PATH_STEPS_MAX && text.split('.').all(is_identifier)
}

/// Checks field values: an object whose names are identifiers.
pub(crate) fn check_fields<'a>(name: &str, value: &'a Value) -> Result<&'a Map, OperationError> {
    let members = value
        .as_object()
        .ok_or_else(|| wrong(name, "an object with field values"))?;
    match members.keys().find(|key| !is_identifier(key)) {
        Some(key) => Err(not_identifier(&format!("{name}.{key}"), key)),
        None => Ok(members),
    }
}

/// Checks a record id.
pub(crate) fn check_id(name: &str, text: &str) -> Result<(), OperationError> {
    if matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(OperationError::invalid_input(
            name,
            format!("`{text}` in `{name}` is not a record id of 15 or 18 letters and digits"),
        ))
    }
}

fn wrong(name: &str, wanted: &str) -> OperationError {
    OperationError::invalid_input(name, format!("input `{name}` must be {wanted}"))
}

fn not_identifier(name: &str, text: &str) -> OperationError {
    OperationError::invalid_input(
        name,
        format!(
            "`{text}` in `{name}` is not the name of an object or field: a letter, then letters, digits and `_`"
        ),
    )
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Value {
        Value::from_json(text).unwrap()
    }

    #[test]
    fn names_are_identifiers() {
        for good in ["Name", "Referral_Identifier__c", "ns__Deal_2__c", "A"] {
            assert!(is_identifier(good), "{good}");
        }
        for bad in ["", "_x", "1x", "a b", "a;b", "Größe", "a.b", "a--", "x'"] {
            assert!(!is_identifier(bad), "{bad}");
        }
        assert!(is_path("Account.Owner.Name"));
        for bad in ["Account.", ".Name", "A..B", "A.B.C.D.E.F.G"] {
            assert!(!is_path(bad), "{bad}");
        }
    }

    #[test]
    fn mistakes_name_the_input() {
        let known = ["object", "id", "fields"];
        let error = Inputs::read(&object(r#"{"objekt":"A"}"#), &known).err().unwrap();
        assert_eq!(error.field.as_deref(), Some("objekt"));
        assert!(error.message.contains("`object`"), "{error}");
        assert!(Inputs::read(&object("[]"), &known).is_err());

        let value = object(r#"{"object":"A B","id":"006","fields":{"a-b":1}}"#);
        let inputs = Inputs::read(&value, &known).unwrap();
        assert_eq!(
            inputs.identifier("object").unwrap_err().field.as_deref(),
            Some("object")
        );
        assert_eq!(inputs.id("id").unwrap_err().field.as_deref(), Some("id"));
        assert_eq!(
            inputs.fields("fields").unwrap_err().field.as_deref(),
            Some("fields.a-b")
        );
        assert_eq!(
            inputs.text("absent").unwrap_err().field.as_deref(),
            Some("absent")
        );
    }
}
