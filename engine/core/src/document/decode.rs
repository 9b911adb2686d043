//! Helpers for decoding nodes by hand: every fault is found, placed and explained; nothing stops at the first.
//!
//! A reader takes the keys of one map one by one and says at the end which keys nobody asked for. It knows no flow
//! and no mapping: what keys mean is their decoders' business.

use std::ops::Range;
use std::time::Duration;

use connector_api::Value;

use crate::diagnostic::{Diagnostic, nearest};
use crate::document::{Entry, Node, ScalarKind, duration};
use crate::source::{Span, Spanned};

/// Takes the keys of a map one by one.
pub struct MapReader<'n, 'd> {
    /// What the map is, for messages: `the trigger`, "action `x`".
    what: String,
    entries: &'n [Entry],
    /// Where missing keys are reported.
    span: Span,
    known: Vec<&'static str>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'n, 'd> MapReader<'n, 'd> {
    /// Starts on a node that must be a map; says so where it is not.
    pub fn new(
        what: impl Into<String>,
        node: &'n Node,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let what = what.into();
        let Some(entries) = node.as_map() else {
            diagnostics.push(wrong_kind(&what, "a map", node));
            return None;
        };
        Some(Self {
            what,
            entries,
            span: node.span,
            known: Vec::new(),
            diagnostics,
        })
    }

    /// Reports missing keys at this place (a key above the map) instead of the whole map.
    pub fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// Where to put further diagnostics.
    pub fn diagnostics(&mut self) -> &mut Vec<Diagnostic> {
        self.diagnostics
    }

    /// The pair of a key; the key is known from now on.
    pub fn entry(&mut self, key: &'static str) -> Option<&'n Entry> {
        self.known.push(key);
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    /// The value of a key, if it is there.
    pub fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of a key that must be there.
    pub fn required(&mut self, key: &'static str) -> Option<&'n Node> {
        let node = self.node(key);
        if node.is_none() {
            let message = format!("{} has no `{key}`", self.what);
            self.diagnostics
                .push(Diagnostic::error("missing-key", self.span, message).help(format!("add `{key}:`")));
        }
        node
    }

    /// A text that must be written out: a name, a path. An expression in it is an error.
    pub fn text(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let node = self.node(key)?;
        text(&quoted(key), node, self.diagnostics)
    }

    /// [`text`](Self::text) that must be there.
    pub fn required_text(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let node = self.required(key)?;
        text(&quoted(key), node, self.diagnostics)
    }

    /// A text for people: anything that is text, a number included; braces mean nothing in it.
    pub fn prose(&mut self, key: &'static str) -> Option<String> {
        let node = self.node(key)?;
        match node.as_scalar() {
            Some(scalar) if scalar.kind != ScalarKind::Null => Some(scalar.text.clone()),
            _ => {
                self.diagnostics.push(wrong_kind(&quoted(key), "text", node));
                None
            }
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        match node.as_scalar() {
            Some(scalar) if scalar.kind == ScalarKind::Bool => scalar.to_value().as_bool(),
            _ => {
                self.diagnostics
                    .push(wrong_kind(&quoted(key), "`true` or `false`", node));
                None
            }
        }
    }

    /// A whole number within bounds, both included.
    pub fn integer(&mut self, key: &'static str, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let node = self.node(key)?;
        let number = node
            .as_scalar()
            .filter(|scalar| scalar.kind == ScalarKind::Number)
            .and_then(|scalar| scalar.to_value().as_i64())
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| bounds.contains(number));
        if number.is_none() {
            let wanted = format!("a whole number from {} to {}", bounds.start(), bounds.end());
            self.diagnostics.push(wrong_kind(&quoted(key), &wanted, node));
        }
        number
    }

    /// A duration: `30s`, `15m` or ISO 8601.
    pub fn duration(&mut self, key: &'static str) -> Option<Duration> {
        let node = self.node(key)?;
        let found = node.as_text().and_then(duration);
        if found.is_none() {
            self.diagnostics.push(
                wrong_kind(&quoted(key), "a duration", node)
                    .help("write `30s`, `15m`, `2h`, `1d` or ISO 8601 such as `PT15M`"),
            );
        }
        found
    }

    /// A list.
    pub fn list(&mut self, key: &'static str) -> Option<&'n [Node]> {
        let node = self.node(key)?;
        let items = node.as_list();
        if items.is_none() {
            self.diagnostics.push(wrong_kind(&quoted(key), "a list", node));
        }
        items
    }

    /// A map whose keys are names chosen by the author.
    pub fn map(&mut self, key: &'static str) -> Option<&'n [Entry]> {
        let node = self.node(key)?;
        let entries = node.as_map();
        if entries.is_none() {
            self.diagnostics.push(wrong_kind(&quoted(key), "a map", node));
        }
        entries
    }

    /// One of a few words; `parse` gives the meaning of one.
    pub fn word<T>(
        &mut self,
        key: &'static str,
        words: &[&'static str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let node = self.node(key)?;
        word(&quoted(key), node, words, parse, self.diagnostics)
    }

    /// Any value, taken as it stands.
    pub fn value(&mut self, key: &'static str) -> Option<Spanned<Value>> {
        self.node(key)
            .map(|node| Spanned::new(node.to_value(), node.span))
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        for entry in self.entries {
            let name = entry.key.value.as_str();
            if !self.known.contains(&name) {
                self.diagnostics
                    .push(unknown_key(&self.what, &entry.key, &self.known));
            }
        }
    }
}

/// A text that must be written out; `what` names the key for messages.
pub fn text(what: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<String>> {
    let Some(text) = node.as_text() else {
        let help = node.as_scalar().filter(|scalar| scalar.kind != ScalarKind::Null);
        let mut diagnostic = wrong_kind(what, "text", node);
        if let Some(scalar) = help {
            diagnostic = diagnostic.help(format!("if text is meant, write \"{}\"", scalar.text));
        }
        diagnostics.push(diagnostic);
        return None;
    };
    if text.contains("{{") {
        diagnostics.push(
            Diagnostic::error(
                "constant-expected",
                node.span,
                format!("{what} cannot hold an expression"),
            )
            .help("write the value out, so that it can be checked before a run"),
        );
        return None;
    }
    if text.is_empty() {
        diagnostics.push(Diagnostic::error(
            "wrong-kind",
            node.span,
            format!("{what} is empty"),
        ));
        return None;
    }
    Some(Spanned::new(text.to_owned(), node.span))
}

/// One of a few words.
pub fn word<T>(
    what: &str,
    node: &Node,
    words: &[&str],
    parse: impl Fn(&str) -> Option<T>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Spanned<T>> {
    // A word that YAML reads as something else (`none`, `true`) is still compared by its text.
    let text = node.as_scalar().map(|scalar| scalar.text.as_str())?;
    if let Some(value) = parse(text) {
        return Some(Spanned::new(value, node.span));
    }
    let mut diagnostic = Diagnostic::error(
        "unknown-word",
        node.span,
        format!("{what} cannot be `{text}`; it is one of {}", listed(words)),
    );
    if let Some(near) = nearest(text, words.iter().copied()) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    }
    diagnostics.push(diagnostic);
    None
}

/// A key that has no meaning where it stands.
pub fn unknown_key(what: &str, key: &Spanned<String>, known: &[&str]) -> Diagnostic {
    let message = format!("{what} has no key `{}`", key.value);
    let help = match nearest(&key.value, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? known here: {}", listed(known)),
        None if known.is_empty() => "it takes no keys at all".to_owned(),
        None => format!("known here: {}", listed(known)),
    };
    Diagnostic::error("unknown-key", key.span, message).help(help)
}

/// A value of the wrong kind: "`name` must be text, not a list".
pub fn wrong_kind(what: &str, wanted: &str, node: &Node) -> Diagnostic {
    let found = match node.as_scalar() {
        Some(scalar) if scalar.kind != ScalarKind::Null && scalar.text.chars().count() <= 40 => {
            format!("`{}`", scalar.text)
        }
        _ => match node.kind() {
            kind @ ("map" | "list" | "number") => format!("a {kind}"),
            kind => kind.to_owned(),
        },
    };
    Diagnostic::error(
        "wrong-kind",
        node.span,
        format!("{what} must be {wanted}, not {found}"),
    )
}

/// Names for a sentence: "`a`, `b` and `c`".
pub fn listed(names: &[&str]) -> String {
    let mut names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    match names.pop() {
        None => String::new(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}

/// The place of some bytes of a text scalar; the whole scalar where that is not known.
pub fn span_within(node: &Node, range: Range<usize>) -> Span {
    match node.as_scalar().and_then(|scalar| scalar.places.range(range)) {
        Some(range) => Span {
            file: node.span.file,
            start: range.start,
            end: range.end,
        },
        None => node.span,
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}
