//! Reads a solution's files from disk.

use std::path::{Path, PathBuf};

use engine_core::solution::SolutionFile;

use super::SetupError;

/// The files of a solution, and which flow was asked for, if one was.
pub(crate) struct ReadSolution {
    /// All files, sorted by path.
    pub(crate) files: Vec<SolutionFile>,
    /// The flow, when the path named one file.
    pub(crate) flow: Option<String>,
}

/// Reads the solution at a folder, or the one a flow's file belongs to.
pub(crate) fn read_solution(path: &Path) -> Result<ReadSolution, SetupError> {
    let missing = |path: &Path| {
        SetupError::new(
            format!("`{}` does not exist", path.display()),
            "name a folder of flows such as `flows/`, or one flow in it",
        )
    };
    if !path.exists() {
        return Err(missing(path));
    }
    let (folder, flow) = if path.is_dir() {
        (path.to_path_buf(), None)
    } else {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let parent = if parent.file_name().is_some_and(|name| name == "mappings") {
            parent.parent().unwrap_or(Path::new("."))
        } else {
            parent
        };
        let flow = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
        (parent.to_path_buf(), flow)
    };
    let mut files = Vec::new();
    for sub in ["", "mappings"] {
        collect(&folder, sub, &mut files)?;
    }
    if files.is_empty() {
        return Err(SetupError::new(
            format!("there is no flow in `{}`", folder.display()),
            "a flow is a file ending in .yaml; see the README for a first one",
        ));
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(ReadSolution { files, flow })
}

fn collect(folder: &Path, sub: &str, files: &mut Vec<SolutionFile>) -> Result<(), SetupError> {
    let directory: PathBuf = if sub.is_empty() {
        folder.to_path_buf()
    } else {
        folder.join(sub)
    };
    if !directory.is_dir() {
        return Ok(());
    }
    let unreadable = |path: &Path, error: std::io::Error| {
        SetupError::new(
            format!("`{}` cannot be read: {error}", path.display()),
            "check the file's permissions",
        )
    };
    for entry in std::fs::read_dir(&directory).map_err(|error| unreadable(&directory, error))? {
        let path = entry.map_err(|error| unreadable(&directory, error))?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if !is_yaml || !path.is_file() || name.starts_with('.') {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            SetupError::new(
                format!("`{}` is not UTF-8 text (line {})", path.display(), line + 1),
                "save the file as UTF-8",
            )
        })?;
        let relative = if sub.is_empty() {
            name.to_owned()
        } else {
            format!("{sub}/{name}")
        };
        files.push(SolutionFile {
            path: relative,
            shown: path.display().to_string(),
            text,
        });
    }
    Ok(())
}
