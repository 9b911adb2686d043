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
fn every_byte_of_a_scalar_knows_where_it_came_from() {
    let text = "folded: >-\n  one {{ two }}\n  three\n\n  four\nliteral: |\n  ä one\n    two\n  three\nsingle: 'it''s three'\ndouble: \"say \\\"two\\\" and\n   three\\n four\"\nplain: one\n  two three\nodd: \"\\x41 three\"\n";
    let (document, source) = read(text);
    assert_eq!(document.diagnostics, []);
    let root = document.root.unwrap();
    for (key, words) in [
        ("folded", &["one", "two", "three", "four"][..]),
        ("literal", &["ä", "one", "two", "three"]),
        ("single", &["it", "three"]),
        ("double", &["say", "two", "three", "four"]),
        ("plain", &["one", "two", "three"]),
    ] {
        let scalar = root.get(key).unwrap().as_scalar().unwrap();
        for word in words {
            let at = scalar.text.find(word).unwrap();
            let range = scalar.places.range(at..at + word.len()).unwrap();
            assert_eq!(&source.text[range], *word, "{key}");
        }
    }
    let scalar = root.get("folded").unwrap().as_scalar().unwrap();
    let part = scalar.places.part(7..scalar.text.len());
    let at = scalar.text.find("four").unwrap() - 7;
    assert_eq!(&source.text[part.range(at..at + 4).unwrap()], "four");
    let odd = root.get("odd").unwrap().as_scalar().unwrap();
    assert_eq!(odd.text, "A three");
    assert_eq!(
        odd.places.range(2..7),
        None,
        "after an escape by number nothing is known"
    );
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

fn json(node: &Node) -> serde_json::Value {
    serde_json::from_str(&node.to_value().to_json()).unwrap()
}

/// What the plain YAML reader makes of the same text.
fn oracle(text: &str) -> serde_json::Value {
    serde_yaml::from_str(text).unwrap()
}

#[test]
fn the_tree_is_what_another_reader_reads() {
    for text in [
        "a: 1\nb: [x, 'y', \"z\\n\", ~, null, true, False, 1.5, -3, 1e3]\nc: {d: {e: f}}\n",
        "text: |\n  one\n    two\n\n  three\nfolded: >\n  one\n  two\n\n  three\nstripped: |-\n  x\nkept: |+\n  y\n\nend: z\n",
        "a: &x { k: v }\nb: *x\nc: [*x, *x]\n",
        "\"quoted key\": 1\n'other key': 2\nplain key: 3\n",
        "multi: this goes\n  on here\nquoted: \"this goes\n  on too\"\n",
        "# a comment\na: b # another\n\n\nc: 'it''s'\n",
        "- 1\n- - 2\n  - 3\n-\n  k: v\n",
        "empty_map: {}\nempty_list: []\nempty:\nyes_is_text: yes\ndate: 2030-01-31\ntime: 12:30\nversion: 1.2.3\n",
        "ü: é\nemoji: \"😀\"\nescaped: \"\\u00e9\\t\\x41\"\n",
        "\u{feff}a: after a byte order mark\n",
        "a: 1\r\nb: |\r\n  x\r\n  y\r\n",
    ] {
        let (document, _) = read(text);
        assert_eq!(document.diagnostics, [], "{text}");
        assert_eq!(json(&document.root.unwrap()), oracle(text), "{text}");
    }
}

#[test]
fn the_shipped_files_read_the_same_elsewhere() {
    let flows = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../flows");
    let mut count = 0;
    for folder in [flows.clone(), flows.join("mappings")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap();
                let (document, _) = read(&text);
                assert_eq!(document.diagnostics, [], "{path:?}");
                assert_eq!(json(&document.root.unwrap()), oracle(&text), "{path:?}");
                count += 1;
            }
        }
    }
    assert!(count >= 10, "only {count} files were found");
}

#[test]
fn a_bomb_is_refused_before_it_unfolds() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40 {
        let alias = format!("*a{}", level - 1);
        bomb.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            [alias.as_str(); 10].join(", ")
        ));
    }
    assert_eq!(faults(&bomb), ["too-many-aliases 4:45 \"*a2\""]);
}

#[test]
fn depth_is_bounded_however_it_is_written() {
    const LEVELS: usize = 100_000;
    let flow_maps = "{a: ".repeat(LEVELS);
    for text in [
        "[".repeat(LEVELS),
        flow_maps,
        "- ".repeat(LEVELS),
        "? ".repeat(LEVELS),
        format!("a: {}", "[".repeat(LEVELS)),
    ] {
        let (document, _) = read(&text);
        assert!(document.root.is_none());
        let codes: Vec<_> = document.diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(codes, ["too-deep"], "{}", &text[..8]);
    }
    let allowed = format!(
        "{}{}",
        "[".repeat(crate::document::DEPTH_MAX),
        "]".repeat(crate::document::DEPTH_MAX)
    );
    assert!(read(&allowed).0.root.is_some());
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let text = "a".repeat(crate::document::FILE_BYTES_MAX + 1);
    let (document, _) = read(&text);
    assert_eq!(document.diagnostics[0].code, "file-too-large");
    assert!(document.root.is_none());
}

/// Any text gives a tree or says what is wrong, and every place lies in the text.
fn survive(text: &str) {
    let (document, source) = read(text);
    assert!(
        document.root.is_some()
            || !document.diagnostics.is_empty()
            || text.trim().is_empty()
            || document.left_out.is_empty(),
        "{text:?}"
    );
    let inside = |start: usize, end: usize| {
        assert!(
            start <= end && source.text.get(start..end).is_some(),
            "{start}..{end} in {text:?}"
        );
    };
    for diagnostic in &document.diagnostics {
        inside(diagnostic.span.start, diagnostic.span.end);
        for (span, _) in &diagnostic.related {
            inside(span.start, span.end);
        }
    }
    if let Some(root) = &document.root {
        let mut nodes = Vec::new();
        walk(root, "", &mut nodes);
        for (_, node) in nodes {
            inside(node.span.start, node.span.end);
            let Some(scalar) = node.as_scalar() else { continue };
            assert!(
                !scalar.verbatim || source.text[scalar.content_start..].starts_with(&scalar.text),
                "{text:?}"
            );
            for (at, char) in scalar.text.char_indices() {
                if let Some(range) = scalar.places.range(at..at + char.len_utf8()) {
                    inside(range.start, range.end);
                    // Blanks may stand for other blanks.
                    let same = source.text[range].starts_with(char);
                    assert!(same || char.is_whitespace(), "{char:?} of {text:?}");
                }
            }
        }
    }
}

#[test]
fn no_text_is_too_broken() {
    let all_bytes: String = (0..=255_u8).map(char::from).collect();
    survive(&all_bytes);
    for char in all_bytes.chars() {
        survive(&char.to_string());
        survive(&format!("a: {char}\nb: 1\n"));
        survive(&format!("a: [{char}"));
    }
    for text in [
        "",
        "\n",
        "---",
        "...",
        "%YAML 1.2",
        "\u{feff}",
        "\0",
        "a:\0b",
        "&",
        "*",
        "!",
        "|",
        ">",
        "?",
        "-",
        ":",
        "{{",
        "}}",
        "\"",
        "'",
    ] {
        survive(text);
    }
}

#[test]
fn a_flow_may_be_cut_or_garbled_anywhere() {
    let flow = "name: Ü\ntrigger: { type: manual }\nactions:\n  a: &x\n    type: compose\n    inputs: \"{{ é.b }}\"\n  b: *x\n  c:\n    - |\n      block\n    - 'it''s'\n";
    for (at, _) in flow.char_indices() {
        survive(&flow[..at]);
        survive(&flow[at..]);
        for put in [
            "\"", "'", "{", "}", "[", "]", ":", "-", "#", "\t", "\n", "&", "*", "!", "|", "{{", "\u{0}", "ü",
            "? ",
        ] {
            survive(&format!("{}{put}{}", &flow[..at], &flow[at..]));
        }
    }
}
