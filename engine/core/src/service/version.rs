//! The version of a solution: a digest of its files, so that a run keeps the text it started with.

use std::fmt::Write;

use connector_api::Value;
use sha2::{Digest, Sha256};

use crate::solution::SolutionFile;

/// The digest of a solution's files, 64 hexadecimal digits. The order of files does not matter.
pub fn digest(files: &[SolutionFile]) -> String {
    let mut sorted: Vec<&SolutionFile> = files.iter().collect();
    sorted.sort_by(|left, right| left.path.cmp(&right.path));
    let mut hasher = Sha256::new();
    for file in sorted {
        for part in [&file.path, &file.text] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher
        .finalize()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The files as a value: path to text.
pub(super) fn to_value(files: &[SolutionFile]) -> Value {
    files
        .iter()
        .map(|file| (file.path.clone(), Value::from(file.text.as_str())))
        .collect()
}

/// Files from such a value.
pub(super) fn from_value(value: &Value) -> Vec<SolutionFile> {
    let members = value.as_object().into_iter().flatten();
    members
        .filter_map(|(path, text)| {
            Some(SolutionFile {
                path: path.clone(),
                shown: path.clone(),
                text: text.as_str()?.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SolutionFile {
        SolutionFile {
            path: path.into(),
            shown: path.into(),
            text: text.into(),
        }
    }

    #[test]
    fn a_digest_depends_on_names_and_texts_only() {
        let one = [file("a.yaml", "x"), file("b.yaml", "y")];
        let other = [file("b.yaml", "y"), file("a.yaml", "x")];
        assert_eq!(digest(&one), digest(&other));
        assert_ne!(digest(&one), digest(&[file("a.yaml", "y"), file("b.yaml", "x")]));
        assert_ne!(digest(&[file("a", "bc")]), digest(&[file("ab", "c")]));
        assert_eq!(digest(&from_value(&to_value(&one))), digest(&one));
    }
}
