//! What the connector can do, as data.

use connector_api::{Descriptor, Effect, Field, OperationDescriptor, SettingDescriptor, SettingKind, Shape};

/// The one operation.
pub(super) const REQUEST: &str = "request";
/// The methods that may be used, sorted.
pub(super) const METHODS: [&str; 6] = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];
/// Calls started within a second unless a connection says otherwise.
pub(super) const REQUESTS_PER_SECOND: i64 = 10;
/// Calls in flight at once unless a connection says otherwise.
pub(super) const CONCURRENCY: i64 = 4;

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        name: "http",
        doc: "Plain HTTP requests to the hosts a deployment lists.",
        settings: settings(),
        operations: vec![request()],
        triggers: Vec::new(),
        webhook: None,
        objects: Vec::new(),
    }
}

fn settings() -> Vec<SettingDescriptor> {
    use SettingKind::{Integer, Text, TextList};
    let setting = |name, kind, default, doc| SettingDescriptor {
        name,
        doc,
        kind,
        required: false,
        default,
    };
    vec![
        SettingDescriptor {
            required: true,
            ..setting(
                "hosts",
                TextList,
                None,
                "The hosts that may be called: `host`, `host:port` or `*.domain`. Nothing else is.",
            )
        },
        setting(
            "ca_file",
            Text,
            None,
            "A PEM file with certificate authorities trusted besides those of the system.",
        ),
        setting(
            "requests_per_second",
            Integer,
            Some("10"),
            "How many calls may start in a second.",
        ),
        setting(
            "concurrency",
            Integer,
            Some("4"),
            "How many calls may be under way at once.",
        ),
    ]
}

fn request() -> OperationDescriptor {
    OperationDescriptor {
        name: REQUEST,
        doc: "Sends one request; an answer of 400 and above fails the action.",
        // What a request does when it is repeated depends on its method. The strictest case is declared.
        effect: Effect::Create,
        inputs: Shape::object([
            ("method", Field::required(Shape::one_of(&METHODS), "The method.")),
            (
                "url",
                Field::required(
                    Shape::text(),
                    "The address: https, or http for a host on this machine.",
                ),
            ),
            (
                "headers",
                Field::optional(Shape::open_object([]), "Headers by name."),
            ),
            (
                "query",
                Field::optional(
                    Shape::open_object([]),
                    "Query parameters by name, added to those of the address; a list repeats its parameter.",
                ),
            ),
            (
                "body",
                Field::optional(
                    Shape::Any,
                    "The body: text goes out as it is, everything else as JSON.",
                ),
            ),
        ]),
        output: Shape::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_shown_are_the_defaults_in_force() {
        for (name, value) in [
            ("requests_per_second", REQUESTS_PER_SECOND),
            ("concurrency", CONCURRENCY),
        ] {
            let settings = settings();
            let setting = settings.iter().find(|setting| setting.name == name).unwrap();
            assert_eq!(setting.default, Some(value.to_string().as_str()), "{name}");
        }
    }
}
