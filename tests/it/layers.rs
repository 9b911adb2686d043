//! Who may know whom. The arrows point one way, and files stay small enough to be read.

use std::path::{Path, PathBuf};

use harness::{root, text};

/// The packages of this repository, by folder.
const PACKAGES: [(&str, &str); 8] = [
    ("connector-api", "connectors/api"),
    ("connector-http", "connectors/http"),
    ("connector-partner-center", "connectors/partner-center"),
    ("connector-salesforce", "connectors/salesforce"),
    ("sandbox", "connectors/sandbox"),
    ("engine-core", "engine/core"),
    ("engine", "engine/cli"),
    ("engine-tests", "tests"),
];
/// Longest file, in lines.
const LINES_MAX: usize = 1_000;

/// The names under `[dependencies]`; those of development do not shape what is built.
fn dependencies(package: &str) -> Vec<String> {
    let folder = PACKAGES
        .iter()
        .find(|(name, _)| *name == package)
        .expect("a package")
        .1;
    let manifest = text(&format!("{folder}/Cargo.toml"));
    let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap_or_default();
    rest.lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn knows_none_of(package: &str, forbidden: &[&str]) {
    let known = dependencies(package);
    for name in forbidden {
        assert!(
            !known.iter().any(|known| known == name),
            "{package} must not know {name}"
        );
    }
}

/// Every file below a folder with one of the endings, as a path in the repository.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder can be listed") {
            let path = entry.expect("a folder can be listed").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    waiting.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(
                    path.strip_prefix(root())
                        .expect("inside the repository")
                        .to_path_buf(),
                );
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    text(&path.to_string_lossy())
}

#[test]
fn every_package_is_listed() {
    let manifest = text("Cargo.toml");
    let members = manifest
        .split_once("members = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .expect("members")
        .0;
    let mut members: Vec<&str> = members
        .split(',')
        .map(|member| member.trim().trim_matches('"'))
        .filter(|member| !member.is_empty())
        .collect();
    let mut listed: Vec<&str> = PACKAGES.iter().map(|(_, folder)| *folder).collect();
    members.sort_unstable();
    listed.sort_unstable();
    assert_eq!(members, listed);
    // The reading of manifests itself: without it the rules below would hold of nothing.
    assert!(
        dependencies("engine")
            .iter()
            .any(|name| name == "connector-salesforce")
    );
    assert!(dependencies("engine-core").iter().any(|name| name == "minijinja"));
}

#[test]
fn the_arrows_point_one_way() {
    let ours: Vec<&str> = PACKAGES.iter().map(|(name, _)| *name).collect();
    knows_none_of("connector-api", &ours);
    knows_none_of("connector-api", &["tokio", "reqwest", "axum", "hyper"]);
    for connector in [
        "connector-http",
        "connector-partner-center",
        "connector-salesforce",
        "sandbox",
    ] {
        knows_none_of(connector, &["engine-core", "engine", "engine-tests", "clap"]);
    }
    for connector in [
        "connector-http",
        "connector-partner-center",
        "connector-salesforce",
    ] {
        knows_none_of(connector, &["sandbox"]);
    }
    knows_none_of("connector-partner-center", &["connector-salesforce"]);
    knows_none_of("connector-salesforce", &["connector-partner-center"]);
    knows_none_of(
        "sandbox",
        &[
            "connector-partner-center",
            "connector-salesforce",
            "connector-http",
        ],
    );
    knows_none_of(
        "engine-core",
        &[
            "connector-http",
            "connector-partner-center",
            "connector-salesforce",
            "sandbox",
            "engine",
            "clap",
            "axum",
            "reqwest",
            "hyper",
        ],
    );
}

#[test]
fn only_one_file_of_the_command_line_names_connectors() {
    let mut naming = Vec::new();
    for path in files("engine/cli/src", &[".rs"]) {
        let source = read(&path);
        if ["connector_partner_center", "connector_salesforce"]
            .iter()
            .any(|name| source.contains(name))
        {
            naming.push(path.to_string_lossy().into_owned());
        }
    }
    assert_eq!(naming, ["engine/cli/src/connectors.rs"]);
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let mut seen = 0;
    for folder in ["connectors", "engine", "flows", "schemas", "tests"] {
        for path in files(folder, &[".rs", ".yaml", ".md", ".sh"]) {
            let lines = read(&path).lines().count();
            assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} files");
}

#[test]
fn every_source_file_says_what_it_is_for() {
    for folder in ["connectors", "engine", "tests"] {
        for path in files(folder, &[".rs"]) {
            assert!(
                read(&path).starts_with("//!"),
                "{} starts without `//!`",
                path.display()
            );
        }
    }
}

#[test]
fn no_test_sleeps() {
    // Written in two parts, so that this file does not count.
    let call = concat!("sleep", "(");
    let mut seen = 0;
    for folder in ["connectors", "engine", "tests"] {
        for path in files(folder, &[".rs"]) {
            let source = read(&path);
            let shown = path.to_string_lossy();
            let is_test = shown.contains("/tests/")
                || shown.starts_with("tests/")
                || shown.ends_with("/tests.rs")
                || shown.ends_with("_tests.rs");
            let tests = if is_test {
                Some(source.as_str())
            } else {
                source
                    .split_once("#[cfg(test)]\nmod tests {")
                    .map(|(_, tests)| tests)
            };
            let Some(tests) = tests else { continue };
            seen += 1;
            assert!(!tests.contains(call), "{shown} sleeps");
        }
    }
    assert!(seen > 50, "{seen} files with tests");
}
