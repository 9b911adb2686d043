//! Meanings, not colours: `NO_COLOR` and pipes are obeyed by the stream they are written to.

use owo_colors::OwoColorize;

pub(crate) fn good(text: &str) -> String {
    text.green().to_string()
}

pub(crate) fn bad(text: &str) -> String {
    text.red().bold().to_string()
}

pub(crate) fn doubtful(text: &str) -> String {
    text.yellow().to_string()
}

pub(crate) fn dim(text: &str) -> String {
    text.dimmed().to_string()
}

pub(crate) fn strong(text: &str) -> String {
    text.bold().to_string()
}
