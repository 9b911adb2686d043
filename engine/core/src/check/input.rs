//! Inputs that an operation, a trigger or a called flow does not know, misses, or cannot take.

use connector_api::shape::ObjectShape;
use connector_api::{Field, Shape, Value};

use crate::check::constant::constant_value;
use crate::check::mapping_use;
use crate::check::shapes::{Shapes, class, identities, link_saved, of_input};
use crate::check::view::{View, literal_text, meant};
use crate::diagnostic::{Diagnostic, nearest};
use crate::document::decode::listed;
use crate::expression::{Template, TemplateKind};
use crate::flow::{ActionKind, TriggerKind};
use crate::mapping::Mapping;
use crate::source::Span;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        let mut inputs = Inputs {
            shapes: Shapes::new(view, flow),
            reader: None,
            what: String::new(),
            out,
        };
        if let TriggerKind::Poll {
            connection,
            trigger,
            inputs: given,
            ..
        } = &flow.flow.trigger.kind
            && let Some(found) = view.catalog.trigger(&connection.value, &trigger.value)
        {
            inputs.what = format!("`{}.{}`", connection.value, trigger.value);
            inputs.whole(given, &found.inputs, trigger.span);
        }
        for (index, placed) in flow.actions.iter().enumerate() {
            inputs.reader = Some(index);
            match &placed.action.kind {
                ActionKind::Operation {
                    connection,
                    operation,
                    inputs: given,
                } => {
                    if let Some(found) = view.catalog.operation(&connection.value, &operation.value) {
                        inputs.what = format!("`{}.{}`", connection.value, operation.value);
                        inputs.whole(given, &found.inputs, operation.span);
                    }
                }
                ActionKind::RunFlow { flow, inputs: given } => {
                    let Some(called) = view.flow(&flow.value) else {
                        continue;
                    };
                    if view.is_broken(called.flow.span) {
                        continue;
                    }
                    if let TriggerKind::Manual { inputs: declared } = &called.flow.trigger.kind {
                        let fields = declared.iter().map(|input| {
                            let field = Field {
                                required: input.required,
                                ..Field::optional(of_input(input), "")
                            };
                            (input.name.value.clone(), field)
                        });
                        let shape = Shape::Object(ObjectShape {
                            fields: fields.collect(),
                            open: false,
                        });
                        inputs.what = format!("flow `{}`", flow.value);
                        inputs.whole(given, &shape, flow.span);
                    }
                }
                ActionKind::LinksGet { inputs: given } => {
                    inputs.what = "a link".to_owned();
                    inputs.whole(given, &Shape::Object(identities()), placed.action.name.span);
                }
                ActionKind::LinksSave { inputs: given } => {
                    inputs.what = "a link".to_owned();
                    let name = placed.action.name.span;
                    let mapping = inputs.mapping_of_link(given, name);
                    inputs.whole(given, &Shape::Object(link_saved(mapping)), name);
                }
                _ => {}
            }
        }
    }
}

/// What is given to somebody who takes inputs.
pub(super) struct Inputs<'o, 'v, 's> {
    pub(super) shapes: Shapes<'v, 's>,
    /// The action that evaluates the template; `None` for the trigger.
    pub(super) reader: Option<usize>,
    /// Who takes the inputs, for messages.
    pub(super) what: String,
    pub(super) out: &'o mut Vec<Diagnostic>,
}

impl<'s> Inputs<'_, '_, 's> {
    /// The mapping by which a link's records are compared. Records without one, and one that does not exist, are
    /// reported; an expression may name any.
    fn mapping_of_link(&mut self, given: &Template, name: Span) -> Option<&'s Mapping> {
        let TemplateKind::Map(pairs) = &given.kind else {
            return None;
        };
        let member = |wanted: &str| {
            let mut pairs = pairs.iter();
            pairs
                .find(|(key, _)| literal_text(key) == Some(wanted))
                .map(|(_, value)| value)
        };
        let Some(mapping) = member("mapping") else {
            if ["base", "written", "answered"]
                .into_iter()
                .any(|records| member(records).is_some())
            {
                let message =
                    "a link with a `base` needs the input `mapping`, by which both sides are compared";
                self.out.push(Diagnostic::error("missing-input", name, message));
            }
            return None;
        };
        let text = literal_text(mapping)?;
        let view = self.shapes.view;
        mapping_use::named(view, text, mapping.span, self.out)
    }

    /// All inputs together. `name` is where a missing one is reported.
    pub(super) fn whole(&mut self, given: &Template, shape: &Shape, name: Span) {
        match (shape, &given.kind) {
            (Shape::Object(object), TemplateKind::Map(pairs)) => self.members("input", pairs, object, name),
            (Shape::Object(object), TemplateKind::Literal(Value::Object(members))) if members.is_empty() => {
                self.members("input", &[], object, name);
            }
            _ => {}
        }
    }

    fn members(&mut self, noun: &str, pairs: &[(Template, Template)], object: &ObjectShape, place: Span) {
        let mut complete = true;
        for (key, value) in pairs {
            let Some(text) = literal_text(key) else {
                complete = false;
                continue;
            };
            match object.fields.get(text) {
                Some(field) if !field.writable => {
                    let message = format!("`{text}` is set by the service and cannot be written");
                    let help = "leave it out; the service refuses the whole call otherwise";
                    self.out
                        .push(Diagnostic::error("read-only-field", key.span, message).help(help));
                }
                Some(field) => self.value(text, value, field),
                // What an open object holds is known in part only; what looks like a known member is meant to be it.
                None if object.open && !is_misspelt(text, object) => {}
                None => {
                    let names = object.fields.keys().map(String::as_str);
                    let message = format!("{} has no {noun} `{text}`", self.what);
                    self.out
                        .push(Diagnostic::error("unknown-input", key.span, message).help(meant(
                            text,
                            names,
                            &format!("its {noun}s"),
                        )));
                }
            }
        }
        if !complete {
            return;
        }
        let given = |name: &str| pairs.iter().any(|(key, _)| literal_text(key) == Some(name));
        let missing: Vec<&str> = object
            .fields
            .iter()
            .filter(|(name, field)| {
                field.required && !given(name) && !self.shapes.view.may_declare(place.file, name)
            })
            .map(|(name, _)| name.as_str())
            .collect();
        if !missing.is_empty() {
            let plural = if missing.len() == 1 { "" } else { "s" };
            let message = format!("{} needs the {noun}{plural} {}", self.what, listed(&missing));
            let lines: Vec<String> = missing.iter().map(|name| format!("`{name}:`")).collect();
            self.out.push(
                Diagnostic::error("missing-input", place, message)
                    .help(format!("add {}", lines.join(" and "))),
            );
        }
    }

    /// One value, where what is wanted is known.
    pub(super) fn value(&mut self, name: &str, given: &Template, field: &Field) {
        // A constant expression is judged by its value.
        let constant = match &given.kind {
            TemplateKind::Expression(expression) => constant_value(expression),
            _ => None,
        };
        if let Some(value) = constant {
            self.literal(name, &value, given.span, field.required, &field.shape);
            return;
        }
        match (&given.kind, &field.shape) {
            (_, Shape::Any) => {}
            // An expression that could not be compiled was reported already.
            (TemplateKind::Literal(Value::String(text)), _) if text.contains("{{") => {}
            (TemplateKind::Map(pairs), Shape::Object(object)) => {
                let what = std::mem::replace(&mut self.what, format!("`{name}`"));
                self.members("member", pairs, object, given.span);
                self.what = what;
            }
            (TemplateKind::List(items), Shape::List(item)) => {
                let item = Field::required(item.as_ref().clone(), "");
                for given in items {
                    self.value(name, given, &item);
                }
            }
            (TemplateKind::Literal(value), shape) => {
                self.literal(name, value, given.span, field.required, shape);
            }
            (_, shape) => {
                let found = self.shapes.of_template(given, self.reader);
                if let (Some(wanted), Some(found)) = (class(shape), class(&found))
                    && wanted != found
                {
                    let message = format!("`{name}` must be {wanted}, not {found}");
                    self.out
                        .push(Diagnostic::error("wrong-input", given.span, message));
                }
            }
        }
    }

    fn literal(&mut self, name: &str, value: &Value, span: Span, required: bool, shape: &Shape) {
        if (value.is_null() && !required) || matches!(shape, Shape::Any) {
            return;
        }
        if let Some((message, help)) = fault(name, value, shape) {
            let mut diagnostic = Diagnostic::error("wrong-input", span, message);
            diagnostic.help = help;
            self.out.push(diagnostic);
        }
    }
}

/// Whether a name that an open object does not know is near one that it knows.
fn is_misspelt(name: &str, object: &ObjectShape) -> bool {
    !is_custom(name) && nearest(name, object.fields.keys().map(String::as_str)).is_some()
}

/// Whether a name is one that the administrators of a service choose: it may resemble whatever they like.
pub(super) fn is_custom(name: &str) -> bool {
    name.ends_with("__c") || name.ends_with("__r")
}

/// Why a literal cannot be what is wanted, and what to do.
fn fault(name: &str, value: &Value, shape: &Shape) -> Option<(String, Option<String>)> {
    let wrong = |wanted: &str| {
        Some((
            format!("`{name}` must be {wanted}, not {}", described(value)),
            None,
        ))
    };
    match (shape, value) {
        (Shape::Text { length_max, one_of }, Value::String(text)) => {
            if !one_of.is_empty() && !one_of.contains(text) {
                let names: Vec<&str> = one_of.iter().map(String::as_str).collect();
                let help = match nearest(text, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it is one of {}", listed(&names)),
                };
                return Some((format!("`{name}` cannot be `{text}`"), Some(help)));
            }
            let length = text.chars().count();
            let longest = length_max.filter(|longest| length > *longest as usize)?;
            Some((
                format!("`{name}` has {length} characters; at most {longest} are allowed"),
                None,
            ))
        }
        (Shape::Text { .. }, Value::Number(number)) => Some((
            format!("`{name}` must be text, not number `{number}`"),
            Some(format!("write \"{number}\" if that text is meant")),
        )),
        (Shape::ObjectName | Shape::FieldName(_), Value::String(_)) => None,
        (Shape::Text { .. } | Shape::ObjectName | Shape::FieldName(_), _) => wrong("text"),
        (Shape::Boolean, Value::Bool(_)) => None,
        (Shape::Boolean, _) => wrong("`true` or `false`"),
        (Shape::Integer, Value::Number(number)) if number.as_i64().is_some() => None,
        (Shape::Integer, _) => wrong("a whole number"),
        (Shape::Number { .. }, Value::Number(_)) => None,
        (Shape::Number { .. }, _) => wrong("a number"),
        (Shape::Date, Value::String(text))
            if text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10 =>
        {
            None
        }
        (Shape::Date, _) => wrong("a date such as `2030-01-31`"),
        (Shape::DateTime, Value::String(text)) if text.parse::<jiff::Timestamp>().is_ok() => None,
        (Shape::DateTime, _) => wrong("a point in time such as `2030-01-31T08:00:00Z`"),
        (Shape::List(_), Value::Array(_))
        | (Shape::Object(_) | Shape::FieldsOf(_), Value::Object(_))
        | (Shape::Any, _) => None,
        (Shape::List(_), _) => wrong("a list"),
        (Shape::Object(_) | Shape::FieldsOf(_), _) => wrong("an object"),
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("number `{number}`"),
        Value::String(text) if text.chars().count() <= 40 => format!("`{text}`"),
        Value::String(_) => "text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
