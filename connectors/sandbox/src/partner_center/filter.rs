//! The `$filter` language: comparison, `and`, `or`, `not`, parentheses, `any`, over the properties of a referral.
//!
//! A filter is checked against the known properties while it is read, so that a misspelt one is an error and not
//! an empty list.

use std::cmp::Ordering;

use connector_api::{Number, Value};
use jiff::Timestamp;
use uuid::Uuid;

use super::schema::{self, Kind};

/// The longest filter that is read.
const FILTER_BYTES_MAX: usize = 8 * 1024;
/// How deep parentheses, `not` and `any` may nest.
const DEPTH_MAX: usize = 32;

/// A filter that can be asked of a referral.
#[derive(Debug, PartialEq)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare(Path, Operator, Literal),
    /// Some item of a list fits; without a filter, the list is not empty.
    Any(Path, Option<Box<Filter>>),
}

/// A property, of the referral or of the item of the `depth`-th enclosing `any`.
#[derive(Debug, PartialEq)]
pub(crate) struct Path {
    /// 0 is the referral.
    depth: usize,
    steps: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    Guid(Uuid),
    Date(Timestamp),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Colon,
}

/// Reads a filter; the error is a sentence for the caller.
pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    if text.len() > FILTER_BYTES_MAX {
        return Err(format!("A filter may be at most {FILTER_BYTES_MAX} bytes long."));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        scopes: Vec::new(),
    };
    let filter = parser.or(0)?;
    match parser.peek() {
        None => Ok(filter),
        Some(token) => Err(format!("Unexpected {} after the filter.", shown(token))),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(&character) = characters.peek() {
        match character {
            ' ' | '\t' => {
                characters.next();
            }
            '(' | ')' => {
                characters.next();
                tokens.push(if character == '(' {
                    Token::Open
                } else {
                    Token::Close
                });
            }
            '\'' => {
                characters.next();
                let mut literal = String::new();
                loop {
                    match characters.next() {
                        Some('\'') if characters.peek() == Some(&'\'') => {
                            characters.next();
                            literal.push('\'');
                        }
                        Some('\'') => break,
                        Some(other) => literal.push(other),
                        None => return Err("A text in the filter has no closing quote.".to_owned()),
                    }
                }
                tokens.push(Token::Text(literal));
            }
            _ => {
                let mut word = String::new();
                while let Some(&part) = characters.peek() {
                    if matches!(part, ' ' | '\t' | '(' | ')' | '\'') {
                        break;
                    }
                    characters.next();
                    word.push(part);
                    // The variable of an `any` ends here; a colon inside a date-time does not end it.
                    if characters.peek() == Some(&':') && !word.starts_with(|c: char| c.is_ascii_digit()) {
                        break;
                    }
                    if word == ":" {
                        break;
                    }
                }
                tokens.push(if word == ":" {
                    Token::Colon
                } else {
                    Token::Word(word)
                });
            }
        }
    }
    Ok(tokens)
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => word.clone(),
        Token::Text(text) => format!("'{text}'"),
        Token::Open => "(".to_owned(),
        Token::Close => ")".to_owned(),
        Token::Colon => ":".to_owned(),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    /// Variable and item kind of each enclosing `any`.
    scopes: Vec<(String, &'static Kind)>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn word(&self) -> Option<&str> {
        match self.peek() {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn take(&mut self, wanted: &Token) -> Result<(), String> {
        match self.peek() {
            Some(token) if token == wanted => {
                self.next += 1;
                Ok(())
            }
            Some(token) => Err(format!("Expected {} before {}.", shown(wanted), shown(token))),
            None => Err(format!("The filter ends where {} is expected.", shown(wanted))),
        }
    }

    fn or(&mut self, depth: usize) -> Result<Filter, String> {
        let mut left = self.and(depth)?;
        while self.word() == Some("or") {
            self.next += 1;
            left = Filter::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Result<Filter, String> {
        let mut left = self.unary(depth)?;
        while self.word() == Some("and") {
            self.next += 1;
            left = Filter::And(Box::new(left), Box::new(self.unary(depth)?));
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Result<Filter, String> {
        if depth > DEPTH_MAX {
            return Err(format!("A filter may nest at most {DEPTH_MAX} levels."));
        }
        if self.word() == Some("not") {
            self.next += 1;
            return Ok(Filter::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.peek() == Some(&Token::Open) {
            self.next += 1;
            let inner = self.or(depth + 1)?;
            self.take(&Token::Close)?;
            return Ok(inner);
        }
        let name = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            Some(token) => return Err(format!("Expected a property before {}.", shown(token))),
            None => return Err("The filter ends where a property is expected.".to_owned()),
        };
        self.next += 1;
        if self.peek() == Some(&Token::Open) {
            return match name.strip_suffix("/any") {
                Some(list) => self.any(list, depth),
                None => Err(format!("Function {name} is not supported in a filter.")),
            };
        }
        self.comparison(&name)
    }

    fn any(&mut self, list: &str, depth: usize) -> Result<Filter, String> {
        let (path, kind) = self.path(list)?;
        let Kind::List(item) = kind else {
            return Err(format!("Property {list} is not a list."));
        };
        self.take(&Token::Open)?;
        if self.peek() == Some(&Token::Close) {
            self.next += 1;
            return Ok(Filter::Any(path, None));
        }
        let variable = self.word().map(str::to_owned).ok_or("any needs a variable.")?;
        self.next += 1;
        self.take(&Token::Colon)?;
        self.scopes.push((variable, item));
        let inner = self.or(depth + 1);
        self.scopes.pop();
        let inner = inner?;
        self.take(&Token::Close)?;
        Ok(Filter::Any(path, Some(Box::new(inner))))
    }

    fn comparison(&mut self, name: &str) -> Result<Filter, String> {
        let (path, kind) = self.path(name)?;
        let operator = match self.word() {
            Some("eq") => Operator::Eq,
            Some("ne") => Operator::Ne,
            Some("gt") => Operator::Gt,
            Some("ge") => Operator::Ge,
            Some("lt") => Operator::Lt,
            Some("le") => Operator::Le,
            _ => return Err(format!("Expected a comparison after {name}.")),
        };
        self.next += 1;
        let literal = match self.peek() {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Word(word)) => {
                bare_literal(word).ok_or_else(|| format!("{word} is not a literal; texts are quoted."))?
            }
            _ => return Err(format!("Expected a literal after the comparison of {name}.")),
        };
        self.next += 1;
        let literal = suited(kind, literal).ok_or_else(|| format!("Property {name} is of another type."))?;
        Ok(Filter::Compare(path, operator, literal))
    }

    fn path(&self, name: &str) -> Result<(Path, &'static Kind), String> {
        let unknown = || format!("There is no property {name}.");
        let steps: Vec<String> = name.split('/').map(str::to_owned).collect();
        for (index, (variable, item)) in self.scopes.iter().enumerate().rev() {
            if steps.first() == Some(variable) {
                let mut kind = *item;
                for step in &steps[1..] {
                    kind = schema::member_kind(kind, step).ok_or_else(unknown)?;
                }
                let path = Path {
                    depth: index + 1,
                    steps: steps[1..].to_vec(),
                };
                return Ok((path, kind));
            }
        }
        let kind = schema::kind_at(steps.iter().map(String::as_str)).ok_or_else(unknown)?;
        Ok((Path { depth: 0, steps }, kind))
    }
}

fn bare_literal(word: &str) -> Option<Literal> {
    match word {
        "null" => return Some(Literal::Null),
        "true" => return Some(Literal::Flag(true)),
        "false" => return Some(Literal::Flag(false)),
        _ => {}
    }
    if let Some(number) = Number::parse(word) {
        return Some(Literal::Number(number));
    }
    if word.len() == 36
        && let Ok(guid) = Uuid::try_parse(word)
    {
        return Some(Literal::Guid(guid));
    }
    schema::date(word).map(Literal::Date)
}

/// The literal in the form its property is compared in; `None` when the types do not go together.
fn suited(kind: &Kind, literal: Literal) -> Option<Literal> {
    match (kind, literal) {
        (_, Literal::Null) => Some(Literal::Null),
        (Kind::Text, literal @ (Literal::Text(_) | Literal::Guid(_)))
        | (Kind::Number, literal @ Literal::Number(_))
        | (Kind::Flag, literal @ Literal::Flag(_))
        | (Kind::Date, literal @ Literal::Date(_))
        | (Kind::Any, literal) => Some(literal),
        (Kind::Date, Literal::Text(text)) => schema::date(&text).map(Literal::Date),
        _ => None,
    }
}

impl Filter {
    /// Whether a referral fits.
    pub(crate) fn fits(&self, referral: &Value) -> bool {
        self.holds(&mut vec![referral])
    }

    fn holds(&self, scopes: &mut Vec<&Value>) -> bool {
        match self {
            Filter::And(left, right) => left.holds(scopes) && right.holds(scopes),
            Filter::Or(left, right) => left.holds(scopes) || right.holds(scopes),
            Filter::Not(inner) => !inner.holds(scopes),
            Filter::Compare(path, operator, literal) => compare(path.of(scopes), *operator, literal),
            Filter::Any(path, inner) => {
                let items = path.of(scopes).and_then(Value::as_array).unwrap_or_default();
                items.iter().any(|item| {
                    scopes.push(item);
                    let fits = inner.as_ref().is_none_or(|inner| inner.holds(scopes));
                    scopes.pop();
                    fits
                })
            }
        }
    }
}

impl Path {
    fn of<'a>(&self, scopes: &[&'a Value]) -> Option<&'a Value> {
        let mut value = *scopes.get(self.depth)?;
        for step in &self.steps {
            value = value.get(step)?;
        }
        Some(value)
    }
}

fn compare(value: Option<&Value>, operator: Operator, literal: &Literal) -> bool {
    let value = value.filter(|value| !value.is_null());
    let ordering = match (value, literal) {
        (None, Literal::Null) => Some(Ordering::Equal),
        (Some(Value::Bool(value)), Literal::Flag(literal)) => Some(value.cmp(literal)),
        (Some(Value::Number(value)), Literal::Number(literal)) => compare_numbers(value, literal),
        (Some(Value::String(value)), Literal::Text(literal)) => Some(value.as_str().cmp(literal)),
        (Some(Value::String(value)), Literal::Guid(literal)) => {
            Uuid::try_parse(value).ok().map(|value| value.cmp(literal))
        }
        (Some(Value::String(value)), Literal::Date(literal)) => {
            schema::date(value).map(|value| value.cmp(literal))
        }
        _ => None,
    };
    match operator {
        Operator::Eq => ordering == Some(Ordering::Equal),
        Operator::Ne => ordering != Some(Ordering::Equal),
        Operator::Gt => ordering == Some(Ordering::Greater),
        Operator::Lt => ordering == Some(Ordering::Less),
        // Nothing is in order with null.
        Operator::Ge | Operator::Le if *literal == Literal::Null => false,
        Operator::Ge => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (schema::decimal(left), schema::decimal(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64().partial_cmp(&right.as_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERRAL: &str = r#"{
        "id": "9b0c2f64-57a1-4f0e-8a7d-2f0b6d1c9e11", "engagementId": "c1d4a8f0-3a55-4c8b-9f6a-77b0d2a4e920",
        "name": "O'Neill", "status": "New", "substatus": "Pending", "direction": "Incoming", "statusReason": null,
        "type": "Shared", "favorite": false, "updatedDateTime": "2026-07-02T09:14:31.1180452Z",
        "customerProfile": {"address": {"country": "US"}},
        "details": {"dealValue": 48000.00},
        "team": [{"email": "a@b.c", "firstName": "A"}, {"email": "d@e.f", "firstName": "D"}]
    }"#;

    #[test]
    fn documented_and_plain_filters() {
        let referral = Value::from_json(REFERRAL).unwrap();
        for (filter, expected) in [
            ("engagementId eq 'c1d4a8f0-3a55-4c8b-9f6a-77b0d2a4e920'", true),
            ("engagementId eq c1d4a8f0-3a55-4c8b-9f6a-77b0d2a4e920", true),
            ("engagementId eq C1D4A8F0-3A55-4C8B-9F6A-77B0D2A4E920", true),
            ("engagementId eq 00000000-3a55-4c8b-9f6a-77b0d2a4e920", false),
            ("status eq 'New' and qualification eq 'SalesQualified'", false),
            (
                "customerProfile/address/country eq 'US' and direction eq 'Incoming'",
                true,
            ),
            ("(type eq 'Shared' and direction eq 'Incoming')", true),
            (
                "(direction eq 'Incoming' and substatus eq 'Pending') and team/any(t:t/email eq 'a@b.c')",
                true,
            ),
            ("team/any(t: t/email eq 'a@b.c' and t/firstName eq 'D')", false),
            (
                "team/any(t:t/email eq 'a@b.c') and team/any(t:t/firstName eq 'D')",
                true,
            ),
            ("team/any(t:t/email eq 'x@y.z')", false),
            ("team/any(t:t/firstName eq 'A' and status eq 'New')", true),
            ("team/any()", true),
            ("registrations/any()", false),
            ("name eq 'O''Neill'", true),
            ("status eq 'new'", false),
            ("not status eq 'New'", false),
            ("not (status eq 'Closed')", true),
            ("status eq 'Closed' or status eq 'New' and type eq 'Shared'", true),
            (
                "(status eq 'New' or status eq 'Closed') and type eq 'Independent'",
                false,
            ),
            ("statusReason eq null", true),
            ("externalReferenceId eq null", true),
            ("name ne null", true),
            ("statusReason ne 'x'", true),
            ("details/dealValue eq 48000", true),
            ("details/dealValue gt 47999.99", true),
            ("details/dealValue lt 48000", false),
            ("favorite eq false", true),
            ("updatedDateTime ge 2026-07-02T09:14:31.1180452Z", true),
            ("updatedDateTime gt 2026-07-02T09:14:31.1180452Z", false),
            ("updatedDateTime gt 2026-07-02T09:14:31Z", true),
            ("updatedDateTime lt 2026-07-03", true),
            ("updatedDateTime ge '2026-07-02'", true),
            ("name ge null", false),
        ] {
            let parsed = parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
            assert_eq!(parsed.fits(&referral), expected, "{filter}");
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        for filter in [
            "",
            "status",
            "status eq",
            "status eq New",
            "status is 'New'",
            "status eq 'New",
            "status eq 'New' and",
            "(status eq 'New'",
            "status eq 'New')",
            "state eq 'New'",
            "details/value eq 1",
            "details/dealValue eq '1'",
            "status eq 1",
            "favorite eq 'true'",
            "contains(name,'x')",
            "status/any(t:t eq 'x')",
            "team/any(t t/email eq 'x')",
            "team/all(t:t/email eq 'x')",
            "x/email eq 'x'",
        ] {
            assert!(parse(filter).is_err(), "{filter}");
        }
        assert!(parse(&"(".repeat(5_000)).is_err());
        assert!(parse(&"not ".repeat(2_000)).is_err());
        assert!(parse(&"a".repeat(FILTER_BYTES_MAX + 1)).is_err());
    }
}
