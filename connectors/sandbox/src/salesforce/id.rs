//! Record ids: 15 case-sensitive characters, or 18 with a suffix that lets the case be restored.

const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What stands between key prefix and sequence: the instance and a reserved character.
const INSTANCE: &str = "5f0";
/// Digits of the sequence.
const SEQUENCE_DIGITS: usize = 9;

/// The 18-character form of an id in either form; `None` for what cannot be an id.
pub(crate) fn long(id: &str) -> Option<String> {
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match id.len() {
        15 => Some(format!("{id}{}", suffix(id))),
        18 => {
            let restored = restore_case(&id[..15], &id[15..])?;
            Some(format!("{restored}{}", suffix(&restored)))
        }
        _ => None,
    }
}

/// The 15-character form of an id that [`long`] made.
pub(crate) fn short(id: &str) -> &str {
    id.get(..15).unwrap_or(id)
}

/// A new 18-character id from an object's key prefix and a running number.
pub(crate) fn compose(prefix: &str, sequence: u64) -> String {
    let mut digits = [b'0'; SEQUENCE_DIGITS];
    let mut rest = sequence;
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    let body: String = digits.iter().map(|byte| char::from(*byte)).collect();
    let short = format!("{prefix}{INSTANCE}{body}");
    format!("{short}{}", suffix(&short))
}

/// Three characters, each telling which of five are upper case: the first of the five is the lowest bit.
fn suffix(short: &str) -> String {
    short
        .as_bytes()
        .chunks(5)
        .map(|group| {
            let index = group
                .iter()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_uppercase())
                .fold(0, |bits, (position, _)| bits | 1 << position);
            char::from(SUFFIX[index])
        })
        .collect()
}

fn restore_case(body: &str, suffix: &str) -> Option<String> {
    let mut restored = String::with_capacity(15);
    for (group, mark) in body.as_bytes().chunks(5).zip(suffix.bytes()) {
        let mark = mark.to_ascii_uppercase();
        let bits = SUFFIX.iter().position(|candidate| *candidate == mark)?;
        for (position, byte) in group.iter().enumerate() {
            let upper = bits & (1 << position) != 0;
            if upper && !byte.is_ascii_alphabetic() {
                return None;
            }
            let byte = if upper {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            };
            restored.push(char::from(byte));
        }
    }
    Some(restored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_those_of_published_ids() {
        for (short, suffix) in [
            ("0015f00002J9YYE", "AA3"),
            ("001D000000K0fXO", "IAZ"),
            ("003D000000QV9n2", "IAD"),
            ("0018a00001rBqb8", "AAC"),
            ("a00R0000000iN4g", "IAE"),
            ("00D000000000001", "EAA"),
        ] {
            assert_eq!(long(short).unwrap(), format!("{short}{suffix}"));
        }
    }

    #[test]
    fn the_suffix_restores_lost_case() {
        let id = "001D000000K0fXOIAZ";
        assert_eq!(long(&id.to_lowercase()).unwrap(), id);
        assert_eq!(long(&id.to_uppercase()).unwrap(), id);
        assert_eq!(long(id).unwrap(), id);
    }

    #[test]
    fn what_cannot_be_an_id_is_none() {
        for text in [
            "",
            "001",
            "001D000000K0fX!",
            "001D000000K0fXOIA",
            "0010000000000009!9",
            "00000000000000055A",
            "é01D000000K0fXO",
        ] {
            assert_eq!(long(text), None, "{text}");
        }
    }

    #[test]
    fn composed_ids_are_distinct_and_whole() {
        let (one, two) = (compose("006", 61), compose("006", 62));
        assert_ne!(one, two);
        assert_eq!(long(short(&one)).unwrap(), one);
        assert!(one.starts_with("0065f0"));
    }
}
