//! Referral ids: bare, or at the end of the address that a webhook event points to.

use connector_api::OperationError;
use uuid::Uuid;

const HYPHENATED_LENGTH: usize = 36;

/// Reads a guid in its hyphenated form, the only one the service uses.
pub(crate) fn parse(text: &str) -> Option<Uuid> {
    if text.len() == HYPHENATED_LENGTH {
        Uuid::try_parse(text).ok()
    } else {
        None
    }
}

/// The guid that `text` is or, for an address, ends with.
pub(crate) fn last_segment(text: &str) -> Option<Uuid> {
    let path = text.trim().split(['?', '#']).next().unwrap_or_default();
    parse(path.trim_end_matches('/').rsplit('/').next().unwrap_or_default())
}

/// The same for an input, with an error that names it.
pub(crate) fn from_input(input: &str, text: &str) -> Result<Uuid, OperationError> {
    last_segment(text).ok_or_else(|| {
        OperationError::invalid_input(
            input,
            format!(
                "`{input}` is not a guid, nor an address that ends with one: `{}`",
                shortened(text)
            ),
        )
    })
}

fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    if text.chars().count() > CHARS_MAX {
        let beginning: String = text.chars().take(CHARS_MAX).collect();
        format!("{beginning}…")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_bare_or_end_an_address() {
        let id = "d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355";
        for text in [
            id,
            "D2F5A7C9-1B36-4E0A-9C44-6A8BE1F03355",
            "https://api.partnercenter.microsoft.com/engagements/v1/referrals/d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355",
            "https://api.partner.microsoft.com/v1.0/engagements/referrals/d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355/?x=1",
            " d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355 ",
        ] {
            assert_eq!(last_segment(text).unwrap().to_string(), id, "{text}");
        }
        for text in [
            "",
            "d2f5a7c9",
            "d2f5a7c91b364e0a9c446a8be1f03355",
            "{d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355}",
            "https://evil.test/d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355/../admin",
            "d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355'",
        ] {
            assert!(last_segment(text).is_none(), "{text}");
            assert_eq!(from_input("id", text).unwrap_err().field.as_deref(), Some("id"));
        }
    }
}
