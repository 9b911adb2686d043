//! Text in, tree or diagnostics out.

use crate::document::{Document, Node, NodeValue, parse};
use crate::source::{FileId, SourceFile};

fn read(text: &str) -> (Document, SourceFile) {
    let source = SourceFile::new("x.yaml", text);
    (parse(FileId(0), &source), source)
}

/// Diagnostics as `code line:column "text"` lines, with related places after `<-`.
fn faults(text: &str) -> Vec<String> {
    let (document, source) = read(text);
    let place = |start: usize, end: usize| {
        let position = source.position(start);
        format!(
            "{}:{} {:?}",
            position.line,
            position.column,
            source.text.get(start..end).unwrap()
        )
    };
    document
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let mut line = format!(
                "{} {}",
                diagnostic.code,
                place(diagnostic.span.start, diagnostic.span.end)
            );
            for (span, _) in &diagnostic.related {
                line.push_str(&format!(" <- {}", place(span.start, span.end)));
            }
            line
        })
        .collect()
}

fn walk<'n>(node: &'n Node, path: &str, out: &mut Vec<(String, &'n Node)>) {
    out.push((path.to_owned(), node));
    match &node.value {
        NodeValue::Map(entries) => {
            for entry in entries {
                walk(&entry.value, &format!("{path}/{}", entry.key.value), out);
            }
        }
        NodeValue::List(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}/{index}"), out);
            }
        }
        NodeValue::Scalar(_) => {}
    }
}

#[test]
fn every_node_knows_its_text() {
    let text = "name: Ünïcode\nempty:\nquoted: \"a \\\"b\\\"\"\nlist:\n  - one\n  - { x: 'y', z: [1, 2] }\nblock: |\n  line one\n  line two\nfolded: >-\n  single\nlast: {a: b}   # comment\n";
    let (document, source) = read(text);
    assert_eq!(document.diagnostics, []);
    let root = document.root.unwrap();
    let mut nodes = Vec::new();
    walk(&root, "", &mut nodes);
    let shown: Vec<_> = nodes
        .iter()
        .skip(1)
        .map(|(path, node)| {
            let text = &source.text[node.span.start..node.span.end];
            let verbatim = node.as_scalar().map(|scalar| scalar.verbatim);
            format!("{path} {text:?} {verbatim:?}")
        })
        .collect();
    assert_eq!(
        shown,
        [
            "/name \"Ünïcode\" Some(true)",
            "/empty \"\" Some(true)",
            "/quoted \"\\\"a \\\\\\\"b\\\\\\\"\\\"\" Some(false)",
            "/list \"- one\\n  - { x: 'y', z: [1, 2] }\" None",
            "/list/0 \"one\" Some(true)",
            "/list/1 \"{ x: 'y', z: [1, 2] }\" None",
            "/list/1/x \"'y'\" Some(true)",
            "/list/1/z \"[1, 2]\" None",
            "/list/1/z/0 \"1\" Some(true)",
            "/list/1/z/1 \"2\" Some(true)",
            "/block \"line one\\n  line two\" Some(false)",
            "/folded \"single\" Some(true)",
            "/last \"{a: b}\" None",
            "/last/a \"b\" Some(true)",
        ]
    );
    let empty = root.get("empty").unwrap();
    assert_eq!(
        source.position(empty.span.start).line,
        2,
        "nothing stands on its key's line"
    );
    let folded = root.get("folded").unwrap().as_scalar().unwrap();
    assert!(source.text[folded.content_start..].starts_with("single"));
}

#[test]
fn faults_are_located() {
    for (text, expected) in [
        (
            "a: 1\nb: 2\na: 3\n",
            &["duplicate-key 3:1 \"a\" <- 1:1 \"a\""][..],
        ),
        (
            "x: {{ inputs.a }}\n",
            &["unquoted-expression 1:4 \"{{ inputs.a }}\""],
        ),
        (
            "x: {{ a.b | default('c, d') }}\ny: 1\n",
            &["unquoted-expression 1:4 \"{{ a.b | default('c, d') }}\""],
        ),
        (
            "x: {{ a }} and more\n",
            &["unquoted-expression 1:4 \"{{ a }} and more\""],
        ),
        ("- {{ a }}\n- b\n", &["unquoted-expression 1:3 \"{{ a }}\""]),
        (
            "a: {b: {{ c }}, d: e}\n",
            &["unquoted-expression 1:8 \"{{ c }}\""],
        ),
        ("? [a, b]\n: c\n", &["key-not-text 1:3 \"[a, b]\""]),
        ("true: 1\n", &["key-not-text 1:1 \"true\""]),
        ("a: &x { b: 1 }\nc:\n  <<: *x\n", &["merge-key 3:3 \"<<\""]),
        (
            "a: !!str 1\nb: !mine {}\n",
            &["yaml-tag 1:4 \"!!str\"", "yaml-tag 2:4 \"!mine\""],
        ),
        ("a: &x [*x]\n", &["recursive-alias 1:8 \"*x\""]),
        ("a: *y\n", &["unknown-alias 1:4 \"*y\""]),
        ("a: 1\n---\nb: 2\n", &["several-documents 2:1 \"---\""]),
        (
            "a: 007\nb: 0x1F\nc: '007'\nd: .5\n",
            &[
                "odd-number 1:4 \"007\"",
                "odd-number 2:4 \"0x1F\"",
                "odd-number 4:4 \".5\"",
            ],
        ),
        ("a: 'open\nb: 1\n", &["yaml-syntax 2:1 \"b\""]),
        ("a: 'open", &["yaml-syntax 1:4 \"'\""]),
        ("a: [1, 2\n", &["yaml-syntax 1:4 \"[\""]),
        ("a: b: c\n", &["yaml-syntax 1:5 \":\""]),
        ("a:\n\tb: 1\n", &["yaml-syntax 2:2 \"b\""]),
        ("a:\n    b: 1\n  c: 2\n", &["yaml-syntax 3:3 \"c\""]),
        ("a: 1\nb\nc: 2\n", &["yaml-syntax 2:1 \"b\""]),
    ] {
        assert_eq!(faults(text), expected, "{text}");
    }
}
