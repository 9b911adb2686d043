//! One page for every diagnostic code: what it means, an example, what to do. Shown by `explain` and the manual.

/// The page of a code, Markdown; `None` for a code that does not exist.
pub fn page(code: &str) -> Option<&'static str> {
    PAGES
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, page)| *page)
}

/// Every code, sorted.
pub fn codes() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|(code, _)| *code)
}

macro_rules! page {
    ($code:literal) => {
        ($code, include_str!(concat!($code, ".md")))
    };
}

/// A new code gets a file beside this one and a line here.
const PAGES: [(&str, &str); 93] = [
    page!("bad-case"),
    page!("bad-cron"),
    page!("bad-name"),
    page!("bad-recurrence"),
    page!("bad-retry"),
    page!("changeset-content"),
    page!("changeset-reference"),
    page!("constant-expected"),
    page!("duplicate-action"),
    page!("duplicate-key"),
    page!("duplicate-mapping"),
    page!("empty-file"),
    page!("expression-syntax"),
    page!("failing-expression"),
    page!("failure-not-handled"),
    page!("file-too-large"),
    page!("flow-cycle"),
    page!("flow-not-callable"),
    page!("handler-order"),
    page!("key-not-text"),
    page!("mapping-direction"),
    page!("mapping-field"),
    page!("mapping-path"),
    page!("mapping-side"),
    page!("mapping-type"),
    page!("mapping-values"),
    page!("merge-key"),
    page!("missing-input"),
    page!("missing-key"),
    page!("missing-manifest"),
    page!("missing-parameter"),
    page!("no-http-connection"),
    page!("no-item"),
    page!("no-result"),
    page!("no-watch"),
    page!("no-webhook"),
    page!("not-in-picklist"),
    page!("not-yet-supported"),
    page!("odd-number"),
    page!("read-only-field"),
    page!("recursive-alias"),
    page!("required-field-unmapped"),
    page!("response-in-loop"),
    page!("response-without-caller"),
    page!("run-after-cycle"),
    page!("run-after-target"),
    page!("second-response"),
    page!("several-documents"),
    page!("switch-cases"),
    page!("terminate-in-loop"),
    page!("text-too-long"),
    page!("too-deep"),
    page!("too-many"),
    page!("too-many-aliases"),
    page!("unfinished-action"),
    page!("unknown-action"),
    page!("unknown-action-type"),
    page!("unknown-alias"),
    page!("unknown-connection"),
    page!("unknown-connector"),
    page!("unknown-custom-field"),
    page!("unknown-environment-variable"),
    page!("unknown-field"),
    page!("unknown-flow"),
    page!("unknown-flow-input"),
    page!("unknown-function"),
    page!("unknown-input"),
    page!("unknown-key"),
    page!("unknown-list"),
    page!("unknown-mapping"),
    page!("unknown-member"),
    page!("unknown-name"),
    page!("unknown-object"),
    page!("unknown-operation"),
    page!("unknown-side"),
    page!("unknown-time-zone"),
    page!("unknown-trigger"),
    page!("unknown-trigger-type"),
    page!("unknown-variable"),
    page!("unknown-word"),
    page!("unquoted-expression"),
    page!("unused-error"),
    page!("unused-parameter"),
    page!("value-in-query"),
    page!("variable-in-parallel-loop"),
    page!("variable-set-from-itself"),
    page!("variable-type"),
    page!("wrong-default-type"),
    page!("wrong-input"),
    page!("wrong-kind"),
    page!("wrong-type"),
    page!("yaml-syntax"),
    page!("yaml-tag"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The sources of this crate without these pages and without tests.
    fn sources() -> Vec<String> {
        let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut texts = Vec::new();
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path: PathBuf = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                if path.is_dir() && !["codes", "tests"].contains(&name.as_str()) {
                    waiting.push(path);
                } else if name.ends_with(".rs") && !["testing.rs", "tests.rs"].contains(&name.as_str()) {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let product = text.split("#[cfg(test)]\nmod tests").next().unwrap();
                    texts.push(product.to_owned());
                }
            }
        }
        texts
    }

    /// The text literal that follows one of the ways a code is given.
    fn codes_given(text: &str) -> Vec<String> {
        ["Diagnostic::error(", "Diagnostic::warning(", ".error(", "code: "]
            .iter()
            .flat_map(|way| text.split(way).skip(1))
            .filter_map(|rest| {
                let literal = rest.trim_start().strip_prefix('"')?;
                Some(literal[..literal.find('"')?].to_owned())
            })
            .filter(|literal| {
                literal
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            })
            .collect()
    }

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let sources = sources();
        let given: BTreeSet<String> = sources.iter().flat_map(|text| codes_given(text)).collect();
        let without_page: Vec<_> = given.iter().filter(|code| page(code).is_none()).collect();
        assert!(without_page.is_empty(), "no page for {without_page:?}");
        let unused: Vec<_> = codes()
            .filter(|code| !sources.iter().any(|text| text.contains(&format!("\"{code}\""))))
            .collect();
        assert!(unused.is_empty(), "nothing gives {unused:?}");
    }

    #[test]
    fn pages_are_complete_and_in_order() {
        assert!(PAGES.is_sorted_by(|left, right| left.0 < right.0));
        for (code, page) in PAGES {
            let parts: Vec<&str> = page.split("\n\n").collect();
            assert_eq!(parts[0], format!("# {code}"));
            assert!(page.contains("```yaml\n"), "{code} has no example");
            let cure = page.rsplit("```").next().unwrap().trim();
            assert!(cure.len() >= 15, "{code} does not say what to do");
        }
    }
}
