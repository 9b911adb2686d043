//! Where refresh tokens live. The identity platform may hand out a new one with every use; the newest is kept in a
//! file that only this user can read, and is on disk before anything obtained with it is used.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use connector_api::value::object;
use connector_api::{ErrorClass, OperationError, Secret, Value};
use uuid::Uuid;

use crate::settings::TokenVersion;

const FILE_BYTES_MAX: u64 = 64 * 1024;

/// A refresh token and the token address that takes it.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) secret: Secret,
    pub(crate) version: TokenVersion,
}

/// The refresh tokens of one connection.
pub(crate) struct RefreshTokens {
    file: Option<PathBuf>,
    /// The newest one when there is no file.
    newest: Option<RefreshToken>,
    configured: Option<RefreshToken>,
}

impl RefreshTokens {
    pub(crate) fn new(file: Option<PathBuf>, configured: Option<RefreshToken>) -> Self {
        Self {
            file,
            newest: None,
            configured,
        }
    }

    /// Those worth trying, the newest first. The file is read each time: another process may have signed in anew.
    pub(crate) fn candidates(&self) -> Result<Vec<RefreshToken>, OperationError> {
        let mut found = Vec::new();
        if let Some(path) = &self.file {
            found.extend(read(path)?);
        }
        found.extend(self.newest.clone());
        if let Some(configured) = &self.configured
            && !found
                .iter()
                .any(|token: &RefreshToken| token.secret.expose() == configured.secret.expose())
        {
            found.push(configured.clone());
        }
        Ok(found)
    }

    /// Keeps a token handed out by the service.
    pub(crate) fn keep(&mut self, token: RefreshToken) -> Result<(), OperationError> {
        match &self.file {
            Some(path) => write(path, &token),
            None => {
                self.newest = Some(token);
                Ok(())
            }
        }
    }
}

fn failed(path: &Path, what: &str, cause: &str) -> OperationError {
    OperationError::new(
        ErrorClass::Rejected,
        "token_file",
        format!("cannot {what} the token file `{}`: {cause}", path.display()),
    )
}

/// The token in a file; `None` when there is no file yet.
fn read(path: &Path) -> Result<Option<RefreshToken>, OperationError> {
    let fail = |cause: &str| failed(path, "read", cause);
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(&error.to_string())),
        Ok(metadata) if metadata.len() > FILE_BYTES_MAX => return Err(fail("it is too large to be one")),
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path).map_err(|error| fail(&error.to_string()))?;
    let damaged = || fail("it is damaged; sign in again with `engine connections login`");
    let value = Value::from_json(&text).map_err(|_| damaged())?;
    let member = |name| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let version = TokenVersion::parse(member("version")).ok_or_else(damaged)?;
    let token = member("refresh_token");
    if token.is_empty() {
        return Err(damaged());
    }
    Ok(Some(RefreshToken {
        secret: Secret::new(format!("file:{}", path.display()), token),
        version,
    }))
}

/// Writes the token beside the file and moves it over, so that a crash leaves the old or the new one whole.
fn write(path: &Path, token: &RefreshToken) -> Result<(), OperationError> {
    let content = object([
        ("version", token.version.as_str().into()),
        ("refresh_token", token.secret.expose().into()),
    ]);
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let beside = folder.join(format!(".{}.new", Uuid::new_v4()));
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| write_private(&beside, &content.to_json()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        // What is left of a failed write is of no use; its absence is no error.
        let _ = std::fs::remove_file(&beside);
        failed(path, "write", &error.to_string())
    })
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> RefreshToken {
        RefreshToken {
            secret: Secret::new("test", text),
            version: TokenVersion::V2,
        }
    }

    fn texts(tokens: &RefreshTokens) -> Vec<String> {
        let candidates = tokens.candidates().unwrap();
        candidates
            .iter()
            .map(|token| token.secret.expose().to_owned())
            .collect()
    }

    #[test]
    fn the_file_comes_before_the_setting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets/partner_center");
        let mut tokens = RefreshTokens::new(Some(path.clone()), Some(token("configured")));
        assert_eq!(texts(&tokens), ["configured"]);
        tokens.keep(token("rotated")).unwrap();
        assert_eq!(texts(&tokens), ["rotated", "configured"]);
        let other = RefreshTokens::new(Some(path.clone()), None);
        assert_eq!(texts(&other), ["rotated"], "another process reads it back");
        assert_eq!(other.candidates().unwrap()[0].version, TokenVersion::V2);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn without_a_file_the_newest_is_remembered() {
        let mut tokens = RefreshTokens::new(None, Some(token("configured")));
        tokens.keep(token("rotated")).unwrap();
        assert_eq!(texts(&tokens), ["rotated", "configured"]);
    }

    #[test]
    fn a_damaged_file_is_an_error_that_shows_nothing_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for content in [
            "hunter2",
            r#"{"refresh_token":"hunter2"}"#,
            r#"{"version":"v1","refresh_token":""}"#,
        ] {
            std::fs::write(&path, content).unwrap();
            let error = RefreshTokens::new(Some(path.clone()), None)
                .candidates()
                .unwrap_err();
            assert!(error.message.contains("damaged"), "{}", error.message);
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}
