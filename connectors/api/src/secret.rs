//! A secret value that cannot be printed, logged or serialized by accident.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret with the reference it came from (`env:NAME`, `file:path`), which is all that may be shown.
#[derive(Clone)]
pub struct Secret {
    reference: String,
    value: SecretString,
}

impl Secret {
    /// A secret read from `reference`.
    pub fn new(reference: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            reference: reference.into(),
            value: SecretString::from(value.into()),
        }
    }

    /// Where the secret came from; safe to show.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The value. Only the code that puts it on the wire calls this.
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_reference_only() {
        let secret = Secret::new("env:TOKEN", "hunter2");
        assert_eq!(format!("{secret:?}"), "Secret(env:TOKEN)");
        assert_eq!(secret.expose(), "hunter2");
    }
}
