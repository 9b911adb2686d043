//! What the documents of the repository say can be done, can be done.

use std::path::Path;

use harness::{Workplace, root, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");
/// How the README starts the program.
const PREFIX: &str = "cargo run --release -- ";
const DOCUMENTS: [&str; 4] = [
    "README.md",
    "flows/README.md",
    "engine/ARCHITECTURE.md",
    "schemas/salesforce/README.md",
];
/// Commands named below this heading are to come, so they must not be there yet.
const TO_COME: &str = "## What is not done yet";

/// The lines of every block that is fenced as `sh`, in a list or not.
fn shell_lines(document: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = None;
    for line in document.lines() {
        let line = line.trim();
        match (line.strip_prefix("```"), inside) {
            (Some(language), None) => inside = Some(language == "sh"),
            (Some(_), Some(_)) => inside = None,
            (None, Some(true)) if !line.is_empty() => lines.push(line.to_owned()),
            _ => {}
        }
    }
    lines
}

/// What stands between single backticks, outside fenced blocks.
fn code_spans(document: &str) -> Vec<String> {
    let mut prose = String::new();
    let mut fenced = false;
    for line in document.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn every_command_of_the_readme_works() {
    let workplace = Workplace::with_flows(PROGRAM);
    let lines = shell_lines(&text("README.md"));
    let mut run = 0;
    for line in &lines {
        match line.strip_prefix(PREFIX) {
            Some(arguments) => {
                let arguments: Vec<&str> = arguments.split_whitespace().collect();
                workplace.run(&arguments).exits(0);
                run += 1;
            }
            None => assert!(
                text(".ci/run").lines().any(|step| step == format!("step {line}")),
                "`{line}` is neither run here nor by .ci/run"
            ),
        }
    }
    assert!(run >= 4, "the README shows hardly any command: {lines:?}");
    assert!(lines.iter().any(|line| line == "cargo test --workspace"));
}

#[test]
fn every_relative_link_points_to_something() {
    for document in DOCUMENTS {
        let folder = root().join(document);
        let folder = folder.parent().expect("a document lies in a folder");
        let page = text(document);
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(folder.join(target).exists(), "{document}: `{link}` leads nowhere");
        }
    }
    let readme = text("README.md");
    for document in &DOCUMENTS[1..] {
        assert!(
            readme.contains(&format!("]({document})"))
                || readme.contains(&format!(
                    "]({})",
                    Path::new(document).parent().expect("a folder").display()
                )),
            "the README does not lead to {document}"
        );
    }
}

#[test]
fn every_command_in_prose_is_understood() {
    let workplace = Workplace::new(PROGRAM);
    let mut seen = 0;
    for document in DOCUMENTS {
        let page = text(document);
        let (done, to_come) = page.split_once(TO_COME).unwrap_or((&page, ""));
        for span in code_spans(done) {
            let Some(rest) = span.strip_prefix("engine ") else {
                continue;
            };
            seen += 1;
            let words: Vec<&str> = rest.split_whitespace().collect();
            let depth = if matches!(words[0], "runs" | "connections") {
                2
            } else {
                1
            };
            let mut arguments: Vec<&str> = words.iter().take(depth).copied().collect();
            arguments.push("--help");
            let help = workplace.run(&arguments).exits(0).stdout;
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                let flag = flag.split('=').next().unwrap_or_default();
                assert!(help.contains(flag), "{document}: `{span}`: there is no {flag}");
            }
        }
        for span in code_spans(to_come) {
            if let Some(rest) = span.strip_prefix("engine ") {
                let word = rest.split(' ').next().unwrap_or_default();
                let help = workplace.run(&[word, "--help"]);
                assert_ne!(
                    help.code, 0,
                    "{document}: `engine {word}` is there, and said to be to come"
                );
            }
        }
    }
    assert!(seen >= 5, "{seen} commands in prose");
}
