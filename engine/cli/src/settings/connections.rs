//! The connections file: which connector, which host, which secrets (by reference), and how patient to be.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use connector_api::{Secret, Setting, SettingDescriptor, SettingKind, Settings};
use engine_core::diagnostic::{Diagnostic, Severity, nearest};
use engine_core::document::decode::MapReader;
use engine_core::document::{self, Node};
use engine_core::flow::duration;
use engine_core::service::Timing;
use engine_core::source::{Sources, Span};

use super::SetupError;
use crate::{connectors, process_vars};

/// What a connections file says.
pub(crate) struct Configuration {
    /// The file, for messages.
    pub(crate) path: PathBuf,
    /// Where webhooks are received.
    pub(crate) listen: SocketAddr,
    /// How the internet reaches that place.
    pub(crate) public_url: Option<String>,
    /// How patient to be.
    pub(crate) timing: Timing,
    /// By connection name.
    pub(crate) connections: BTreeMap<String, ConnectionSettings>,
}

/// One connection as configured.
pub(crate) struct ConnectionSettings {
    /// Its connector's name.
    pub(crate) connector: String,
    /// Its settings, secrets read.
    pub(crate) settings: Settings,
}

/// Where webhooks are received when the file does not say.
const LISTEN: &str = "127.0.0.1:8787";

/// Reads and checks a connections file. All mistakes are reported; no secret is shown in any of them.
pub(crate) fn read_connections(path: &Path) -> Result<Configuration, SetupError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        SetupError::new(
            format!("the connections file `{shown}` cannot be read: {error}"),
            "copy connections.example.yaml and fill it in",
        )
    })?;
    let mut sources = Sources::default();
    let id = sources.add(shown, text);
    let parsed = document::parse(id, sources.file(id));
    let mut diagnostics = parsed.diagnostics;
    let mut faults = Vec::new();
    let configuration = parsed
        .root
        .as_ref()
        .and_then(|root| decode(path, root, &mut diagnostics, &mut faults));
    let errors = diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    faults.extend(errors.map(|diagnostic| {
        let help = diagnostic
            .help
            .map(|help| format!("; {help}"))
            .unwrap_or_default();
        let message = match diagnostic.code {
            // The name of an alias may be a secret that begins with `*`.
            "unknown-alias" | "recursive-alias" => {
                "this alias leads nowhere; quote a text that begins with `*`"
            }
            _ => &diagnostic.message,
        };
        (diagnostic.span, format!("{message}{help}"))
    }));
    if !faults.is_empty() {
        // Told by place and without the line's text, which may hold a secret written out by mistake.
        faults.sort_by_key(|(span, _)| span.start);
        let messages = faults.into_iter().map(|(span, message)| {
            let position = sources.position(span);
            format!(
                "{}:{}:{}: {message}",
                path.display(),
                position.line,
                position.column
            )
        });
        return Err(SetupError::Plain {
            messages: messages.collect(),
            hint: Some("connections.example.yaml shows every setting".into()),
        });
    }
    configuration.ok_or_else(|| {
        SetupError::new(
            format!("the connections file `{}` is empty", path.display()),
            "copy connections.example.yaml and fill it in",
        )
    })
}

/// A setting that cannot be right, and where it stands.
type Fault = (Span, String);

fn decode(
    path: &Path,
    root: &Node,
    diagnostics: &mut Vec<Diagnostic>,
    faults: &mut Vec<Fault>,
) -> Option<Configuration> {
    let mut reader = MapReader::new("the connections file", root, diagnostics)?;
    let mut timing = Timing::default();
    if let Some(every) = reader.duration("poll_every") {
        timing.poll_every = every;
    }
    if let Some(interval) = reader.duration("retry_interval") {
        timing.retry_interval = Some(interval);
    }
    let public_url = reader.text("public_url").map(|text| text.value);
    let listen = reader.text("listen").and_then(|text| match text.value.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            let message = format!("`{}` is not an address with a port", text.value);
            let diagnostic =
                Diagnostic::error("wrong-kind", text.span, message).help(format!("write `{LISTEN}`"));
            reader.diagnostics().push(diagnostic);
            None
        }
    });
    let entries = reader.map("connections").unwrap_or_default();
    reader.finish();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut connections = BTreeMap::new();
    for entry in entries {
        if let Some(connection) = connection(folder, &entry.key.value, &entry.value, diagnostics, faults) {
            connections.insert(entry.key.value.clone(), connection);
        }
    }
    let listen = listen.or_else(|| LISTEN.parse().ok())?;
    Some(Configuration {
        path: path.to_path_buf(),
        listen,
        public_url,
        timing,
        connections,
    })
}

fn connection(
    folder: &Path,
    name: &str,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
    faults: &mut Vec<Fault>,
) -> Option<ConnectionSettings> {
    let mut reader = MapReader::new(format!("connection `{name}`"), node, diagnostics)?;
    let connector_name = reader.required_text("connector")?;
    let Some(connector) = connectors::named(&connector_name.value) else {
        let all = connectors::all();
        let descriptors: Vec<_> = all.iter().map(|connector| connector.descriptor()).collect();
        let known: Vec<&str> = descriptors.iter().map(|descriptor| descriptor.name).collect();
        let help = match nearest(&connector_name.value, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("connectors of this build: {}", known.join(", ")),
        };
        let message = format!("there is no connector `{}`", connector_name.value);
        diagnostics.push(Diagnostic::error("unknown-connector", connector_name.span, message).help(help));
        return None;
    };
    let descriptor = connector.descriptor();
    let mut settings = Settings {
        name: name.to_owned(),
        ..Settings::default()
    };
    for described in &descriptor.settings {
        let Some(node) = reader.node(described.name) else {
            continue;
        };
        match setting(folder, described, node) {
            Ok(value) => {
                settings.values.insert(described.name.to_owned(), value);
            }
            Err(message) => faults.push((node.span, message)),
        }
    }
    reader.finish();
    Some(ConnectionSettings {
        connector: connector_name.value,
        settings,
    })
}

impl Configuration {
    /// Which tenant and org a store of these connections belongs to. An app or a user may change; these may not.
    pub(crate) fn binding(&self) -> String {
        let identity = |settings: &Settings| {
            let named = ["tenant", "login_url"]
                .iter()
                .filter_map(|name| settings.text(name));
            named.collect::<Vec<_>>().join(" ")
        };
        let parts = self
            .connections
            .iter()
            .map(|(name, connection)| (name, identity(&connection.settings)));
        let known = parts.filter(|(_, identity)| !identity.is_empty());
        known
            .map(|(name, identity)| format!("{name}: {identity}"))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

fn setting(folder: &Path, described: &SettingDescriptor, node: &Node) -> Result<Setting, String> {
    let name = described.name;
    let text = || node.as_scalar().map(|scalar| scalar.text.clone());
    match described.kind {
        SettingKind::Text => text()
            .map(Setting::Text)
            .ok_or_else(|| format!("`{name}` must be text")),
        SettingKind::TextList => {
            let items = node.as_list().and_then(|items| {
                items
                    .iter()
                    .map(|item| item.as_text().map(str::to_owned))
                    .collect()
            });
            items
                .map(Setting::TextList)
                .ok_or_else(|| format!("`{name}` must be a list of texts"))
        }
        SettingKind::Boolean => node
            .to_value()
            .as_bool()
            .map(Setting::Boolean)
            .ok_or_else(|| format!("`{name}` must be true or false")),
        SettingKind::Integer => node
            .to_value()
            .as_i64()
            .map(Setting::Integer)
            .ok_or_else(|| format!("`{name}` must be a whole number")),
        SettingKind::Duration => text()
            .and_then(|text| duration(&text))
            .map(Setting::Duration)
            .ok_or_else(|| format!("`{name}` must be a duration such as `30s` or `15m`")),
        SettingKind::Secret => secret(folder, name, text().unwrap_or_default().as_str()).map(Setting::Secret),
    }
}

/// A secret is named, never written.
fn secret(folder: &Path, name: &str, reference: &str) -> Result<Secret, String> {
    if let Some(variable) = reference.strip_prefix("env:") {
        return process_vars::secret(variable)
            .map(|value| Secret::new(reference, value))
            .ok_or_else(|| format!("`{name}` names the process variable `{variable}`, which is not set"));
    }
    if let Some(file) = reference.strip_prefix("file:") {
        let path = folder.join(file);
        return match std::fs::read_to_string(&path) {
            Ok(value) if !value.trim().is_empty() => {
                Ok(Secret::new(reference, value.trim_end_matches(['\n', '\r'])))
            }
            Ok(_) => Err(format!(
                "`{name}` names the file `{}`, which is empty",
                path.display()
            )),
            Err(error) => Err(format!(
                "`{name}` names the file `{}`, which cannot be read: {error}",
                path.display()
            )),
        };
    }
    Err(format!(
        "`{name}` is a secret: write where it is kept, `env:NAME` or `file:path`, never the secret itself"
    ))
}

/// How long the default waits are on the sandbox.
pub(crate) fn sandbox_timing() -> Timing {
    Timing {
        poll_every: Duration::from_millis(200),
        retry_interval: Some(Duration::from_millis(200)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Configuration, SetupError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("connections.yaml");
        std::fs::write(&path, text).unwrap();
        std::fs::write(folder.path().join("key.pem"), "hidden-key\n").unwrap();
        read_connections(&path)
    }

    #[test]
    fn a_file_of_connections_is_read() {
        let text = "poll_every: 5m\nlisten: 127.0.0.1:9000\nconnections:\n  salesforce:\n    connector: salesforce\n    \
                    login_url: https://acme.my.salesforce.com\n    client_id: abc\n    private_key: file:key.pem\n";
        let configuration = read(text).unwrap();
        assert_eq!(configuration.timing.poll_every, Duration::from_secs(300));
        let salesforce = &configuration.connections["salesforce"];
        assert_eq!(
            salesforce.settings.secret("private_key").unwrap().expose(),
            "hidden-key"
        );
        assert_eq!(
            configuration.binding(),
            "salesforce: https://acme.my.salesforce.com"
        );
    }

    #[test]
    fn a_secret_written_out_is_refused_and_not_repeated() {
        let text = "connections:\n  salesforce:\n    connector: salesforce\n    client_secret: hunter2\n";
        let error = read(text).err().unwrap();
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("connections.yaml:4") && shown.contains("env:NAME"),
            "{shown}"
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn no_line_that_could_hold_a_secret_is_shown() {
        let head = "connections:\n  salesforce:\n    connector: salesforce\n";
        for mistake in [
            "    client_secrt: hunter2\n",
            "    client_secret: [hunter2\n",
            "    client_secret: env:A\n    client_secret: hunter2\n",
            "    client_secret: \"hunter2\n",
            "    client_secret: hunter2: x\n",
            "    client_secret: *hunter2\n",
            "    grant: { hunter2: 1 }\n",
            "  hunter2\n",
        ] {
            let error = read(&format!("{head}{mistake}")).err().unwrap();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2"), "{mistake}: {shown}");
        }
    }

    #[test]
    fn every_mistake_is_placed() {
        let text = "pol_every: 5m\nlisten: nowhere\nconnections:\n  a: { connector: salesfroce }\n  b: { connector: salesforce, x: 1 }\n";
        let shown = read(text).err().unwrap().to_string();
        let found = shown.lines().map(|line| {
            let (_, place) = line.rsplit_once("connections.yaml:").unwrap();
            place
        });
        let found: Vec<&str> = found.collect();
        for (line, place, message) in [
            (0, "1:1: ", "`pol_every`"),
            (1, "2:9: ", "`nowhere` is not an address"),
            (2, "4:19: ", "did you mean `salesforce`?"),
            (3, "5:31: ", "`x`"),
        ] {
            assert!(
                found[line].starts_with(place) && found[line].contains(message),
                "{shown}"
            );
        }
        assert_eq!(found.len(), 4, "{shown}");
    }
}
