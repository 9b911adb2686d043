//! Which store a command means that names only a folder.

use std::path::{Path, PathBuf};

use engine_core::store::DiskReader;

use super::Failure;

/// The folder of a store: the one named, or the sandbox's in it when that one has no store of its own; and whether it
/// is the sandbox's. No store at all is an error.
pub(crate) fn store_at(folder: &Path) -> Result<(PathBuf, bool), Failure> {
    let own: PathBuf = folder.to_path_buf();
    let sandbox = folder.join("sandbox");
    let (chosen, is_sandbox) = if DiskReader::exists(&own) || !DiskReader::exists(&sandbox) {
        (own, folder.file_name().is_some_and(|name| name == "sandbox"))
    } else {
        (sandbox, true)
    };
    if !DiskReader::exists(&chosen) {
        return Err(Failure::asked(
            format!("there is no store in `{}`", chosen.display()),
            "run something first, or name the store with --store",
        ));
    }
    Ok((chosen, is_sandbox))
}
