//! What the tests of the whole system share: where the repository is, and its files as data. Tests nothing itself.

pub mod http;
mod program;
mod running;

use std::path::{Path, PathBuf};

use connector_api::Connector;
use engine_core::document;
use engine_core::source::Sources;

pub use program::{Finished, Workplace};
pub use running::{Running, after};

/// The folder of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package lies in the repository")
        .to_path_buf()
}

/// The text of a file, by its path in the repository.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// The YAML files directly in a folder of the repository, as paths in it, sorted.
pub fn yaml_files(folder: &str) -> Vec<String> {
    let entries =
        std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("`{folder}`: {error}"));
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("a folder can be listed").file_name())
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.ends_with(".yaml"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    files.sort();
    files
}

/// YAML as the engine reads it, as JSON.
pub fn yaml_as_json(text: &str) -> serde_json::Value {
    let mut sources = Sources::default();
    let id = sources.add("test.yaml", text);
    let parsed = document::parse(id, sources.file(id));
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let root = parsed.root.expect("the text is not empty");
    serde_json::from_str(&root.to_value().to_json()).expect("a value is JSON")
}

/// A JSON file of the repository.
pub fn json(path: &str) -> serde_json::Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// Every connector there is.
pub fn connectors() -> Vec<std::sync::Arc<dyn Connector>> {
    vec![
        connector_http::connector(),
        connector_partner_center::connector(),
        connector_salesforce::connector(),
    ]
}
