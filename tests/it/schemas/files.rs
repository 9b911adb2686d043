//! Shipped files fit their schemas, faulty ones do not.

use engine_core::document;
use engine_core::source::Sources;
use serde_json::Value;

use super::{faults, schema};

const INVALID: &str = "tests/data/invalid";

fn assert_fits(schema_name: &str, path: &str) {
    let found = faults(&schema(schema_name), &harness::yaml_as_json(&harness::text(path)));
    assert!(
        found.is_empty(),
        "{path} does not fit {schema_name}:\n{}",
        found.join("\n")
    );
}

#[test]
fn shipped_flows_fit() {
    let flows: Vec<String> = harness::yaml_files("flows")
        .into_iter()
        .filter(|path| path != "flows/solution.yaml")
        .collect();
    assert_eq!(flows.len(), 8);
    for path in flows {
        assert_fits("flow", &path);
    }
}

#[test]
fn shipped_mappings_fit() {
    let mappings = harness::yaml_files("flows/mappings");
    assert_eq!(mappings.len(), 3);
    for path in mappings {
        assert_fits("mapping", &path);
    }
}

#[test]
fn the_manifest_and_the_example_of_connections_fit() {
    assert_fits("solution", "flows/solution.yaml");
    assert_fits("connections", "connections.example.yaml");
}

/// Each file lies in a folder named after what the engine says of it; the schema must object too.
#[test]
fn faulty_flows_are_refused_by_engine_and_schema_alike() {
    let flow = schema("flow");
    let mut count = 0;
    for folder in std::fs::read_dir(harness::root().join(INVALID)).unwrap() {
        let code = folder.unwrap().file_name().into_string().unwrap();
        for path in harness::yaml_files(&format!("{INVALID}/{code}")) {
            let text = harness::text(&path);
            let mut sources = Sources::default();
            let id = sources.add(path.as_str(), text.as_str());
            let root = document::parse(id, sources.file(id)).root.unwrap();
            let mut diagnostics = Vec::new();
            engine_core::flow::lower("faulty", &root, &mut diagnostics);
            let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
            assert_eq!(codes, [code.as_str()], "{path}");
            assert!(
                !faults(&flow, &harness::yaml_as_json(&text)).is_empty(),
                "{path} fits the schema"
            );
            count += 1;
        }
    }
    assert!(count >= 12, "only {count} faulty flows were found");
}

#[test]
fn faulty_mappings_manifests_and_connections_are_refused() {
    for (name, text) in [
        (
            "mapping",
            "mapping: deal\nsides: { opportunity: salesforce.Opportunity }\n",
        ),
        (
            "mapping",
            "mapping: deal\nsides: { referral: p.Referral, o: s.Opportunity }\nfields: { a: { referral: name, o: Name } }\n",
        ),
        (
            "mapping",
            "mapping: deal\nsides: { referral: p.Referral, o: s.Opportunity }\nfields: { a: { referral: $.name, o: Name, to_o: sometimes } }\n",
        ),
        (
            "mapping",
            "mapping: deal\nsides: { referral: p.Referral, o: s.Opportunity }\nlists: { a: { referral: $.list, o: Rows } }\n",
        ),
        ("solution", "name: x\n"),
        ("solution", "name: x\nversion: 1\nflows: []\n"),
        (
            "solution",
            "name: x\nversion: 1\nenvironment: { a: { type: boolean, default: maybe } }\n",
        ),
        (
            "solution",
            "name: x\nversion: 1\nenvironment: { a: { type: field, default: a b } }\n",
        ),
        ("connections", "poll_evry: 5m\n"),
        ("connections", "poll_every: 5\n"),
        ("connections", "connections: { a: { connector: sales_force } }\n"),
        (
            "connections",
            "connections: { a: { connector: partner_center, tenant: t, client_id: c, refresh_token: hunter2 } }\n",
        ),
        ("connections", "connections: { a: { connector: http } }\n"),
        (
            "connections",
            "connections: { a: { connector: http, hosts: [a.example], host: b } }\n",
        ),
    ] {
        let found = faults(&schema(name), &harness::yaml_as_json(text));
        assert!(!found.is_empty(), "{name} accepts:\n{text}");
    }
}

#[test]
fn every_key_is_described() {
    for name in ["flow", "mapping", "solution", "connections"] {
        let schema = schema(name);
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_described(&schema, &schema, name);
    }
}

/// Fails for a property that an editor could say nothing about. `true` stands for one that is described elsewhere.
fn assert_described(root: &Value, node: &Value, place: &str) {
    let members: Vec<(String, &Value)> = match node {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        _ => return,
    };
    let is_condition = place.ends_with("/if") || place.ends_with("/then");
    if let Some(Value::Object(properties)) = node.get("properties").filter(|_| !is_condition) {
        for (key, property) in properties.iter().filter(|(_, property)| property.is_object()) {
            let target = match property["$ref"].as_str() {
                Some(reference) => root.pointer(reference.trim_start_matches('#')),
                None => None,
            };
            let described =
                |value: &Value| value["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(
                described(property) || target.is_some_and(described),
                "{place}/{key} has no description"
            );
        }
    }
    for (key, value) in members {
        assert_described(root, value, &format!("{place}/{key}"));
    }
}
