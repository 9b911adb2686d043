//! Signing webhook deliveries: RSA PKCS#1 v1.5 with SHA-256 over the bytes of the body.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use super::identity::{DISPATCH_CERTIFICATE, DISPATCH_KEY};

/// The algorithm's name in deliveries.
pub(crate) const ALGORITHM: &str = "rsa-sha256";
/// Where the certificate is served.
pub(crate) const CERTIFICATE_PATH: &str = "/cert/dispatch.cer";

static KEY: LazyLock<Option<RsaKeyPair>> =
    LazyLock::new(|| RsaKeyPair::from_pkcs8(&pem_bytes(DISPATCH_KEY)?).ok());

/// The signature of a body, in base64; wrong in its first byte if `corrupt`. `None` if the key cannot be used.
pub(crate) fn sign(body: &[u8], corrupt: bool) -> Option<String> {
    let key = KEY.as_ref()?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body, &mut signature)
        .ok()?;
    if corrupt && let Some(first) = signature.first_mut() {
        *first ^= 1;
    }
    Some(STANDARD.encode(signature))
}

/// The certificate in DER form.
pub(crate) fn certificate() -> Vec<u8> {
    pem_bytes(DISPATCH_CERTIFICATE).unwrap_or_default()
}

/// The bytes inside a PEM text.
fn pem_bytes(pem: &str) -> Option<Vec<u8>> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text).ok()
}
