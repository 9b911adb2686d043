//! The sides a map or a diff was given, and what each row of the mapping offers from them.

use std::sync::Arc;

use connector_api::Value;

use crate::expression::{Context, Evaluated, Template};
use crate::flow::is_field_name;
use crate::mapping::column::is_blank;
use crate::mapping::model::{Direction, FieldEnd, Mapping, REFERRAL, Row};
use crate::mapping::names::{CREATING, VALUE, overlaid};
use crate::mapping::translate::{Towards, shown, translate};
use crate::mapping::{MapError, Path};

/// The given sides with the names their expressions may use.
pub(crate) struct Given<'m> {
    pub(crate) mapping: &'m Mapping,
    pub(crate) creating: bool,
    sides: Vec<(String, Arc<Value>)>,
    context: Context,
}

impl<'m> Given<'m> {
    pub(crate) fn new(
        mapping: &'m Mapping,
        from: Vec<(String, Arc<Value>)>,
        creating: bool,
        context: &Context,
    ) -> Result<Self, MapError> {
        let mut sides: Vec<(String, Arc<Value>)> = Vec::with_capacity(from.len());
        for (name, value) in from {
            known_side(mapping, &name)?;
            sides.push((name, value));
        }
        let nothing = Arc::new(Value::Null);
        let mut names: Vec<(String, Option<Arc<Value>>)> = mapping
            .sides
            .iter()
            .map(|side| {
                let given = sides.iter().find(|(name, _)| *name == side.name.value);
                let value = given.map_or_else(|| Arc::clone(&nothing), |(_, value)| Arc::clone(value));
                (side.name.value.clone(), Some(value))
            })
            .collect();
        names.push((CREATING.to_owned(), Some(Arc::new(Value::Bool(creating)))));
        Ok(Self {
            mapping,
            creating,
            sides,
            context: overlaid(context, names),
        })
    }

    /// A given side; `None` when it was not given.
    pub(crate) fn side(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.sides.iter().find(|(given, _)| given == name)?;
        Some(value)
    }

    /// A given side that holds something.
    pub(crate) fn present(&self, name: &str) -> Option<&Value> {
        self.side(name).filter(|value| !value.is_null())
    }

    /// The context in which every side is in sight.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// The name of a row's field at the other side.
    pub(crate) fn field(&self, row: &Row) -> Result<String, MapError> {
        field_name(&row.field, &self.context).map_err(|error| error.row(&row.name.value))
    }

    /// The value a row reads when it goes this way; `None` when there is none.
    pub(crate) fn source(&self, row: &Row, field: &str, towards: Towards) -> Option<Value> {
        if towards == Towards::Referral {
            return self.side(&row.side.value)?.get(field).cloned();
        }
        let referral = self.side(REFERRAL)?;
        match row.referral.as_slice() {
            [] => None,
            [path] => path.value.get(referral).cloned(),
            paths => {
                let values: Vec<_> = paths.iter().map(|path| path.value.get(referral)).collect();
                values.iter().any(Option::is_some).then(|| {
                    let values = values.into_iter();
                    Value::Array(values.map(|value| value.cloned().unwrap_or_default()).collect())
                })
            }
        }
    }

    /// What a row offers this way: one value for each of its targets (`None`: leave that target alone), or nothing
    /// when it does not go this way now.
    pub(crate) fn offered(
        &self,
        row: &Row,
        field: &str,
        towards: Towards,
    ) -> Result<Option<Vec<Option<Value>>>, MapError> {
        self.offer(row, field, towards).map_err(|error| {
            error
                .row(&row.name.value)
                .field(self.source_field(row, field, towards))
        })
    }

    fn offer(
        &self,
        row: &Row,
        field: &str,
        towards: Towards,
    ) -> Result<Option<Vec<Option<Value>>>, MapError> {
        let direction = match towards {
            Towards::Referral => &row.to_referral,
            Towards::Side => &row.to_side,
        };
        let source = self.source(row, field, towards);
        let value = match direction {
            Direction::Never => return Ok(None),
            Direction::Create if !self.creating => return Ok(None),
            Direction::Create | Direction::Always => self.translated(row, source.as_ref(), towards)?,
            Direction::Computed { on, value } => {
                let context = self.with_value(source.clone());
                if let Some(on) = on
                    && !holds(on, &context)?
                {
                    return Ok(None);
                }
                match value {
                    Some(value) => defined(value, &context)?,
                    None => self.translated(row, source.as_ref(), towards)?,
                }
            }
        };
        let value = match &row.default {
            Some(default) if is_blank(value.as_ref()) => defined(default, &self.with_value(source))?,
            _ => value,
        };
        if towards == Towards::Side || row.referral.len() == 1 {
            return Ok(Some(vec![value]));
        }
        match value {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(values)) if values.len() == row.referral.len() => {
                Ok(Some(values.into_iter().map(Some).collect()))
            }
            Some(other) => Err(MapError::new(
                "invalid_value",
                format!(
                    "`value` must give a list of {} values, one for each path, not `{}`",
                    row.referral.len(),
                    shown(&other)
                ),
            )),
        }
    }

    fn translated(
        &self,
        row: &Row,
        source: Option<&Value>,
        towards: Towards,
    ) -> Result<Option<Value>, MapError> {
        let Some(source) = source else { return Ok(None) };
        match translate(row.translation.as_ref(), source, towards) {
            Err(error) if error.code == "unmapped_value" && row.default.is_some() => Ok(None),
            result => result.map(Some),
        }
    }

    /// Refuses a blank value where the mapping wants one. A missing value is refused only when the target is made.
    pub(crate) fn require(
        &self,
        row: &Row,
        field: &str,
        value: Option<&Value>,
        towards: Towards,
    ) -> Result<(), MapError> {
        match &row.required {
            Some(sentence) if is_blank(value) && (self.creating || value.is_some()) => {
                Err(MapError::new("required_value", sentence)
                    .row(&row.name.value)
                    .field(self.source_field(row, field, towards)))
            }
            _ => Ok(()),
        }
    }

    /// The field a person looks at when a row has no good value.
    fn source_field(&self, row: &Row, field: &str, towards: Towards) -> String {
        match (towards, row.referral.first()) {
            (Towards::Side, Some(path)) => path.value.to_string(),
            _ => self.shown_field(&row.side.value, field),
        }
    }

    /// `Object.Field`.
    pub(crate) fn shown_field(&self, side: &str, field: &str) -> String {
        let object = self.mapping.side(side).map_or(side, |side| &side.object.value);
        format!("{object}.{field}")
    }

    pub(crate) fn with_value(&self, value: Option<Value>) -> Context {
        overlaid(&self.context, vec![(VALUE.to_owned(), value.map(Arc::new))])
    }
}

/// The context in which the inline fields of a map are evaluated: every side by its name (null where it is not
/// given), `creating`, and what was in sight before.
pub fn in_sight(
    mapping: &Mapping,
    from: &[(String, Arc<Value>)],
    creating: bool,
    context: &Context,
) -> Result<Context, MapError> {
    Ok(Given::new(mapping, from.to_vec(), creating, context)?.context)
}

/// Refuses a name that is no side of the mapping.
pub(crate) fn known_side(mapping: &Mapping, name: &str) -> Result<(), MapError> {
    if mapping.side(name).is_some() {
        return Ok(());
    }
    Err(MapError::new(
        "unknown_side",
        format!("the mapping `{}` has no side `{name}`", mapping.name.value),
    ))
}

/// The name a field end gives. Nothing that could change a query passes.
pub(crate) fn field_name(end: &FieldEnd, context: &Context) -> Result<String, MapError> {
    match end.template.evaluate(context)? {
        Value::String(name) if is_field_name(&name) => Ok(name),
        other => Err(MapError::new(
            "invalid_field_name",
            format!("`{}` cannot be the name of a field", shown(&other)),
        )),
    }
}

/// Whether a condition holds; anything but true or false is refused.
pub(crate) fn holds(on: &Template, context: &Context) -> Result<bool, MapError> {
    match on.evaluate(context)? {
        Value::Bool(holds) => Ok(holds),
        other => Err(MapError::new(
            "invalid_value",
            format!("`on` must give true or false, not `{}`", shown(&other)),
        )),
    }
}

/// The value of a template, `None` where it gives nothing.
pub(crate) fn defined(template: &Template, context: &Context) -> Result<Option<Value>, MapError> {
    Ok(match template.evaluate_defined(context)? {
        Evaluated::Value(value) => Some(value),
        Evaluated::Undefined(_) => None,
    })
}

/// The paths of a row with the values offered for them.
pub(crate) fn by_path(row: &Row, values: Vec<Option<Value>>) -> impl Iterator<Item = (&Path, Option<Value>)> {
    row.referral.iter().map(|path| &path.value).zip(values)
}
