//! Certificates of webhook deliveries: reading them, the rule for their issuer, and the chain to a configured root.

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter};

const CERTIFICATES_MAX: usize = 10;
const NAME_PARTS_MAX: usize = 64;

/// Reads certificates in PEM or DER; the first is the one that signs.
pub(crate) fn parse_certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    const MARK: &[u8] = b"-----BEGIN";
    let certificates = if bytes.windows(MARK.len()).any(|window| window == MARK) {
        CertificateDer::pem_slice_iter(bytes)
            .take(CERTIFICATES_MAX + 1)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "it is not valid PEM".to_owned())?
    } else {
        vec![CertificateDer::from(bytes.to_vec())]
    };
    match certificates.len() {
        0 => Err("it holds no certificate".into()),
        count if count > CERTIFICATES_MAX => {
            Err(format!("it holds more than {CERTIFICATES_MAX} certificates"))
        }
        _ if certificates
            .iter()
            .all(|der| EndEntityCert::try_from(der).is_ok()) =>
        {
            Ok(certificates)
        }
        _ => Err("it holds something that is no X.509 certificate".into()),
    }
}

/// One attribute that the issuer of a certificate must have: `O=Microsoft Corporation`. The whole value counts, so
/// that `O=Microsoft Corporation Ltd` is another issuer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IssuerRule {
    attribute: &'static str,
    oid: &'static [u8],
    value: String,
}

impl IssuerRule {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        const ATTRIBUTES: [(&str, &[u8]); 4] = [
            ("CN", &[0x55, 4, 3]),
            ("C", &[0x55, 4, 6]),
            ("O", &[0x55, 4, 10]),
            ("OU", &[0x55, 4, 11]),
        ];
        let (attribute, value) = text.split_once('=')?;
        let (attribute, oid) = ATTRIBUTES
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(attribute.trim()))?;
        let value = value.trim();
        (!value.is_empty()).then(|| Self {
            attribute,
            oid,
            value: value.to_owned(),
        })
    }

    /// Whether the issuer, the inside of a DER `Name`, has the attribute.
    fn matches(&self, mut name: &[u8]) -> bool {
        for _ in 0..NAME_PARTS_MAX {
            let Some((SET, mut set, rest)) = read_element(name) else {
                return false;
            };
            for _ in 0..NAME_PARTS_MAX {
                let Some((SEQUENCE, pair, more)) = read_element(set) else {
                    break;
                };
                if self.matches_pair(pair) {
                    return true;
                }
                set = more;
            }
            name = rest;
        }
        false
    }

    fn matches_pair(&self, pair: &[u8]) -> bool {
        let Some((OBJECT_ID, oid, rest)) = read_element(pair) else {
            return false;
        };
        let Some((tag, text, _)) = read_element(rest) else {
            return false;
        };
        oid == self.oid && read_text(tag, text).is_some_and(|text| text == self.value)
    }
}

impl std::fmt::Display for IssuerRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.attribute, self.value)
    }
}

const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// One DER element: tag, content, what follows.
fn read_element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=3).contains(&count) || rest.len() < count {
            return None;
        }
        let (digits, rest) = rest.split_at(count);
        let length = digits
            .iter()
            .fold(0, |length, &digit| length << 8 | usize::from(digit));
        (length, rest)
    };
    (rest.len() >= length).then(|| {
        let (content, rest) = rest.split_at(length);
        (tag, content, rest)
    })
}

fn read_text(tag: u8, bytes: &[u8]) -> Option<String> {
    const UTF8: u8 = 0x0c;
    const PRINTABLE: u8 = 0x13;
    const TELETEX: u8 = 0x14;
    const IA5: u8 = 0x16;
    const BMP: u8 = 0x1e;
    match tag {
        UTF8 | PRINTABLE | IA5 => String::from_utf8(bytes.to_vec()).ok(),
        TELETEX => Some(bytes.iter().map(|&byte| char::from(byte)).collect()),
        BMP if bytes.len().is_multiple_of(2) => {
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16(&units).ok()
        }
        _ => None,
    }
}

/// Proves that the first certificate leads to one of `roots`, is valid at `time` and was issued by whom `issuer`
/// says.
pub(crate) fn prove(
    certificates: &[CertificateDer<'static>],
    roots: &[CertificateDer<'static>],
    issuer: &IssuerRule,
    time: UnixTime,
) -> Result<(), String> {
    let (leaf, intermediates) = certificates.split_first().ok_or("there is no certificate")?;
    let leaf = EndEntityCert::try_from(leaf).map_err(|error| format!("it cannot be read: {error}"))?;
    let anchors: Vec<TrustAnchor<'_>> = roots
        .iter()
        .filter_map(|root| webpki::anchor_from_trusted_cert(root).ok())
        .collect();
    leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        intermediates,
        time,
        AnyUsage,
        None,
        None,
    )
    .map_err(|error| format!("it does not lead to a configured root: {error}"))?;
    if issuer.matches(leaf.issuer()) {
        Ok(())
    } else {
        Err(format!("its issuer is not `{issuer}`"))
    }
}

/// Proves that `signature` over `message` was made with the first certificate's key.
pub(crate) fn prove_signature(
    certificates: &[CertificateDer<'static>],
    algorithm: &dyn SignatureVerificationAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), String> {
    let leaf = certificates.first().ok_or("there is no certificate")?;
    EndEntityCert::try_from(leaf)
        .and_then(|leaf| leaf.verify_signature(algorithm, message, signature))
        .map_err(|error| format!("the signature does not hold: {error}"))
}

/// Certificates that sign events are made for signing, not for servers, so no extended usage is asked for.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_rules_name_one_attribute() {
        assert_eq!(
            IssuerRule::parse("O=Microsoft Corporation").unwrap().to_string(),
            "O=Microsoft Corporation"
        );
        assert_eq!(IssuerRule::parse(" cn = A=B ").unwrap().to_string(), "CN=A=B");
        for text in ["", "O=", "X=y", "Microsoft Corporation"] {
            assert!(IssuerRule::parse(text).is_none(), "{text}");
        }
    }

    fn name(tag: u8, oid: &[u8], text: &[u8]) -> Vec<u8> {
        let element = |tag: u8, content: &[u8]| {
            let mut bytes = vec![tag, u8::try_from(content.len()).unwrap()];
            bytes.extend_from_slice(content);
            bytes
        };
        let pair = [element(OBJECT_ID, oid), element(tag, text)].concat();
        element(SET, &element(SEQUENCE, &pair))
    }

    #[test]
    fn the_whole_attribute_counts() {
        let rule = IssuerRule::parse("O=Microsoft Corporation").unwrap();
        let (o, cn) = (&[0x55, 4, 10][..], &[0x55, 4, 3][..]);
        for (tag, oid, text, expected) in [
            (0x13, o, &b"Microsoft Corporation"[..], true),
            (0x0c, o, b"Microsoft Corporation", true),
            (
                0x1e,
                o,
                b"\0M\0i\0c\0r\0o\0s\0o\0f\0t\0 \0C\0o\0r\0p\0o\0r\0a\0t\0i\0o\0n",
                true,
            ),
            (0x13, o, b"Microsoft Corporation Ltd", false),
            (0x13, cn, b"Microsoft Corporation", false),
            (0x13, cn, b"O=Microsoft Corporation", false),
            (0x02, o, b"Microsoft Corporation", false),
        ] {
            let before = name(0x13, cn, b"Some CA");
            let issuer = [before, name(tag, oid, text)].concat();
            assert_eq!(rule.matches(&issuer), expected);
        }
    }

    #[test]
    fn any_bytes_are_walked_without_harm() {
        let rule = IssuerRule::parse("O=x").unwrap();
        for bytes in [
            &b""[..],
            b"\x31",
            b"\x31\x84\xff\xff\xff\xff",
            b"\x31\x80",
            b"\x31\x05\x30",
            b"\x31\x00\x31\x00",
        ] {
            assert!(!rule.matches(bytes));
        }
        for bytes in [
            &b""[..],
            b"\x30\x03abc",
            b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----",
        ] {
            assert!(parse_certificates(bytes).is_err());
        }
    }
}
