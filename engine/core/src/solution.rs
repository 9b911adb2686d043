//! All files of a solution together: the manifest, flows and mappings.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::flow::{EnvironmentVariable, Flow};
use crate::mapping::Mapping;
use crate::source::{Sources, Spanned};

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
    /// Flows by file name without `.yaml`.
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
}

/// Reads all files of a solution. Pure: the caller reads the disk.
pub fn load(files: &[SolutionFile]) -> Loaded {
    let _ = files;
    Loaded::default()
}
