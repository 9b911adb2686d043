//! Which services a command works with: configured ones, or the sandbox when nothing is configured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connector_api::{Connection, Secret, Setting, Settings};
use engine_core::service::Timing;
use engine_core::solution::Solution;
use sandbox::{Credentials, Sandbox, SandboxOptions};

use super::SetupError;
use super::connections::{Configuration, read_connections, sandbox_timing};
use crate::args::Deployment;
use crate::connectors;

/// The connections file that is used when it exists and none is named.
const CONNECTIONS_FILE: &str = "connections.yaml";
/// Equal at each start, so that what the story makes bears the same ids each time.
const SANDBOX_SEED: u64 = 17;

/// What the flows talk to.
pub(crate) enum Services {
    /// Real ones.
    Configured(Box<Configuration>),
    /// The sandbox.
    Sandbox(Box<Sandbox>),
}

impl Services {
    /// The configured services, or a sandbox when no connections file exists and none is named.
    pub(crate) async fn of(deployment: &Deployment) -> Result<Self, SetupError> {
        let named = deployment.connections.clone();
        let file = named.or_else(|| {
            Path::new(CONNECTIONS_FILE)
                .exists()
                .then(|| PathBuf::from(CONNECTIONS_FILE))
        });
        match file {
            Some(path) => Ok(Self::Configured(Box::new(read_connections(&path)?))),
            None => {
                let options = SandboxOptions {
                    seed: Some(SANDBOX_SEED),
                    ..SandboxOptions::default()
                };
                let sandbox = Sandbox::start(options)
                    .await
                    .map_err(|error| SetupError::new(error.to_string(), "check that loopback can be used"))?;
                Ok(Self::Sandbox(Box::new(sandbox)))
            }
        }
    }

    pub(crate) fn sandbox(&self) -> Option<&Sandbox> {
        if let Self::Sandbox(sandbox) = self {
            Some(sandbox)
        } else {
            None
        }
    }

    pub(crate) fn timing(&self) -> Timing {
        match self {
            Self::Configured(configuration) => configuration.timing,
            Self::Sandbox(_) => sandbox_timing(),
        }
    }

    /// Makes every configured connection, whether a solution uses it or not.
    pub(crate) fn connect_all(&self) -> Result<BTreeMap<String, Arc<dyn Connection>>, SetupError> {
        let Self::Configured(configuration) = self else {
            return Ok(BTreeMap::new());
        };
        let wanted = configuration
            .connections
            .iter()
            .map(|(name, found)| (name.as_str(), found.connector.as_str()));
        self.make(wanted)
    }

    /// Makes every connection the solution refers to. All mistakes at once.
    pub(crate) fn connect(
        &self,
        solution: &Solution,
    ) -> Result<BTreeMap<String, Arc<dyn Connection>>, SetupError> {
        let named = solution
            .connections
            .iter()
            .map(|(name, connector)| (name.value.as_str(), connector.value.as_str()));
        self.make(named)
    }

    fn make<'a>(
        &self,
        wanted: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<BTreeMap<String, Arc<dyn Connection>>, SetupError> {
        let mut connections = BTreeMap::new();
        let mut messages = Vec::new();
        for (name, connector) in wanted {
            let settings = match self {
                Self::Configured(configuration) => {
                    match configuration.connections.get(name) {
                        Some(found) if found.connector == connector => found.settings.clone(),
                        Some(found) => {
                            let file = configuration.path.display();
                            let there = &found.connector;
                            messages.push(format!("connection `{name}` is a {there} in {file} and a {connector} in solution.yaml"));
                            continue;
                        }
                        None => {
                            messages.push(format!(
                                "connection `{name}` is missing in {}",
                                configuration.path.display()
                            ));
                            continue;
                        }
                    }
                }
                Self::Sandbox(sandbox) => match of_sandbox(&sandbox.credentials(), connector) {
                    Some(settings) => settings,
                    None => {
                        messages.push(format!("the sandbox has nothing for connection `{name}`"));
                        continue;
                    }
                },
            };
            let Some(connector) = connectors::named(connector) else {
                messages.push(format!(
                    "connection `{name}`: there is no connector `{connector}`"
                ));
                continue;
            };
            match connector.connect(Settings {
                name: name.to_owned(),
                ..settings
            }) {
                Ok(connection) => {
                    connections.insert(name.to_owned(), connection);
                }
                Err(errors) => {
                    messages.extend(errors.iter().map(|error| format!("connection `{name}`: {error}")))
                }
            }
        }
        if messages.is_empty() {
            return Ok(connections);
        }
        let hint = Some(
            "connections.example.yaml shows every setting; `engine connections check` tries them".into(),
        );
        Err(SetupError::Plain { messages, hint })
    }
}

/// What the sandbox tells a client, in the words of a connector's settings.
pub(super) fn of_sandbox(credentials: &Credentials, connector: &str) -> Option<Settings> {
    let text = |value: &str| Setting::Text(value.to_owned());
    let secret = |value: &str| Setting::Secret(Secret::new("sandbox", value));
    let list = |value: &str| Setting::TextList(vec![value.to_owned()]);
    let values: Vec<(&str, Setting)> = match connector {
        "partner_center" => {
            let given = &credentials.partner_center;
            vec![
                ("login_url", text(&given.login_url)),
                ("referrals_url", text(&given.referrals_url)),
                ("webhooks_url", text(&given.webhooks_url)),
                ("tenant", text(&given.tenant)),
                ("client_id", text(&given.client_id)),
                ("client_secret", secret(&given.client_secret)),
                ("refresh_token", secret(&given.refresh_token)),
                ("webhook_roots", list(&given.root_certificate)),
                ("webhook_certificate_hosts", list(&given.certificate_host)),
                ("requests_per_second", Setting::Integer(100)),
                ("concurrency", Setting::Integer(16)),
                ("list_delay", Setting::Duration(std::time::Duration::ZERO)),
            ]
        }
        "salesforce" => {
            let given = &credentials.salesforce;
            vec![
                ("login_url", text(&given.login_url)),
                ("grant", text("jwt_bearer")),
                ("client_id", text(&given.client_id)),
                ("username", text(&given.username)),
                ("private_key", secret(&given.private_key)),
                ("requests_per_second", Setting::Integer(200)),
                ("concurrency", Setting::Integer(16)),
                (
                    "poll_overlap",
                    Setting::Duration(std::time::Duration::from_secs(2)),
                ),
            ]
        }
        // Plain requests of a flow that is tried out reach nothing but the sandbox.
        "http" => vec![("hosts", list(host_of(&credentials.salesforce.login_url)))],
        _ => return None,
    };
    let values = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Some(Settings {
        name: connector.to_owned(),
        values,
    })
}

/// Host and port of an address.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn on_the_sandbox_plain_requests_reach_only_the_sandbox() {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let settings = of_sandbox(&sandbox.credentials(), "http").unwrap();
        let Some(Setting::TextList(hosts)) = settings.values.get("hosts") else {
            panic!("hosts are a list")
        };
        let [host] = hosts.as_slice() else {
            panic!("one host: {hosts:?}")
        };
        assert_eq!(format!("http://{host}"), sandbox.base_url());
        sandbox.shutdown().await;
    }
}
