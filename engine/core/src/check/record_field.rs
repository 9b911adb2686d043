//! Objects and fields that inputs name, as far as they are written out: they exist, may be written, and take the value.

use connector_api::shape::ObjectShape;
use connector_api::{Descriptor, Field, Shape};

use crate::check::input::{Inputs, is_custom};
use crate::check::mapping_ends::missing;
use crate::check::shapes::Shapes;
use crate::check::view::{View, literal_text, member};
use crate::diagnostic::{Diagnostic, nearest};
use crate::expression::{Template, TemplateKind};
use crate::mapping::shapes::{self, Place};
use crate::source::Span;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for given in flow.given(view.catalog) {
            let (Some(descriptor), Some(described), TemplateKind::Map(pairs)) = (
                view.catalog.of_connection(given.connection),
                given.shape.as_object(),
                &given.inputs.kind,
            ) else {
                continue;
            };
            let mut record = Record {
                connection: given.connection,
                descriptor,
                pairs,
                inputs: Inputs {
                    shapes: Shapes::new(view, flow),
                    reader: given.reader,
                    what: String::new(),
                    out,
                },
            };
            for (name, field) in &described.fields {
                if let Some(value) = member(pairs, name) {
                    record.judge(&field.shape, value);
                }
            }
        }
    }
}

/// The inputs of one call.
struct Record<'o, 'v, 's> {
    connection: &'s str,
    descriptor: &'s Descriptor,
    pairs: &'s [(Template, Template)],
    inputs: Inputs<'o, 'v, 's>,
}

impl<'s> Record<'_, '_, 's> {
    fn judge(&mut self, shape: &Shape, given: &'s Template) {
        match (shape, &given.kind) {
            (Shape::List(item), TemplateKind::List(items)) => {
                for given in items {
                    self.judge(item, given);
                }
            }
            (Shape::ObjectName, _) => {
                if let Some(name) = written(given)
                    && self.descriptor.object(name).is_none()
                {
                    self.unknown_object(name, given.span);
                }
            }
            (Shape::FieldName(sibling), _) => {
                if let (Some((object, shape)), Some(name)) = (self.object(sibling), written(given)) {
                    self.read(object, shape, name, given.span);
                }
            }
            (Shape::FieldsOf(sibling), TemplateKind::Map(fields)) => {
                if let Some((object, shape)) = self.object(sibling) {
                    for (key, value) in fields {
                        if let Some(name) = written(key) {
                            self.write(object, shape, name, key.span, value);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// A connector describes the objects its mappings need; the service has more of them.
    fn unknown_object(&mut self, name: &str, span: Span) {
        let objects = self.descriptor.objects.iter().map(|object| object.name);
        let found = match nearest(name, objects).filter(|_| !is_custom(name)) {
            Some(near) => {
                let message = format!("`{}` has no object `{name}`", self.connection);
                Diagnostic::error("unknown-object", span, message).help(format!("did you mean `{near}`?"))
            }
            None => {
                let message = format!("`{}` has no object `{name}` that is known here", self.connection);
                Diagnostic::warning("unknown-object", span, message)
                    .help("fine if the service has it; its fields cannot be checked")
            }
        };
        self.inputs.out.push(found);
    }

    /// The object that an input names, and its shape, where both are known.
    fn object(&self, sibling: &str) -> Option<(&'s str, &'s Shape)> {
        let name = written(member(self.pairs, sibling)?)?;
        Some((name, &self.descriptor.object(name)?.shape))
    }

    fn read(&mut self, object: &str, shape: &Shape, name: &str, span: Span) {
        let (head, is_path) = match name.split_once('.') {
            Some((head, _)) => (head, true),
            None => (name, false),
        };
        match shape.as_object() {
            // Not every related object is described; one that is may have been meant.
            Some(members) if is_path && !members.fields.contains_key(head) => {
                if let Some(near) = nearest(head, related(members)) {
                    let message = format!("`{object}` has no related object `{head}`");
                    self.inputs.out.push(
                        Diagnostic::error("unknown-field", span, message)
                            .help(format!("did you mean `{near}`?")),
                    );
                }
            }
            _ => {
                let found = missing(shapes::field(shape, name), object, span);
                self.inputs.out.extend(found);
            }
        }
    }

    fn write(&mut self, object: &str, shape: &'s Shape, name: &str, span: Span, value: &Template) {
        let place = shapes::field(shape, name);
        let relates = matches!(value.kind, TemplateKind::Map(_));
        match place {
            // A parent may be named by one of its own unique fields, written as an object.
            Place::Known(field, _) if relates && field.shape.as_object().is_some() => {}
            Place::Missing(..) if relates => {}
            Place::Known(_, false) => {
                let message = format!("`{name}` of `{object}` is set by the service and cannot be written");
                self.inputs.out.push(
                    Diagnostic::error("read-only-field", span, message)
                        .help("leave it out; the service refuses the whole record otherwise"),
                );
            }
            Place::Known(field, true) => {
                if !matches!(field.shape, Shape::Object(_) | Shape::List(_)) {
                    // Any field may be emptied here; which of them must not be is the service's to say.
                    self.inputs
                        .value(name, value, &Field::optional(field.shape.clone(), ""));
                }
            }
            place => {
                let found = missing(place, object, span);
                self.inputs.out.extend(found);
            }
        }
    }
}

/// The names of the objects that an object leads to.
fn related(members: &ObjectShape) -> impl Iterator<Item = &str> {
    let members = members.fields.iter();
    members
        .filter(|(_, field)| matches!(field.shape, Shape::Object(_) | Shape::List(_)))
        .map(|(name, _)| name.as_str())
}

/// A text that is written out; one with braces is an expression that could not be compiled and was reported.
fn written(template: &Template) -> Option<&str> {
    literal_text(template).filter(|text| !text.contains("{{"))
}
