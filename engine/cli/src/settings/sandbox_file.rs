//! A connections file for a sandbox that runs by itself, so that it can be used in place of the real services.
//!
//! It must never touch a file that somebody else wrote.

use std::fs;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use connector_api::Setting;
use sandbox::Credentials;

use super::SetupError;
use super::deployment::of_sandbox;

/// How such a file begins; one that begins otherwise is not replaced.
const HEAD: &str = "# Written by `engine sandbox --write-connections`";
/// The connections of the shipped solution, each named as its connector.
const CONNECTIONS: [&str; 2] = ["partner_center", "salesforce"];

/// Writes the file, and the secrets it refers to into a folder beside it, readable by their owner alone.
///
/// # Errors
/// When the file belongs to somebody else, or something cannot be written.
pub(crate) fn write_connections(path: &Path, credentials: &Credentials) -> Result<(), SetupError> {
    let shown = path.display();
    match fs::read_to_string(path) {
        Ok(text) if text.starts_with(HEAD) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        _ => {
            return Err(SetupError::new(
                format!("`{shown}` is there already and was not written by a sandbox"),
                "name another file with --write-connections",
            ));
        }
    }
    write(path, credentials).map_err(|error| {
        SetupError::new(
            format!("the connections file `{shown}` cannot be written: {error}"),
            "name another file with --write-connections",
        )
    })
}

fn write(path: &Path, credentials: &Credentials) -> std::io::Result<()> {
    let path = std::path::absolute(path)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let beside = format!("{stem}.secrets");
    let folder = path.with_file_name(&beside);
    fs::create_dir_all(&folder)?;
    // Free now; the sandbox has to be told an address before an engine listens there.
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let mut text = format!(
        "{HEAD} for the sandbox at {}.\n# It is of no use when that sandbox has ended.\n\
         poll_every: 1s\nretry_interval: 1s\nlisten: {door}\npublic_url: http://{door}\n\nconnections:\n",
        credentials.salesforce.login_url
    );
    let token = folder.join("partner_center.token");
    remove(&token)?;
    for connector in CONNECTIONS {
        text.push_str(&format!("  {connector}:\n    connector: {connector}\n"));
        if connector == "partner_center" {
            text.push_str(&format!("    token_file: {}\n", quoted(&token.to_string_lossy())));
        }
        let settings = of_sandbox(credentials, connector).unwrap_or_default();
        for (name, setting) in &settings.values {
            let file = format!("{connector}.{name}");
            let value = match setting {
                Setting::Text(value) => quoted(value),
                Setting::TextList(values) => {
                    // Only a certificate spans lines; it reads better in a file of its own.
                    let values = values.iter().map(|value| {
                        if !value.contains('\n') {
                            return Ok(quoted(value));
                        }
                        let file = folder.join(&file);
                        write_private(&file, value)?;
                        Ok(quoted(&file.to_string_lossy()))
                    });
                    format!("[{}]", values.collect::<std::io::Result<Vec<_>>>()?.join(", "))
                }
                Setting::Boolean(value) => value.to_string(),
                Setting::Integer(value) => value.to_string(),
                Setting::Duration(value) => format!("{}s", value.as_secs()),
                Setting::Secret(value) => {
                    write_private(&folder.join(&file), value.expose())?;
                    quoted(&format!("file:{beside}/{file}"))
                }
            };
            text.push_str(&format!("    {name}: {value}\n"));
        }
    }
    write_private(&path, &text)
}

/// A text as YAML reads it back: JSON's quoting is part of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    remove(path)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
