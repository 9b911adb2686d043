//! The JSON Schemas in `schemas/` say what the engine accepts: shipped files fit them, faulty ones do not, and every
//! key stands in both.

mod connectors;
mod files;
mod keys;

use serde_json::Value;

/// A schema by its short name.
fn schema(name: &str) -> Value {
    harness::json(&format!("schemas/{name}.schema.json"))
}

/// What a schema has against a document, one line for each fault.
fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("the schema is a schema");
    validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The definition of that name.
fn definition<'s>(schema: &'s Value, name: &str) -> &'s Value {
    let found = &schema["$defs"][name];
    assert!(found.is_object(), "no definition `{name}`");
    found
}

/// The keys of a definition's properties, sorted.
fn properties(definition: &Value) -> Vec<String> {
    let properties = definition["properties"].as_object().expect("it has properties");
    let mut keys: Vec<String> = properties.keys().cloned().collect();
    keys.sort();
    keys
}

/// The texts of a list, sorted.
fn texts(list: &Value) -> Vec<String> {
    let mut texts: Vec<String> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|text| text.as_str().expect("text").to_owned())
        .collect();
    texts.sort();
    texts
}
