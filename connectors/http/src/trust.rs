//! Which servers are trusted: those the system trusts, and more where a deployment names them.
//!
//! Reading the system's certificates takes longer than starting the rest, so it is done at the first TLS connection
//! and once for all clients that trust the same. What is trusted is decided by the platform's verifier alone.

use std::sync::{Arc, LazyLock, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// Protocols offered inside TLS, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Shared by all clients that trust the system alone.
static SYSTEM: LazyLock<Arc<Trust>> = LazyLock::new(|| Arc::new(Trust::new(Vec::new())));

/// The platform's verifier, made when it is first asked.
#[derive(Debug)]
struct Trust {
    more: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Verifier, Error>>,
}

/// The TLS side of a client that trusts the system and `more`.
pub(crate) fn config(more: Vec<CertificateDer<'static>>) -> Result<ClientConfig, Error> {
    let trust = if more.is_empty() {
        Arc::clone(&SYSTEM)
    } else {
        Arc::new(Trust::new(more))
    };
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&trust.provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(trust)
        .with_no_client_auth();
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

impl Trust {
    fn new(more: Vec<CertificateDer<'static>>) -> Self {
        Self {
            more,
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            verifier: OnceLock::new(),
        }
    }

    fn verifier(&self) -> Result<&Verifier, Error> {
        let made = self.verifier.get_or_init(|| {
            Verifier::new_with_extra_roots(self.more.iter().cloned(), Arc::clone(&self.provider))
        });
        made.as_ref().map_err(Clone::clone)
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_none_is_refused_with_the_systems_roots_read_once() {
        let config = config(Vec::new()).unwrap();
        assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
        let name = ServerName::try_from("localhost").unwrap();
        let certificate = CertificateDer::from(b"none".to_vec());
        for _ in 0..2 {
            let verified = SYSTEM.verify_server_cert(&certificate, &[], &name, &[], UnixTime::now());
            assert!(verified.is_err());
        }
        assert!(SYSTEM.verifier.get().is_some());
    }
}
