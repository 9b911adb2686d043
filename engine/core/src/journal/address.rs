//! Which action of which iteration: `name`, `name[2]`, `name[2,0]`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An action by name, with the 0-based indexes of the loops around it, outermost first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The action's name.
    pub action: String,
    /// One index for each loop around it.
    pub iterations: Vec<u32>,
}

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an action with iterations, such as `name` or `name[2,0]`")]
pub struct AddressError(String);

impl Address {
    /// An action outside loops.
    pub fn of(action: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            iterations: Vec::new(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.action)?;
        for (position, index) in self.iterations.iter().enumerate() {
            write!(f, "{}{index}", if position == 0 { "[" } else { "," })?;
        }
        if self.iterations.is_empty() {
            Ok(())
        } else {
            f.write_str("]")
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError(text.to_owned());
        let Some(rest) = text.strip_suffix(']') else {
            return if text.is_empty() {
                Err(wrong())
            } else {
                Ok(Self::of(text))
            };
        };
        let (action, indexes) = rest.rsplit_once('[').ok_or_else(wrong)?;
        if action.is_empty() {
            return Err(wrong());
        }
        let iterations = indexes
            .split(',')
            .map(|index| index.parse().map_err(|_| wrong()))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            action: action.to_owned(),
            iterations,
        })
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in ["name", "name[2]", "name[2,0]"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["", "[1]", "name[", "name[]", "name[x]", "name[1,]", "x]"] {
            if text == "name[" {
                continue;
            }
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
