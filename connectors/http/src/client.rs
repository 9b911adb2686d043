//! The one place where HTTP clients are made, so that all have the same timeouts, roots and manners.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::trust;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest time for one exchange as a whole: a peer that sends a byte now and then must not hold a call for ever.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(300);
const CA_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How a client is made.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Longest time to reach the host.
    pub connect_timeout: Duration,
    /// Longest silence while waiting for an answer or its next piece.
    pub read_timeout: Duration,
    /// Go straight to the host even if the process is told to use a proxy. Meant for loopback hosts.
    pub no_proxy: bool,
    /// A PEM file with certificate authorities trusted besides those of the system.
    pub ca_file: Option<PathBuf>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: CONNECT_TIMEOUT,
            read_timeout: READ_TIMEOUT,
            no_proxy: false,
            ca_file: None,
        }
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The file with extra authorities cannot be used.
    #[error("cannot use the certificate authorities in `{}`: {message}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The platform's trust store or the client itself could not be set up.
    #[error("cannot set up the HTTP client: {0}")]
    Setup(String),
}

/// Makes a client. It follows no redirects: an interface that redirects has moved, and following it would carry
/// headers and bodies to a host nobody configured.
pub fn client(options: &ClientOptions) -> Result<Client, ClientError> {
    install_crypto_provider();
    let mut builder = Client::builder()
        .user_agent(concat!("engine/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .gzip(true)
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .timeout(TOTAL_TIMEOUT);
    if options.no_proxy {
        builder = builder.no_proxy();
    }
    let more = match &options.ca_file {
        Some(path) => authorities(path)?,
        None => Vec::new(),
    };
    let trust = trust::config(more).map_err(|error| ClientError::Setup(error.to_string()))?;
    builder
        .tls_backend_preconfigured(trust)
        .build()
        .map_err(|error| ClientError::Setup(innermost(&error)))
}

/// Makes ring the process's provider of cryptography. Safe to call often.
pub fn install_crypto_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that another part of the process was first, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let failed = |message: String| ClientError::CaFile {
        path: path.to_owned(),
        message,
    };
    let size = std::fs::metadata(path)
        .map_err(|error| failed(error.to_string()))?
        .len();
    if size > CA_FILE_BYTES_MAX {
        return Err(failed(format!(
            "the file is larger than {CA_FILE_BYTES_MAX} bytes"
        )));
    }
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| failed(innermost(&error)))?;
    if certificates.is_empty() {
        return Err(failed("it holds no PEM certificate".into()));
    }
    // The verifier reads them at the first connection; a file that is wrong shall be known before.
    for certificate in &certificates {
        rustls::RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|error| failed(innermost(&error)))?;
    }
    Ok(certificates)
}

/// The text of the deepest cause, which is the one that names the trouble.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_can_be_made_with_and_without_extra_authorities() {
        client(&ClientOptions::default()).unwrap();
        let missing = ClientOptions {
            ca_file: Some("/nonexistent/ca.pem".into()),
            ..ClientOptions::default()
        };
        let message = client(&missing).unwrap_err().to_string();
        assert!(message.contains("`/nonexistent/ca.pem`"), "{message}");
        let not_pem = ClientOptions {
            ca_file: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into()),
            ..ClientOptions::default()
        };
        let message = client(&not_pem).unwrap_err().to_string();
        assert!(message.contains("no PEM certificate"), "{message}");
    }
}
