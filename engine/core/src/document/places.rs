//! Where the bytes of a scalar's text stand in the file, also after YAML has unquoted and folded it.

use std::ops::Range;
use std::sync::Arc;

/// Which byte of a file each byte of a text came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Where pieces of the text start: in the text, in the file. Sorted.
    pieces: Arc<[(usize, usize)]>,
    /// How many bytes of the text are known; what follows an escape that is not understood here is not.
    known: usize,
}

impl Places {
    /// A text whose bytes stand in the file as they are.
    pub fn verbatim(start: usize, length: usize) -> Self {
        Self {
            pieces: Arc::new([(0, start)]),
            known: length,
        }
    }

    /// Walks a text and the part of a file it was made of side by side. `start` is where the text starts in the file,
    /// `end` where the scalar ends.
    pub(crate) fn walk(text: &str, file: &str, start: usize, end: usize) -> Self {
        let (source, written) = (file.as_bytes(), text.as_bytes());
        let end = end.min(source.len());
        let blanks = |bytes: &[u8], from: usize| {
            bytes[from..]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count()
        };
        let mut pieces = vec![(0, start)];
        let (mut at, mut in_file) = (0, start);
        while at < written.len() && in_file < end {
            if written[at] == source[in_file] {
                at += 1;
                in_file += 1;
                continue;
            }
            match source[in_file] {
                // Indentation, a folded line end: blanks of one side stand for blanks of the other.
                byte if byte.is_ascii_whitespace() => {
                    in_file += blanks(&source[..end], in_file);
                    at += blanks(written, at);
                }
                b'\\' if source.get(in_file + 1) == Some(&written[at]) => in_file += 1,
                b'\\' if written[at].is_ascii_whitespace() && source.get(in_file + 1) != Some(&b'u') => {
                    in_file += 2;
                    at += 1;
                }
                // The second of two single quotes that stand for one.
                b'\'' if at > 0 && written[at - 1] == b'\'' => in_file += 1,
                _ => break,
            }
            pieces.push((at, in_file));
        }
        Self {
            pieces: pieces.into(),
            known: at.min(written.len()),
        }
    }

    /// The bytes of the file that a range of the text came from.
    pub fn range(&self, range: Range<usize>) -> Option<Range<usize>> {
        if range.start > range.end || range.end > self.known {
            return None;
        }
        let start = self.at(range.start)?;
        let end = match range.end.checked_sub(1) {
            Some(last) if range.end > range.start => self.at(last)? + 1,
            _ => start,
        };
        Some(start..end.max(start))
    }

    /// The places of a part of the text.
    pub fn part(&self, range: Range<usize>) -> Self {
        let Some(start) = self.at(range.start).filter(|_| range.start <= self.known) else {
            return Self::default();
        };
        let inside = self
            .pieces
            .iter()
            .filter(|(at, _)| *at > range.start && *at < range.end)
            .map(|(at, in_file)| (at - range.start, *in_file));
        Self {
            pieces: std::iter::once((0, start)).chain(inside).collect(),
            known: self.known.min(range.end) - range.start,
        }
    }

    fn at(&self, offset: usize) -> Option<usize> {
        let piece = self
            .pieces
            .partition_point(|(at, _)| *at <= offset)
            .checked_sub(1)?;
        let (at, in_file) = self.pieces[piece];
        Some(in_file + (offset - at))
    }
}
