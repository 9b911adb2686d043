//! What connectors describe stands in the schemas, and nothing else does.

use connector_api::{SettingKind, Shape};
use serde_json::Value;

use super::{definition, properties, schema, texts};

/// The connectors whose operations the schema offers by name: those the shipped solution connects to.
const OFFERED: [&str; 2] = ["partner_center", "salesforce"];

/// The inputs of an operation or a trigger in the schema: names, which are needed, and what is said of them.
fn assert_inputs(schema: &Value, name: &str, shape: &Shape) {
    let inputs = &definition(schema, name)["properties"]["inputs"]["anyOf"][0];
    let fields = &shape.as_object().expect("inputs are an object").fields;
    let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(properties(inputs), names, "{name}");
    let mut needed: Vec<&str> = fields
        .iter()
        .filter(|(_, field)| field.required)
        .map(|(name, _)| name.as_str())
        .collect();
    needed.sort_unstable();
    let found = inputs.get("required").map(texts).unwrap_or_default();
    assert_eq!(found, needed, "{name}");
    for (field_name, field) in fields {
        let property = &inputs["properties"][field_name];
        assert_eq!(property["description"], field.doc, "{name} {field_name}");
        if let Shape::Text { one_of, .. } = &field.shape
            && !one_of.is_empty()
        {
            assert!(
                property
                    .to_string()
                    .contains(&serde_json::to_string(one_of).unwrap())
            );
        }
    }
}

#[test]
fn operations_and_triggers_are_offered_with_their_inputs() {
    let flow = schema("flow");
    let (mut operations, mut triggers) = (Vec::new(), Vec::new());
    for connector in harness::connectors() {
        let descriptor = connector.descriptor();
        if !OFFERED.contains(&descriptor.name) {
            continue;
        }
        for operation in &descriptor.operations {
            operations.push(format!("{}.{}", descriptor.name, operation.name));
            let name = format!("operation_{}_{}", descriptor.name, operation.name);
            assert_eq!(definition(&flow, &name)["description"], operation.doc);
            assert_inputs(&flow, &name, &operation.inputs);
        }
        for trigger in &descriptor.triggers {
            triggers.push(format!("{}.{}", descriptor.name, trigger.name));
            let name = format!("trigger_{}_{}", descriptor.name, trigger.name);
            assert_eq!(definition(&flow, &name)["description"], trigger.doc);
            assert_inputs(&flow, &name, &trigger.inputs);
        }
    }
    operations.sort();
    triggers.sort();
    let offered = |definition: &Value| texts(&definition["properties"]["type"]["anyOf"][1]["enum"]);
    assert_eq!(offered(definition(&flow, "action")), operations);
    assert_eq!(offered(definition(&flow, "trigger")), triggers);
}

#[test]
fn plain_requests_take_what_the_http_connector_takes() {
    let flow = schema("flow");
    let connector = connector_http::connector().descriptor();
    let request = connector
        .operation("request")
        .expect("the operation of `http` actions");
    let inputs = &definition(&flow, "action_http")["properties"]["inputs"];
    let mut names: Vec<&str> = request
        .inputs
        .as_object()
        .unwrap()
        .fields
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(properties(inputs), names);
    assert_eq!(texts(&inputs["required"]), ["method", "url"]);
    let Shape::Text { one_of, .. } = &request.inputs.as_object().unwrap().fields["method"].shape else {
        panic!("a method is text")
    };
    assert_eq!(
        &texts(&inputs["properties"]["method"]["anyOf"][0]["enum"]),
        one_of
    );
}

#[test]
fn connections_take_every_setting_and_no_other() {
    let connections = schema("connections");
    let mut connectors = Vec::new();
    for connector in harness::connectors() {
        let descriptor = connector.descriptor();
        connectors.push(descriptor.name.to_owned());
        let known = definition(&connections, &format!("connection_{}", descriptor.name));
        let mut names: Vec<&str> = descriptor.settings.iter().map(|setting| setting.name).collect();
        names.push("connector");
        names.sort_unstable();
        assert_eq!(properties(known), names, "{}", descriptor.name);
        let mut required: Vec<&str> = descriptor
            .settings
            .iter()
            .filter(|setting| setting.required)
            .map(|setting| setting.name)
            .collect();
        required.push("connector");
        required.sort_unstable();
        assert_eq!(texts(&known["required"]), required, "{}", descriptor.name);
        for setting in &descriptor.settings {
            let place = format!("{} {}", descriptor.name, setting.name);
            let property = &known["properties"][setting.name];
            assert_eq!(property["description"], setting.doc, "{place}");
            let default = match &property["default"] {
                Value::Null => None,
                Value::Array(items) => items[0].as_str().map(str::to_owned),
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            assert_eq!(default.as_deref(), setting.default, "{place}");
            let is_secret = property["$ref"] == "#/$defs/secret";
            assert_eq!(is_secret, setting.kind == SettingKind::Secret, "{place}");
        }
    }
    connectors.sort();
    let known = definition(&connections, "connection");
    assert_eq!(texts(&known["properties"]["connector"]["enum"]), connectors);
}

/// The example shows every setting of the two connectors of the shipped flows, at least as a comment.
#[test]
fn the_example_of_connections_shows_every_setting() {
    let example = harness::text("connections.example.yaml");
    for connector in harness::connectors() {
        let descriptor = connector.descriptor();
        for setting in &descriptor.settings {
            let written = format!("{}:", setting.name);
            let shown = example
                .lines()
                .any(|line| line.trim_start_matches([' ', '#']).starts_with(&written));
            assert!(shown, "{} of {}", setting.name, descriptor.name);
        }
    }
}
