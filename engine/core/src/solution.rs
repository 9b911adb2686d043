//! All files of a solution together: the manifest, flows and mappings. Reads no disk.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::document::{self, Entry, MapReader, Node};
use crate::flow::{self, EnvironmentVariable, Flow};
use crate::mapping::{self, Mapping};
use crate::source::{FileId, Sources, Span, Spanned};

/// Most files of one solution.
pub const FILES_MAX: usize = 1_000;
/// The manifest's path.
pub const MANIFEST: &str = "solution.yaml";

/// A folder of flows with its manifest.
#[derive(Clone, Debug, Default)]
pub struct Solution {
    /// The name people read.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Environment variables by name, in the order written.
    pub environment: Vec<EnvironmentVariable>,
    /// Connection name to connector name.
    pub connections: Vec<(Spanned<String>, Spanned<String>)>,
    /// The flow told of failures.
    pub on_failure: Option<Spanned<String>>,
    /// Flows by file name without `.yaml` or `.yml`.
    pub flows: BTreeMap<String, Flow>,
    /// Mappings by name.
    pub mappings: BTreeMap<String, Mapping>,
}

/// A text file of a solution; `path` is relative to the solution's folder for its meaning
/// (`solution.yaml`, `x.yaml`, `mappings/x.yaml`), `shown` is what people see.
#[derive(Clone, Debug)]
pub struct SolutionFile {
    /// Relative to the solution's folder, with `/`.
    pub path: String,
    /// As shown to people.
    pub shown: String,
    /// The text.
    pub text: String,
}

/// What loading gave: as much as can be understood, and all that is wrong.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The solution.
    pub solution: Solution,
    /// The files.
    pub sources: Sources,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Flow ids and mapping names whose file is there but could not be understood: not unknown, only unread.
    pub unread: BTreeSet<String>,
    /// By file, the parts that are not YAML: what seems to be absent may stand there.
    pub left_out: BTreeMap<FileId, Vec<Span>>,
    /// The manifest, when there is one.
    pub manifest: Option<FileId>,
}

/// Reads all files of a solution. Pure: the caller reads the disk. Files that are neither the manifest, a flow nor a
/// mapping are left alone.
pub fn load(files: &[SolutionFile]) -> Loaded {
    let mut loaded = Loaded::default();
    for (index, file) in files.iter().enumerate() {
        let id = loaded.sources.add(&file.shown, file.text.as_str());
        if index >= FILES_MAX {
            let span = Span {
                file: id,
                ..Span::default()
            };
            let message = format!("a solution has at most {FILES_MAX} files");
            loaded
                .diagnostics
                .push(Diagnostic::error("too-many", span, message));
            break;
        }
        if file.path == MANIFEST {
            loaded.manifest = Some(id);
            if let Some(root) = parse(id, &mut loaded) {
                read_manifest(&root, &mut loaded);
            }
        } else if let Some(name) = file.path.strip_prefix("mappings/").and_then(yaml_name) {
            read_mapping(name, id, &mut loaded);
        } else if let Some(name) = yaml_name(&file.path) {
            read_flow(name, id, &mut loaded);
        }
    }
    if loaded.manifest.is_none() {
        let folder = files
            .first()
            .and_then(|file| file.shown.strip_suffix(&file.path))
            .unwrap_or("");
        let file = loaded.sources.add(format!("{folder}{MANIFEST}"), "");
        let span = Span {
            file,
            ..Span::default()
        };
        loaded.diagnostics.push(
            Diagnostic::error(
                "missing-manifest",
                span,
                format!("the solution has no `{MANIFEST}`"),
            )
            .help("add one with `name`, `version` and `connections`"),
        );
    }
    loaded
}

/// The name of a YAML file directly in a folder, whichever of the two endings it has.
fn yaml_name(path: &str) -> Option<&str> {
    path.strip_suffix(".yaml")
        .or_else(|| path.strip_suffix(".yml"))
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

fn parse(id: FileId, loaded: &mut Loaded) -> Option<Node> {
    let document = document::parse(id, loaded.sources.file(id));
    loaded.diagnostics.extend(document.diagnostics);
    let is_broken = !document.left_out.is_empty();
    if is_broken {
        loaded.left_out.insert(id, document.left_out);
    }
    if document.root.is_none() && !is_broken {
        let span = Span {
            file: id,
            ..Span::default()
        };
        loaded
            .diagnostics
            .push(Diagnostic::error("empty-file", span, "the file is empty"));
    }
    document.root
}

fn read_flow(name: &str, id: FileId, loaded: &mut Loaded) {
    let fits = name
        .chars()
        .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-');
    if !fits || name.len() > 120 {
        let span = Span {
            file: id,
            ..Span::default()
        };
        let message = format!("`{name}.yaml` cannot be the file name of a flow");
        loaded.diagnostics.push(
            Diagnostic::error("bad-name", span, message)
                .help("use small letters, digits and `-`: the file name is how other flows call it"),
        );
    }
    let flow = parse(id, loaded).and_then(|root| flow::lower(name, &root, &mut loaded.diagnostics));
    match flow {
        Some(flow) => {
            loaded.solution.flows.insert(name.to_owned(), flow);
        }
        None => {
            loaded.unread.insert(name.to_owned());
        }
    }
}

fn read_mapping(name: &str, id: FileId, loaded: &mut Loaded) {
    let Some(root) = parse(id, loaded) else {
        loaded.unread.insert(name.to_owned());
        return;
    };
    let Some(mapping) = mapping::lower(&root, &mut loaded.diagnostics) else {
        // The name inside the file is what flows use; the file's own name is the best guess without it.
        let written = root.get("mapping").and_then(Node::as_text).unwrap_or(name);
        loaded.unread.insert(written.to_owned());
        return;
    };
    if let Some(first) = loaded.solution.mappings.get(&mapping.name.value) {
        let message = format!("there is a second mapping `{}`", mapping.name.value);
        loaded.diagnostics.push(
            Diagnostic::error("duplicate-mapping", mapping.name.span, message)
                .related(first.name.span, "the first one"),
        );
        return;
    }
    loaded
        .solution
        .mappings
        .insert(mapping.name.value.clone(), mapping);
}

fn read_manifest(root: &Node, loaded: &mut Loaded) {
    let Some(mut reader) = MapReader::new("the solution", root, &mut loaded.diagnostics) else {
        return;
    };
    if let Some(first) = root.as_map().and_then(<[_]>::first) {
        reader = reader.at(first.key.span);
    }
    let solution = &mut loaded.solution;
    solution.name = reader
        .required_text("name")
        .map(|name| name.value)
        .unwrap_or_default();
    reader.required("version");
    solution.version = reader.prose("version").unwrap_or_default();
    reader.prose("description");
    solution.on_failure = reader.text("on_failure");
    if let Some(entries) = reader.map("connections") {
        solution.connections = entries
            .iter()
            .filter_map(|entry| connection(entry, reader.diagnostics()))
            .collect();
    }
    if let Some(entries) = reader.map("environment") {
        solution.environment = flow::lower::named("an environment variable", entries, reader.diagnostics())
            .filter_map(|entry| environment_variable(entry, reader.diagnostics()))
            .collect();
    }
    reader.finish();
}

/// `name: connector`, or `name: { connector: connector }`.
fn connection(
    entry: &Entry,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Spanned<String>, Spanned<String>)> {
    let what = format!("connection `{}`", entry.key.value);
    flow::lower::name("a connection", &entry.key, diagnostics);
    let connector = if entry.value.as_scalar().is_some() {
        document::decode::text(&what, &entry.value, diagnostics)?
    } else {
        let mut reader = MapReader::new(what, &entry.value, diagnostics)?.at(entry.key.span);
        let connector = reader.required_text("connector");
        reader.prose("description");
        reader.finish();
        connector?
    };
    Some((entry.key.clone(), connector))
}

fn environment_variable(entry: &Entry, diagnostics: &mut Vec<Diagnostic>) -> Option<EnvironmentVariable> {
    let what = format!("environment variable `{}`", entry.key.value);
    let mut reader = MapReader::new(what, &entry.value, diagnostics)?.at(entry.key.span);
    let value_type = flow::lower::typed(&mut reader);
    let variable = EnvironmentVariable {
        name: entry.key.clone(),
        display_name: reader.prose("display_name"),
        value_type,
        default: flow::lower::typed_default(&mut reader, "default", value_type),
        description: reader.prose("description"),
    };
    reader.finish();
    Some(variable)
}

#[cfg(test)]
mod tests {
    use crate::flow::ValueType;
    use crate::testing::{assert_table, loaded, render};

    #[test]
    fn a_manifest_is_read() {
        let manifest = "name: S\nversion: 1.0\ndescription: d\non_failure: tell\nconnections:\n  a: one\n  b: { connector: two, description: d }\nenvironment:\n  flag: { type: boolean, default: true, display_name: Flag, description: d }\n  amount: { type: field, default: Amount }\n  open: { type: text }\n";
        let loaded = loaded(&[("solution.yaml", manifest)]);
        assert_eq!(loaded.diagnostics, []);
        let solution = loaded.solution;
        assert_eq!((solution.name.as_str(), solution.version.as_str()), ("S", "1.0"));
        assert_eq!(solution.on_failure.unwrap().value, "tell");
        let connections: Vec<_> = solution
            .connections
            .iter()
            .map(|(name, connector)| (name.value.as_str(), connector.value.as_str()))
            .collect();
        assert_eq!(connections, [("a", "one"), ("b", "two")]);
        let environment: Vec<_> = solution
            .environment
            .iter()
            .map(|variable| {
                (
                    variable.name.value.as_str(),
                    variable.value_type,
                    variable.default.is_some(),
                )
            })
            .collect();
        assert_eq!(
            environment,
            [
                ("flag", ValueType::Boolean, true),
                ("amount", ValueType::Field, true),
                ("open", ValueType::Text, false)
            ]
        );
        assert_eq!(solution.environment[0].display_name.as_deref(), Some("Flag"));
    }

    #[test]
    fn faults_of_a_manifest() {
        let rows: &[(&str, &[&str])] = &[
            (
                "nmae: S\n",
                &[
                    "solution.yaml:1:1 missing-key: the solution has no `name`",
                    "solution.yaml:1:1 missing-key: the solution has no `version`",
                    "solution.yaml:1:1 unknown-key: the solution has no key `nmae`",
                ],
            ),
            (
                "name: S\nversion: 1.0.0\nconnections: { A: x, b: [1], c: { connectr: y } }\n",
                &[
                    "solution.yaml:3:16 bad-name: `A` cannot be the name of a connection",
                    "solution.yaml:3:25 wrong-kind: connection `b` must be a map, not a list",
                    "solution.yaml:3:30 missing-key: connection `c` has no `connector`",
                    "solution.yaml:3:35 unknown-key: connection `c` has no key `connectr`",
                ],
            ),
            (
                "name: S\nversion: 1.0.0\nenvironment:\n  a: text\n  b: { type: boolean, default: \"yes\" }\n  c: { type: field, default: A B }\n  d: { type: text, default: 5 }\n  e: { default: 5 }\n",
                &[
                    "solution.yaml:4:6 wrong-kind: environment variable `a` must be a map, not `text`",
                    "solution.yaml:5:32 wrong-default-type: `default` must be of type `boolean`, not text `yes`",
                    "solution.yaml:6:30 wrong-default-type: `default` must be of type `field`, not text `A B`",
                    "solution.yaml:7:29 wrong-default-type: `default` must be of type `text`, not number `5`",
                    "solution.yaml:8:3 missing-key: environment variable `e` has no `type`",
                ],
            ),
        ];
        assert_table(rows, |text| {
            let loaded = loaded(&[("solution.yaml", text)]);
            render(&loaded.sources, &loaded.diagnostics)
        });
    }

    #[test]
    fn files_are_what_their_place_says() {
        const FLOW: &str = "name: X\ntrigger: { type: manual }\nactions: {}\n";
        const MAPPING: &str = "mapping: deal\nsides: { referral: partner_center.Referral, opportunity: salesforce.Opportunity }\nfields:\n  name: { referral: \"$.id\", opportunity: Name }\n";
        let loaded = loaded(&[
            ("a-flow.yaml", FLOW),
            ("Bad Name.yaml", FLOW),
            ("mappings/deal.yaml", MAPPING),
            ("mappings/again.yaml", MAPPING),
            ("b-flow.yml", FLOW),
            ("tests/of-a-flow.yaml", "not: a flow\n"),
            ("README.md", "text\n"),
        ]);
        assert_eq!(
            render(&loaded.sources, &loaded.diagnostics),
            [
                "Bad Name.yaml:1:1 bad-name: `Bad Name.yaml` cannot be the file name of a flow",
                "mappings/again.yaml:1:10 duplicate-mapping: there is a second mapping `deal` | 1:10 the first one",
            ]
        );
        assert!(loaded.solution.flows.contains_key("a-flow"));
        assert!(
            loaded.solution.flows.contains_key("b-flow"),
            "either ending will do"
        );
        assert_eq!(loaded.solution.flows.len(), 3);
        assert_eq!(loaded.solution.mappings.len(), 1);
    }
}
