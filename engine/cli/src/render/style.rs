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

/// A text from elsewhere, safe to show: it cannot move the cursor, change colours or the window's title.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(harmless("\u{1b}[2Jname\u{7}"), "\u{fffd}[2Jname\u{fffd}");
        assert_eq!(harmless("✓ Zürich"), "✓ Zürich");
    }
}
