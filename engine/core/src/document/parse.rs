//! YAML text to a located tree. Never panics, never stops at the first fault it can go on after.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle as YamlStyle, StructureStyle};

use crate::diagnostic::Diagnostic;
use crate::document::resolve;
use crate::document::syntax;
use crate::document::{Entry, Node, NodeValue, Places, Scalar, ScalarKind, ScalarStyle};
use crate::source::{FileId, Span, Spanned};

/// Largest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most nodes that aliases may add.
pub const ALIASES_MAX: usize = 10_000;
/// Deepest nesting.
pub const DEPTH_MAX: usize = 64;

/// The parsed text of one file: a tree, as far as there is one, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Document {
    /// The root; `None` when the text is empty or not YAML at all.
    pub root: Option<Node>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The parts of the text that are missing in the tree because they are not YAML; all of it where nothing was read.
    pub left_out: Vec<Span>,
}

/// What one pass over a text gave.
pub(crate) struct Reading {
    /// The root, when the text was read to its end.
    pub(crate) root: Option<Node>,
    /// What is wrong though it is YAML.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Where it stopped being YAML.
    pub(crate) fault: Option<Diagnostic>,
    /// Whether a limit ended the reading.
    pub(crate) stopped: bool,
}

/// Reads a text once, up to its end or to where it stops being YAML.
pub(crate) fn read(file: FileId, text: &str) -> Reading {
    let mut builder = Builder {
        file,
        text,
        frames: Vec::new(),
        anchors: HashMap::new(),
        expanded: 0,
        root: None,
        diagnostics: Vec::new(),
        fault: None,
        stopped: false,
    };
    builder.read();
    Reading {
        root: builder.root,
        diagnostics: builder.diagnostics,
        fault: builder.fault,
        stopped: builder.stopped,
    }
}

/// Builds the tree on a stack of its own, so that nesting in the text never becomes nesting of calls.
struct Builder<'t> {
    file: FileId,
    text: &'t str,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    /// Nodes added by aliases so far.
    expanded: usize,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
    fault: Option<Diagnostic>,
    stopped: bool,
}

/// A map or list that is not closed yet.
struct Frame {
    contents: Contents,
    start: usize,
    anchor: usize,
    flow: bool,
    /// Nodes in it and deepest nesting, for the alias limits.
    size: Size,
}

enum Contents {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<Key>,
        /// Keys that are maps or lists; reported when the map turns out not to be an unquoted expression.
        complex: Vec<Span>,
    },
}

/// A key whose value has not come yet; `None` in `entry` when the pair is dropped.
struct Key {
    entry: Option<(Spanned<String>, ScalarKind)>,
    end: usize,
}

#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    depth: usize,
}

struct Anchor {
    /// `None` while its node is still open: an alias to it would contain itself.
    node: Option<(Node, Size)>,
}

impl Builder<'_> {
    fn read(&mut self) {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEPTH_MAX + 1,
            block_nesting_limit: DEPTH_MAX + 1,
        };
        let text = self.text;
        for next in Parser::new_from_str_with_options(text, options) {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let at = error.marker().byte_offset().unwrap_or(text.len());
                    let diagnostic = syntax::diagnostic(self.file, text, at, error.kind());
                    // Text after an unquoted expression: the expression alone was reported already.
                    self.diagnostics
                        .retain(|earlier| earlier.span.start != diagnostic.span.start);
                    self.fault = Some(diagnostic);
                    self.root = None;
                    return;
                }
            };
            let start = span.start.byte_offset().unwrap_or(0).min(text.len());
            let end = span.end.byte_offset().unwrap_or(start).clamp(start, text.len());
            if let Some(tag) = span.tag_span() {
                let start = tag.start.byte_offset().unwrap_or(start);
                let end = tag.end.byte_offset().unwrap_or(end);
                self.diagnostics.push(
                    Diagnostic::error("yaml-tag", self.span(start, end), "YAML tags are not used here")
                        .help("remove the tag; put quotes around what must be text"),
                );
            }
            if !self.event(event, start, end) {
                return;
            }
        }
    }

    /// Takes one event; false to stop reading.
    fn event(&mut self, event: Event<'_>, start: usize, end: usize) -> bool {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                let message = "the file holds a second YAML document";
                let diagnostic = Diagnostic::error("several-documents", self.span(start, end), message)
                    .help("put it into a file of its own");
                self.diagnostics.push(diagnostic);
                false
            }
            Event::MappingStart(style, anchor, _) => self.open(
                Contents::Map {
                    entries: Vec::new(),
                    key: None,
                    complex: Vec::new(),
                },
                style,
                anchor,
                start,
            ),
            Event::SequenceStart(style, anchor, _) => {
                self.open(Contents::List(Vec::new()), style, anchor, start)
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.close(end);
                true
            }
            Event::Scalar(text, style, anchor, _) => {
                let node = self.scalar(text.into_owned(), style, start, end);
                let size = Size { nodes: 1, depth: 0 };
                if anchor != 0 {
                    let node = Some((node.clone(), size));
                    self.anchors.insert(anchor, Anchor { node });
                }
                self.place(node, size);
                true
            }
            Event::Alias(id) => self.alias(id, start, end),
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor `&{name}` stands above this alias");
                let span = self.span(start, end);
                self.diagnostics
                    .push(Diagnostic::error("unknown-alias", span, message));
                self.place(null_at(span), Size { nodes: 1, depth: 0 });
                true
            }
            _ => true,
        }
    }

    fn open(&mut self, contents: Contents, style: StructureStyle, anchor: usize, start: usize) -> bool {
        if self.frames.len() >= DEPTH_MAX {
            self.too_deep(self.span(start, start));
            return false;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { node: None });
        }
        self.frames.push(Frame {
            contents,
            start,
            anchor,
            flow: style == StructureStyle::Flow,
            size: Size { nodes: 1, depth: 0 },
        });
        true
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let mut end = end;
        if !frame.flow {
            // A block ends where its last value ends, not where the next token happens to begin.
            end = match &frame.contents {
                Contents::List(items) => items.last().map(|item| item.span.end),
                Contents::Map { entries, .. } => entries.last().map(|entry| entry.value.span.end),
            }
            .unwrap_or(frame.start)
            .max(frame.start);
        }
        let span = self.span(frame.start, end);
        let node = match frame.contents {
            Contents::List(items) => Node {
                value: NodeValue::List(items),
                span,
            },
            Contents::Map { complex, .. }
                if !complex.is_empty() && self.text[frame.start..end].starts_with("{{") =>
            {
                self.diagnostics.push(syntax::unquoted_expression(span));
                self.verbatim(span)
            }
            Contents::Map { entries, complex, .. } => {
                for key in complex {
                    let message = "a key must be text, not a map or list";
                    self.diagnostics
                        .push(Diagnostic::error("key-not-text", key, message));
                }
                Node {
                    value: NodeValue::Map(entries),
                    span,
                }
            }
        };
        if frame.anchor != 0 {
            let node = Some((node.clone(), frame.size));
            self.anchors.insert(frame.anchor, Anchor { node });
        }
        self.place(node, frame.size);
    }

    /// The text of a span as a text scalar: what an author meant who forgot the quotes.
    fn verbatim(&self, span: Span) -> Node {
        let text = self.text[span.start..span.end].to_owned();
        let value = NodeValue::Scalar(Scalar {
            places: Places::verbatim(span.start, text.len()),
            text,
            kind: ScalarKind::Text,
            style: ScalarStyle::Plain,
            verbatim: true,
            content_start: span.start,
        });
        Node { value, span }
    }

    fn scalar(&mut self, mut text: String, style: YamlStyle, start: usize, end: usize) -> Node {
        if style == YamlStyle::Plain && start == end {
            // The parser reads nothing as `~`.
            text.clear();
        }
        let (style, content_start) = match style {
            YamlStyle::Plain => (ScalarStyle::Plain, start),
            YamlStyle::SingleQuoted | YamlStyle::DoubleQuoted => (ScalarStyle::Quoted, start + 1),
            // The parser's place of a block scalar is its content, without the header.
            YamlStyle::Literal | YamlStyle::Folded => (ScalarStyle::Block, start),
        };
        let kind = match style {
            ScalarStyle::Plain => resolve::kind(&text),
            _ => ScalarKind::Text,
        };
        let mut span = self.span(start, end);
        match style {
            ScalarStyle::Plain if text.is_empty() => {
                let at = self.after_key().unwrap_or(start);
                span = self.span(at, at);
            }
            ScalarStyle::Quoted => {}
            _ => span.end = start + self.text[start..end].trim_end().len(),
        }
        let verbatim = self
            .text
            .get(content_start..)
            .is_some_and(|rest| rest.starts_with(&text));
        let content_start = content_start.max(span.start).min(self.text.len());
        let places = if verbatim {
            Places::verbatim(content_start, text.len())
        } else {
            Places::walk(&text, self.text, content_start, span.end)
        };
        Node {
            value: NodeValue::Scalar(Scalar {
                places,
                text,
                kind,
                style,
                verbatim,
                content_start,
            }),
            span,
        }
    }

    /// Just after the colon of the key whose value is being read.
    fn after_key(&self) -> Option<usize> {
        let Contents::Map { key: Some(key), .. } = &self.frames.last()?.contents else {
            return None;
        };
        let rest = self.text.get(key.end..)?;
        Some(
            key.end
                + rest
                    .find(':')
                    .filter(|at| rest[..*at].trim().is_empty())
                    .map_or(0, |at| at + 1),
        )
    }

    fn alias(&mut self, id: usize, start: usize, end: usize) -> bool {
        let span = self.span(start, end);
        match self.anchors.get(&id).map(|anchor| &anchor.node) {
            Some(Some((node, size))) => {
                let (node, size) = (node.clone(), *size);
                self.expanded += size.nodes;
                if self.expanded > ALIASES_MAX {
                    let message = format!("aliases add more than {ALIASES_MAX} values");
                    self.diagnostics.push(
                        Diagnostic::error("too-many-aliases", span, message).help("write the values out"),
                    );
                    self.stop();
                    return false;
                }
                if self.frames.len() + size.depth >= DEPTH_MAX {
                    self.too_deep(span);
                    return false;
                }
                self.place(node, size);
            }
            _ => {
                let message = "this alias stands inside the value it repeats";
                self.diagnostics
                    .push(Diagnostic::error("recursive-alias", span, message).help("write the value out"));
                self.place(null_at(span), Size { nodes: 1, depth: 0 });
            }
        }
        true
    }

    fn too_deep(&mut self, span: Span) {
        let message = format!("nested deeper than {DEPTH_MAX} levels");
        self.diagnostics.push(
            Diagnostic::error("too-deep", span, message)
                .help("move inner actions into a flow of their own and call it with `run_flow`"),
        );
        self.stop();
    }

    fn stop(&mut self) {
        self.root = None;
        self.stopped = true;
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node, size: Size) {
        if let Some(frame) = self.frames.last_mut() {
            frame.size.nodes += size.nodes;
            frame.size.depth = frame.size.depth.max(size.depth + 1);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match &mut frame.contents {
            Contents::List(items) => {
                resolve::refuse_odd_number(&node, &mut self.diagnostics);
                items.push(node);
            }
            Contents::Map {
                entries,
                key,
                complex,
            } => match key.take() {
                None => {
                    let end = node.span.end;
                    let entry = match node.value {
                        NodeValue::Scalar(scalar) => {
                            Some((Spanned::new(scalar.text, node.span), scalar.kind))
                        }
                        _ => {
                            complex.push(node.span);
                            None
                        }
                    };
                    *key = Some(Key { entry, end });
                }
                Some(Key {
                    entry: Some((key, kind)),
                    ..
                }) => {
                    resolve::refuse_odd_number(&node, &mut self.diagnostics);
                    if let Some(diagnostic) = refuse_key(&key, kind, entries) {
                        self.diagnostics.push(diagnostic);
                    } else {
                        entries.push(Entry {
                            key,
                            key_kind: kind,
                            value: node,
                        });
                    }
                }
                Some(Key { entry: None, .. }) => {}
            },
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start,
            end,
        }
    }
}

/// Why a key cannot stand where it stands.
fn refuse_key(key: &Spanned<String>, kind: ScalarKind, entries: &[Entry]) -> Option<Diagnostic> {
    if key.value == "<<" {
        let message = "merge keys are not used here";
        return Some(Diagnostic::error("merge-key", key.span, message).help("write the merged keys out"));
    }
    if matches!(kind, ScalarKind::Null | ScalarKind::Bool) {
        let message = format!("the key `{}` is not text", key.value);
        let help = format!("write \"{}\" if that text is meant", key.value);
        return Some(Diagnostic::error("key-not-text", key.span, message).help(help));
    }
    let first = entries.iter().find(|entry| entry.key.value == key.value)?;
    let message = format!("the key `{}` is written twice", key.value);
    Some(
        Diagnostic::error("duplicate-key", key.span, message)
            .label("again here")
            .related(first.key.span, "first here"),
    )
}

fn null_at(span: Span) -> Node {
    Node {
        value: NodeValue::Scalar(Scalar {
            text: String::new(),
            kind: ScalarKind::Null,
            style: ScalarStyle::Plain,
            verbatim: false,
            content_start: span.start,
            places: Places::default(),
        }),
        span,
    }
}
