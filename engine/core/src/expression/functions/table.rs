//! The table of functions.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::expression::functions::{
    Arguments, Outcome, collections, conversion, dates, logic, math, objects, strings, uri,
};

/// A function of the language.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: &'static str,
    /// Least number of arguments.
    pub(crate) least: usize,
    /// Greatest number of arguments.
    pub(crate) most: usize,
    /// Whether a missing argument reaches the function; otherwise it is an error before the call.
    pub(crate) accepts_missing: bool,
    /// What it does.
    pub(crate) body: fn(&Arguments<'_>) -> Outcome,
}

/// For functions of any number of arguments.
pub(super) const MANY: usize = usize::MAX;

impl Function {
    /// A function that takes from `least` to `most` arguments, all of them present.
    pub(super) const fn new(
        name: &'static str,
        least: usize,
        most: usize,
        body: fn(&Arguments<'_>) -> Outcome,
    ) -> Self {
        Self {
            name,
            least,
            most,
            accepts_missing: false,
            body,
        }
    }

    /// The same function, handed missing arguments too.
    pub(super) const fn accepting_missing(mut self) -> Self {
        self.accepts_missing = true;
        self
    }

    /// How many arguments it takes, in words.
    pub(crate) fn arity(&self) -> String {
        let noun = |count| if count == 1 { "argument" } else { "arguments" };
        match (self.least, self.most) {
            (least, most) if least == most => format!("{least} {}", noun(least)),
            (least, MANY) => format!("at least {least} {}", noun(least)),
            (least, most) => format!("{least} to {most} arguments"),
        }
    }
}

const FAMILIES: &[&[Function]] = &[
    strings::FUNCTIONS,
    collections::FUNCTIONS,
    logic::FUNCTIONS,
    conversion::FUNCTIONS,
    math::FUNCTIONS,
    dates::FUNCTIONS,
    uri::FUNCTIONS,
    objects::FUNCTIONS,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| all().map(|function| (function.name, function)).collect());

/// All functions.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The function of a name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied()
}
