//! What shape a template or a reference gives, as far as descriptors, declarations and the flow itself show it.
//!
//! Anything uncertain is [`Shape::Any`]: a rule that asks here never complains about what it cannot know.

use connector_api::shape::ObjectShape;
use connector_api::{Field, Shape, Value};
use indexmap::IndexMap;

use crate::check::constant::constant_value;
use crate::check::view::{FlowView, View, literal_text};
use crate::expression::{PathStep, Reference, Template, TemplateKind};
use crate::flow::{ActionKind, Input, TriggerKind, ValueType};
use crate::mapping::Mapping;

/// How many templates are followed from one to the next.
const FOLLOWED_MAX: usize = 16;
/// The names of a deal's identities, in `links.get` and `links.save`.
const IDENTITIES: [&str; 5] = crate::store::IDENTITY_NAMES;

/// Follows templates of one flow.
#[derive(Clone, Copy)]
pub(super) struct Shapes<'v, 's> {
    pub(super) view: &'v View<'s>,
    pub(super) flow: &'v FlowView<'s>,
    followed: usize,
}

/// Where a path leaves what is known.
pub(super) enum Walked {
    /// The shape at its end.
    Shape(Shape),
    /// A step that cannot be taken: how many steps were, the shape they led to.
    Stuck(usize, Shape),
    /// A member that an open object may have: how many steps were taken, the object.
    Open(usize, ObjectShape),
}

impl<'v, 's> Shapes<'v, 's> {
    pub(super) fn new(view: &'v View<'s>, flow: &'v FlowView<'s>) -> Self {
        Self {
            view,
            flow,
            followed: 0,
        }
    }

    fn next(self) -> Option<Self> {
        (self.followed < FOLLOWED_MAX).then_some(Self {
            followed: self.followed + 1,
            ..self
        })
    }

    /// What a template gives when an action (or, with `None`, the trigger) evaluates it.
    pub(super) fn of_template(self, template: &Template, reader: Option<usize>) -> Shape {
        match &template.kind {
            // An expression that could not be compiled was reported; nothing is known of what it gives.
            TemplateKind::Literal(Value::String(text)) if text.contains("{{") => Shape::Any,
            TemplateKind::Literal(value) => of_value(value),
            TemplateKind::Text(_) => Shape::text(),
            TemplateKind::List(items) => match items.as_slice() {
                [] => Shape::list(Shape::Any),
                [first, ..] => Shape::list(self.of_template(first, reader)),
            },
            TemplateKind::Map(pairs) => {
                let mut object = ObjectShape::default();
                for (key, value) in pairs {
                    match literal_text(key) {
                        Some(key) => {
                            let field = Field::required(self.of_template(value, reader), "");
                            object.fields.insert(key.to_owned(), field);
                        }
                        None => object.open = true,
                    }
                }
                Shape::Object(object)
            }
            TemplateKind::Expression(expression) => match expression.references.as_slice() {
                [reference] if reference.range == (0..expression.text.len()) && !reference.computed => {
                    self.of_reference(reference, reader)
                }
                _ => constant_value(expression).map_or(Shape::Any, |value| of_value(&value)),
            },
        }
    }

    /// What a path gives.
    pub(super) fn of_reference(self, reference: &Reference, reader: Option<usize>) -> Shape {
        match self.start(reference, reader) {
            Some((start, taken)) => match walk(start, &reference.path[taken..]) {
                Walked::Shape(shape) => shape,
                Walked::Stuck(..) | Walked::Open(..) => Shape::Any,
            },
            None => Shape::Any,
        }
    }

    /// The shape a path starts from and how many of its steps that takes up.
    pub(super) fn start(self, reference: &Reference, reader: Option<usize>) -> Option<(Shape, usize)> {
        let shapes = self.next()?;
        match reference.root.as_str() {
            "actions" => {
                let (name, rest) = reference.action()?;
                let target = self.flow.find(name)?;
                match rest.first() {
                    Some(PathStep::Member(part)) if part == "body" => {
                        Some((shapes.of_body_seen(target, reader), 2))
                    }
                    Some(PathStep::Member(part)) if part == "status" => Some((Shape::text(), 2)),
                    _ => None,
                }
            }
            "inputs" => {
                let TriggerKind::Manual { inputs } = &self.flow.flow.trigger.kind else {
                    return None;
                };
                let input = inputs
                    .iter()
                    .find(|input| Some(input.name.value.as_str()) == reference.member())?;
                Some((of_input(input), 1))
            }
            "env" => {
                let mut variables = self.view.solution.environment.iter();
                let variable =
                    variables.find(|variable| Some(variable.name.value.as_str()) == reference.member())?;
                Some((of_type(variable.value_type), 1))
            }
            "variables" => {
                let mut variables = self.flow.flow.variables.iter();
                let variable =
                    variables.find(|variable| Some(variable.name.value.as_str()) == reference.member())?;
                Some((of_type(variable.value_type), 1))
            }
            "trigger" if reference.member() == Some("body") => Some((self.of_trigger_body(), 1)),
            _ => None,
        }
    }

    /// The body of an action as an action sees it: from outside a loop, the list of its iterations.
    fn of_body_seen(self, target: usize, reader: Option<usize>) -> Shape {
        let body = self.of_body(target);
        let shared =
            |around: &usize| reader.is_some_and(|reader| self.flow.loops(reader).any(|own| own == *around));
        match self
            .flow
            .loops(target)
            .any(|around| !shared(&around) && Some(around) != reader)
        {
            true => Shape::list(body),
            false => body,
        }
    }

    fn of_body(self, target: usize) -> Shape {
        let reader = Some(target);
        match &self.flow.actions[target].action.kind {
            ActionKind::Operation {
                connection,
                operation,
                ..
            } => self
                .view
                .catalog
                .operation(&connection.value, &operation.value)
                .map_or(Shape::Any, |operation| operation.output.clone()),
            ActionKind::Compose { inputs } => self.of_template(inputs, reader),
            ActionKind::Join { .. } => Shape::text(),
            ActionKind::Select { select, .. } => match &select.kind {
                // `item` is known only item by item.
                TemplateKind::Map(_) => Shape::list(self.of_template(select, None)),
                _ => Shape::list(Shape::Any),
            },
            ActionKind::Filter { from, .. } => match self.of_template(from, reader) {
                list @ Shape::List(_) => list,
                _ => Shape::list(Shape::Any),
            },
            ActionKind::Diff { mapping, .. } => self.of_diff(&mapping.value),
            ActionKind::LinksGet { .. } | ActionKind::LinksSave { .. } => {
                let mut link = identities();
                let members = [
                    ("id", Shape::text()),
                    ("base", Shape::open_object([])),
                    ("etag", Shape::text()),
                    ("agreed", Shape::DateTime),
                ];
                for (name, shape) in members {
                    link.fields.insert(name.into(), Field::optional(shape, ""));
                }
                Shape::Object(link)
            }
            ActionKind::RunFlow { flow, .. } => self.of_answer(&flow.value),
            _ => Shape::Any,
        }
    }

    fn of_diff(self, mapping: &str) -> Shape {
        let mapping = self.view.solution.mappings.get(mapping);
        let Some(mapping) = mapping.filter(|mapping| !self.view.is_broken(mapping.span)) else {
            return Shape::Any;
        };
        let sides = mapping.sides.iter().map(|side| &side.name.value);
        let per_side = sides.flat_map(|side| [format!("to_{side}"), format!("rows_to_{side}")]);
        let parts = ["changed", "conflicts", "lists", "rows"].map(str::to_owned);
        let fields = per_side
            .chain(parts)
            .map(|name| (name, Field::required(Shape::Any, "")));
        Shape::Object(ObjectShape {
            fields: fields.collect(),
            open: false,
        })
    }

    /// What a called flow answers, when it has one response.
    fn of_answer(self, id: &str) -> Shape {
        let Some(flow) = self
            .view
            .flow(id)
            .filter(|flow| !self.view.is_broken(flow.flow.span))
        else {
            return Shape::Any;
        };
        let mut responses =
            flow.actions
                .iter()
                .enumerate()
                .filter_map(|(index, placed)| match &placed.action.kind {
                    ActionKind::Response { body: Some(body), .. } => Some((index, body)),
                    _ => None,
                });
        match (responses.next(), responses.next()) {
            (Some((index, body)), None) => Shapes { flow, ..self }.of_template(body, Some(index)),
            _ => Shape::Any,
        }
    }

    fn of_trigger_body(self) -> Shape {
        let trigger = &self.flow.flow.trigger;
        if trigger.split_on.is_some() {
            return Shape::Any;
        }
        match &trigger.kind {
            TriggerKind::Poll {
                connection, trigger, ..
            } => self
                .view
                .catalog
                .trigger(&connection.value, &trigger.value)
                .map_or(Shape::Any, |trigger| trigger.output.clone()),
            TriggerKind::HttpRequest {
                signature: Some(connection),
                ..
            } => self
                .view
                .catalog
                .of_connection(&connection.value)
                .and_then(|descriptor| descriptor.webhook.as_ref())
                .map_or(Shape::Any, |webhook| webhook.body.clone()),
            _ => Shape::Any,
        }
    }
}

/// The identities of a deal, all of which may be left out.
pub(super) fn identities() -> ObjectShape {
    ObjectShape {
        fields: IDENTITIES
            .iter()
            .map(|name| ((*name).to_owned(), Field::optional(Shape::text(), "")))
            .collect(),
        open: false,
    }
}

/// What `links.save` takes: identities, and what is needed to keep the values both sides have; `mapping` is the one
/// it names, if that is known.
pub(super) fn link_saved(mapping: Option<&Mapping>) -> ObjectShape {
    let mut link = identities();
    let records = |lists: bool| {
        let Some(mapping) = mapping else {
            return Shape::open_object([]);
        };
        let sides = mapping.sides.iter().map(|side| side.name.value.clone());
        let sides = sides.chain(lists.then(|| "lists".to_owned()));
        let record = || Field::optional(Shape::open_object([]), "");
        Shape::Object(ObjectShape {
            fields: sides.map(|side| (side, record())).collect(),
            open: false,
        })
    };
    let members = [
        ("base", records(false)),
        ("mapping", Shape::text()),
        ("written", records(true)),
        ("answered", records(false)),
        ("etag", Shape::text()),
    ];
    for (name, shape) in members {
        link.fields.insert(name.to_owned(), Field::optional(shape, ""));
    }
    link
}

/// Takes steps into a shape.
pub(super) fn walk(mut shape: Shape, steps: &[PathStep]) -> Walked {
    for (taken, step) in steps.iter().enumerate() {
        shape = match (shape, step) {
            (Shape::Any, _) => return Walked::Shape(Shape::Any),
            (Shape::List(item), PathStep::Index(_)) => *item,
            (Shape::Object(object), PathStep::Member(name)) => match object.fields.get(name) {
                Some(field) => field.shape.clone(),
                None if object.open => return Walked::Open(taken, object),
                None => return Walked::Stuck(taken, Shape::Object(object)),
            },
            (other, _) => return Walked::Stuck(taken, other),
        };
    }
    Walked::Shape(shape)
}

/// The shape of an input of a flow.
pub(super) fn of_input(input: &Input) -> Shape {
    let listed: Option<Vec<String>> = input
        .one_of
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect();
    match (input.value_type, listed) {
        (ValueType::Text, Some(one_of)) => Shape::Text {
            length_max: None,
            one_of,
        },
        (value_type, _) => of_type(value_type),
    }
}

fn of_type(value_type: ValueType) -> Shape {
    match value_type {
        ValueType::Text | ValueType::Field => Shape::text(),
        ValueType::Number => Shape::number(),
        ValueType::Integer => Shape::Integer,
        ValueType::Boolean => Shape::Boolean,
        ValueType::List => Shape::list(Shape::Any),
        ValueType::Object => Shape::open_object([]),
        ValueType::Any => Shape::Any,
    }
}

fn of_value(value: &Value) -> Shape {
    match value {
        Value::Null => Shape::Any,
        Value::Bool(_) => Shape::Boolean,
        Value::Number(number) if number.as_i64().is_some() => Shape::Integer,
        Value::Number(_) => Shape::number(),
        Value::String(_) => Shape::text(),
        Value::Array(items) => Shape::list(items.first().map_or(Shape::Any, of_value)),
        Value::Object(members) => {
            let fields: IndexMap<String, Field> = members
                .iter()
                .map(|(name, value)| (name.clone(), Field::required(of_value(value), "")))
                .collect();
            Shape::Object(ObjectShape { fields, open: false })
        }
    }
}

/// What two shapes must share to fit at all; `None` when nothing is known.
pub(super) fn class(shape: &Shape) -> Option<&'static str> {
    Some(match shape {
        Shape::Any => return None,
        Shape::Boolean => "true or false",
        Shape::Integer | Shape::Number { .. } => "a number",
        Shape::Text { .. } | Shape::Date | Shape::DateTime | Shape::ObjectName | Shape::FieldName(_) => {
            "text"
        }
        Shape::List(_) => "a list",
        Shape::Object(_) | Shape::FieldsOf(_) => "an object",
    })
}
