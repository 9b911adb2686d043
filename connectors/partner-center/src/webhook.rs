//! Proves that a webhook delivery was signed by the service, over the raw bytes of its body. What cannot be proven
//! starts nothing.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_api::{WebhookError, WebhookRequest};
use connector_http::{AllowedHosts, Limits, Request, Transport, Url};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::certificate::{parse_certificates, prove, prove_signature};
use crate::settings::WebhookTrust;

/// Largest certificate download.
const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;
/// How many certificates are kept; only proven ones are.
const CACHED_MAX: usize = 16;
/// A certificate is fetched anew after this time, so that a renewed one at the same address is taken up.
const CACHED_FOR: Duration = Duration::from_secs(3600);
/// Longest signature text read: base64 of the largest RSA key accepted, with room to spare.
const SIGNATURE_CHARS_MAX: usize = 4096;

/// How hard the certificate host may be pressed by deliveries that are not even proven yet.
pub(crate) fn limits() -> Limits {
    Limits {
        concurrency: 2,
        requests_per_second: NonZeroU32::MIN.saturating_add(4),
    }
}

/// Verifies deliveries for one connection.
pub(crate) struct Verifier {
    transport: Transport,
    hosts: AllowedHosts,
    trust: WebhookTrust,
    cache: Mutex<HashMap<Url, Cached>>,
}

#[derive(Clone)]
struct Cached {
    certificates: Vec<CertificateDer<'static>>,
    fetched_at: Instant,
}

impl Verifier {
    /// A verifier that fetches certificates through `transport`, whose limits are its own.
    pub(crate) fn new(transport: &Transport, trust: WebhookTrust) -> Self {
        let hosts = trust
            .hosts
            .iter()
            .fold(AllowedHosts::new(), |hosts, host| hosts.with_pattern(host));
        Self {
            transport: transport.narrowed(hosts.clone(), CERTIFICATE_BYTES_MAX),
            hosts,
            trust,
            cache: Mutex::default(),
        }
    }

    /// What is still missing before any delivery can be verified.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        if self.trust.roots.is_empty() {
            Some("`webhook_roots` is empty: every delivery is refused until it names the root certificates")
        } else if self.trust.hosts.is_empty() {
            Some(
                "`webhook_certificate_hosts` is empty: every delivery is refused until it names the host of its \
                 certificate address",
            )
        } else {
            None
        }
    }

    /// Verifies one delivery.
    pub(crate) async fn verify(&self, request: &WebhookRequest) -> Result<(), WebhookError> {
        let delivery = Delivery::read(request)?;
        self.admit(&delivery.certificate_url)?;
        let certificates = self.certificates(&delivery.certificate_url).await?;
        prove_signature(
            &certificates,
            delivery.algorithm,
            &request.body,
            &delivery.signature,
        )
        .map_err(WebhookError::Unverified)
    }

    fn admit(&self, url: &Url) -> Result<(), WebhookError> {
        if let Some(missing) = self.missing() {
            return Err(WebhookError::Unverified(missing.into()));
        }
        let host = url.host_str().unwrap_or_default();
        if !self.hosts.allows(url) {
            return Err(WebhookError::Unverified(format!(
                "the certificate is at `{host}`, which is not among `webhook_certificate_hosts`"
            )));
        }
        if url.scheme() != "https" && !connector_http::is_loopback(url) {
            return Err(WebhookError::Unverified(
                "the certificate address is not an https address".into(),
            ));
        }
        Ok(())
    }

    /// The proven certificates of that address, from the cache or fetched.
    async fn certificates(&self, url: &Url) -> Result<Vec<CertificateDer<'static>>, WebhookError> {
        let cached = self.cache.lock().await.get(url).cloned();
        if let Some(cached) = &cached
            && cached.fetched_at.elapsed() < CACHED_FOR
            && self.prove(&cached.certificates).is_ok()
        {
            return Ok(cached.certificates.clone());
        }
        let certificates = match (self.fetch(url).await, cached) {
            // A certificate that still proves itself serves while its host is out of reach.
            (Err(WebhookError::Unavailable(_)), Some(cached)) if self.prove(&cached.certificates).is_ok() => {
                return Ok(cached.certificates);
            }
            (fetched, _) => fetched?,
        };
        self.prove(&certificates)?;
        let mut cache = self.cache.lock().await;
        if cache.len() >= CACHED_MAX
            && !cache.contains_key(url)
            && let Some(oldest) = cache
                .iter()
                .min_by_key(|(_, cached)| cached.fetched_at)
                .map(|(url, _)| url.clone())
        {
            cache.remove(&oldest);
        }
        let entry = Cached {
            certificates: certificates.clone(),
            fetched_at: Instant::now(),
        };
        cache.insert(url.clone(), entry);
        Ok(certificates)
    }

    fn prove(&self, certificates: &[CertificateDer<'static>]) -> Result<(), WebhookError> {
        prove(
            certificates,
            &self.trust.roots,
            &self.trust.issuer,
            UnixTime::now(),
        )
        .map_err(|message| WebhookError::Unverified(format!("the certificate is refused: {message}")))
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<CertificateDer<'static>>, WebhookError> {
        let host = url.host_str().unwrap_or_default();
        let response = self
            .transport
            .send(Request::get(url.clone()))
            .await
            .map_err(|error| {
                let message = format!("the certificate could not be fetched: {}", error.message);
                if error.class.is_retryable() {
                    WebhookError::Unavailable(message)
                } else {
                    WebhookError::Unverified(message)
                }
            })?;
        if !response.is_success() {
            let message = format!(
                "`{host}` answered {} to the request for the certificate",
                response.status
            );
            return Err(if response.class().is_retryable() {
                WebhookError::Unavailable(message)
            } else {
                WebhookError::Unverified(message)
            });
        }
        parse_certificates(response.bytes())
            .map_err(|message| WebhookError::Unverified(format!("the certificate is refused: {message}")))
    }
}

/// The headers of a delivery.
struct Delivery {
    signature: Vec<u8>,
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    certificate_url: Url,
}

impl Delivery {
    fn read(request: &WebhookRequest) -> Result<Self, WebhookError> {
        let signature = request
            .header("x-ms-signature")
            .or_else(|| request.header("authorization"))
            .ok_or_else(|| WebhookError::Unverified("the delivery is not signed".into()))?;
        let certificate_url = needed(request, "x-ms-certificate-url")?;
        let algorithm = needed(request, "x-ms-signature-algorithm")?;
        Ok(Self {
            signature: read_signature(signature)?,
            algorithm: read_algorithm(algorithm)?,
            certificate_url: Url::parse(certificate_url.trim())
                .map_err(|_| WebhookError::Malformed("`x-ms-certificate-url` is not a web address".into()))?,
        })
    }
}

fn needed<'a>(request: &'a WebhookRequest, name: &str) -> Result<&'a str, WebhookError> {
    request
        .header(name)
        .filter(|value| !value.trim().is_empty())
        .ok_or_else(|| WebhookError::Malformed(format!("the header `{name}` is missing")))
}

/// Reads `Signature <base64>`.
fn read_signature(header: &str) -> Result<Vec<u8>, WebhookError> {
    let refused = |message: &str| WebhookError::Unverified(message.to_owned());
    let (scheme, text) = header.trim().split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("signature") {
        return Err(refused(
            "the delivery is not signed: its header does not begin with `Signature`",
        ));
    }
    let text = text.trim();
    if text.is_empty() || text.len() > SIGNATURE_CHARS_MAX {
        return Err(refused("the signature is empty or too long"));
    }
    STANDARD
        .decode(text)
        .map_err(|_| refused("the signature is not base64"))
}

/// Reads `rsa-sha256` and its stronger kin, in any case. Nothing else is known, least of all `none`.
fn read_algorithm(header: &str) -> Result<&'static dyn SignatureVerificationAlgorithm, WebhookError> {
    match header.trim().to_ascii_lowercase().as_str() {
        "rsa-sha256" => Ok(webpki::ring::RSA_PKCS1_2048_8192_SHA256),
        "rsa-sha384" => Ok(webpki::ring::RSA_PKCS1_2048_8192_SHA384),
        "rsa-sha512" => Ok(webpki::ring::RSA_PKCS1_2048_8192_SHA512),
        _ => Err(WebhookError::Unverified(
            "the signature algorithm is not one of `rsa-sha256`, `rsa-sha384`, `rsa-sha512`".into(),
        )),
    }
}

#[cfg(test)]
mod tests;
