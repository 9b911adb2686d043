//! JSONPath (RFC 9535) on our own values. The only file that knows which crate answers.
//!
//! A path that names one place is followed directly. Anything else runs over a mirror of the value, because the crate
//! asks for trait implementations that a foreign type cannot get; numbers keep their text in the mirror too. Only a
//! comparison inside a filter reads numbers as integers or doubles.

use std::borrow::Cow;

use connector_api::{Map, Number, Value};
use indexmap::IndexMap;
use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, JpQuery, Segment, Selector, Test, TestFunction,
};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use jsonpath_rust::query::queryable::Queryable;

use crate::expression::{ExpressionError, PathStep, SyntaxError};

/// Bytes of one path.
const PATH_BYTES_MAX: usize = 1024;
/// Brackets open at once: the crate's parser tries nested function calls several times over.
const BRACKETS_MAX: usize = 6;
/// How often `..` may stand in a path: each multiplies the work by the depth of the value.
const DESCENDANTS_MAX: usize = 2;

/// A compiled JSONPath.
#[derive(Clone, Debug)]
pub struct JsonPath {
    text: String,
    query: JpQuery,
    singular: Option<Vec<PathStep>>,
}

impl JsonPath {
    /// Compiles a path that starts with `$`.
    ///
    /// Shapes that the crate answers wrongly or accepts though they are not RFC 9535 are errors: several selectors
    /// after `..`, a filter inside a filter, a function that is neither a test nor compared, a function argument that
    /// may match several places, and functions that the standard does not know.
    pub fn compile(text: &str) -> Result<Self, SyntaxError> {
        let refuse =
            |message: String| SyntaxError::new(format!("JSONPath `{text}`: {message}"), 0..text.len());
        if text.len() > PATH_BYTES_MAX {
            return Err(SyntaxError::new(
                format!("the JSONPath is longer than {PATH_BYTES_MAX} bytes"),
                0..text.len(),
            ));
        }
        check_text(text).map_err(&refuse)?;
        let query = parse_json_path(text).map_err(|_| refuse("not a valid JSONPath".into()))?;
        let mut descendants = 0;
        check_segments(&query.segments, false, &mut descendants).map_err(&refuse)?;
        if descendants > DESCENDANTS_MAX {
            return Err(refuse(format!(
                "`..` may stand at most {DESCENDANTS_MAX} times in a path"
            )));
        }
        Ok(Self {
            text: text.to_owned(),
            singular: singular(&query.segments),
            query,
        })
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The steps, when the path names one place.
    pub fn steps(&self) -> Option<&[PathStep]> {
        self.singular.as_deref()
    }

    /// Every value the path finds, in document order.
    pub fn query(&self, value: &Value) -> Result<Vec<Value>, ExpressionError> {
        if let Some(steps) = &self.singular {
            return Ok(follow(value, steps).cloned().into_iter().collect());
        }
        let mirror = Mirror::of(value);
        let found = js_path_process(&self.query, &mirror)
            .map_err(|error| ExpressionError::invalid(format!("JSONPath `{}`: {error}", self.text)))?;
        Ok(found.into_iter().map(|found| found.val().to_value()).collect())
    }
}

/// Follows steps; `None` where there is nothing.
fn follow<'v>(value: &'v Value, steps: &[PathStep]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match (value, step) {
        (Value::Object(map), PathStep::Member(name)) => map.get(name),
        (Value::Array(items), PathStep::Index(index)) => {
            let index = if *index < 0 {
                items.len() as i64 + index
            } else {
                *index
            };
            items.get(usize::try_from(index).ok()?)
        }
        _ => None,
    })
}

fn singular(segments: &[Segment]) -> Option<Vec<PathStep>> {
    segments
        .iter()
        .map(|segment| match segment {
            Segment::Selector(Selector::Name(name)) => Some(PathStep::Member(name.clone())),
            Segment::Selector(Selector::Index(index)) => Some(PathStep::Index(*index)),
            _ => None,
        })
        .collect()
}

/// The crate's parser is recursive, so nesting is bounded before it runs; and it takes two names with a blank between
/// them for one.
fn check_text(text: &str) -> Result<(), String> {
    let (mut open, mut quote, mut escaped) = (0_usize, None, false);
    let (mut after_name, mut after_blank) = (false, false);
    for character in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(mark) if character == mark => quote = None,
            Some(_) => {}
            None => match character {
                '\'' | '"' => quote = Some(character),
                '[' | '(' => open += 1,
                ']' | ')' => open = open.saturating_sub(1),
                _ => {}
            },
        }
        if open > BRACKETS_MAX {
            return Err("nested too deeply".into());
        }
        let in_name = quote.is_none() && (character.is_alphanumeric() || character == '_');
        if in_name && after_name && after_blank {
            return Err(format!(
                "nothing joins the names before and after the blank at `{character}`"
            ));
        }
        after_blank = character.is_whitespace();
        after_name = in_name || (after_name && after_blank && quote.is_none());
    }
    Ok(())
}

fn check_segments(segments: &[Segment], in_filter: bool, descendants: &mut usize) -> Result<(), String> {
    segments
        .iter()
        .try_for_each(|segment| check_segment(segment, in_filter, descendants))
}

fn check_segment(segment: &Segment, in_filter: bool, descendants: &mut usize) -> Result<(), String> {
    match segment {
        Segment::Descendant(inner) => {
            *descendants += 1;
            if matches!(inner.as_ref(), Segment::Selectors(_)) {
                return Err("several selectors after `..` are not supported; write one path for each".into());
            }
            check_segment(inner, in_filter, descendants)
        }
        Segment::Selector(selector) => check_selector(selector, in_filter, descendants),
        Segment::Selectors(selectors) => selectors
            .iter()
            .try_for_each(|selector| check_selector(selector, in_filter, descendants)),
    }
}

fn check_selector(selector: &Selector, in_filter: bool, descendants: &mut usize) -> Result<(), String> {
    match selector {
        Selector::Filter(_) if in_filter => Err("a filter inside a filter is not supported".into()),
        Selector::Filter(filter) => check_filter(filter, descendants),
        _ => Ok(()),
    }
}

fn check_filter(filter: &Filter, descendants: &mut usize) -> Result<(), String> {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => {
            parts.iter().try_for_each(|part| check_filter(part, descendants))
        }
        Filter::Atom(FilterAtom::Filter { expr, .. }) => check_filter(expr, descendants),
        Filter::Atom(FilterAtom::Test { expr, .. }) => match expr.as_ref() {
            Test::Function(function) => match function.as_ref() {
                TestFunction::Search(..) | TestFunction::Match(..) => check_function(function, descendants),
                _ => Err("a function that is not a test must be compared with something".into()),
            },
            test => check_test(test, descendants),
        },
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            check_comparable(left, descendants)?;
            check_comparable(right, descendants)?;
            check_comparison(comparison)
        }
    }
}

fn check_comparison(comparison: &Comparison) -> Result<(), String> {
    let test = |side: &Comparable| {
        matches!(
            side,
            Comparable::Function(
                TestFunction::Search(..) | TestFunction::Match(..) | TestFunction::Custom(..)
            )
        )
    };
    let (left, right) = comparison.vals();
    if test(left) || test(right) {
        return Err("a test cannot be compared".into());
    }
    Ok(())
}

fn check_comparable(comparable: &Comparable, descendants: &mut usize) -> Result<(), String> {
    match comparable {
        Comparable::Function(function) => check_function(function, descendants),
        Comparable::Literal(_) | Comparable::SingularQuery(_) => Ok(()),
    }
}

fn check_function(function: &TestFunction, descendants: &mut usize) -> Result<(), String> {
    match function {
        TestFunction::Custom(name, _) => Err(format!("`{name}` is not a JSONPath function")),
        TestFunction::Length(argument) => check_value_argument(argument, descendants),
        TestFunction::Search(left, right) | TestFunction::Match(left, right) => {
            check_value_argument(left, descendants)?;
            check_value_argument(right, descendants)
        }
        TestFunction::Count(argument) | TestFunction::Value(argument) => match argument {
            FnArg::Test(test) if !matches!(test.as_ref(), Test::Function(_)) => check_test(test, descendants),
            _ => Err("`count` and `value` take a path".into()),
        },
    }
}

fn check_value_argument(argument: &FnArg, descendants: &mut usize) -> Result<(), String> {
    let segments = match argument {
        FnArg::Literal(_) => return Ok(()),
        FnArg::Filter(_) => return Err("a function argument must be a value or a path".into()),
        FnArg::Test(test) => match test.as_ref() {
            Test::RelQuery(segments) => segments,
            Test::AbsQuery(query) => &query.segments,
            Test::Function(function) => {
                return match function.as_ref() {
                    TestFunction::Search(..) | TestFunction::Match(..) => {
                        Err("a test cannot be an argument".into())
                    }
                    function => check_function(function, descendants),
                };
            }
        },
    };
    if singular(segments).is_none() {
        return Err("a path given to a function must name one place".into());
    }
    Ok(())
}

fn check_test(test: &Test, descendants: &mut usize) -> Result<(), String> {
    match test {
        Test::RelQuery(segments) => check_segments(segments, true, descendants),
        Test::AbsQuery(query) => check_segments(&query.segments, true, descendants),
        Test::Function(function) => check_function(function, descendants),
    }
}

/// Our value in a type of this crate.
#[derive(Clone, Debug, Default, PartialEq)]
enum Mirror {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Mirror>),
    Object(IndexMap<String, Mirror>),
}

impl Mirror {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => Self::Array(items.iter().map(Self::of).collect()),
            Value::Object(map) => Self::Object(
                map.iter()
                    .map(|(key, value)| (key.clone(), Self::of(value)))
                    .collect(),
            ),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.clone()),
            Self::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, value)| (key.clone(), value.to_value()))
                    .collect::<Map>(),
            ),
        }
    }
}

impl From<&str> for Mirror {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Mirror {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Mirror {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Mirror {
    fn from(value: i64) -> Self {
        Number::parse(&value.to_string()).map_or(Self::Null, Self::Number)
    }
}

impl From<f64> for Mirror {
    fn from(value: f64) -> Self {
        Number::parse(&value.to_string()).map_or(Self::Null, Self::Number)
    }
}

impl From<Vec<Mirror>> for Mirror {
    fn from(items: Vec<Mirror>) -> Self {
        Self::Array(items)
    }
}

impl Queryable for Mirror {
    fn get(&self, key: &str) -> Option<&Self> {
        if let Self::Object(map) = self {
            map.get(key)
        } else {
            None
        }
    }

    fn as_array(&self) -> Option<&Vec<Self>> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    fn as_object(&self) -> Option<Vec<(&str, &Self)>> {
        if let Self::Object(map) = self {
            Some(map.iter().map(|(key, value)| (key.as_str(), value)).collect())
        } else {
            None
        }
    }

    fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    fn as_i64(&self) -> Option<i64> {
        if let Self::Number(number) = self {
            number.as_i64()
        } else {
            None
        }
    }

    fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self {
            Some(number.as_f64())
        } else {
            None
        }
    }

    fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    fn null() -> Self {
        Self::Null
    }

    fn extension_custom(_name: &str, _arguments: Vec<Cow<'_, Self>>) -> Self {
        Self::Null
    }
}
