//! Document to mapping: decoded by hand so that every fault is found and placed. Looks at no connector.

use connector_api::{Number, Value};

use crate::diagnostic::{Diagnostic, nearest};
use crate::document::decode::{listed, span_within, text, unknown_key, wrong_kind};
use crate::document::{Entry, MapReader, Node, ScalarKind};
use crate::expression::{Template, TemplateKind};
use crate::flow::is_field_name;
use crate::mapping::Path;
use crate::mapping::model::{
    Conflict, Direction, FieldEnd, ListField, ListRow, Mapping, REFERRAL, Row, Side, Translation,
};
use crate::source::{Span, Spanned};

/// Names that mean something else in an expression and can be no side.
const RESERVED: [&str; 13] = [
    "trigger",
    "inputs",
    "actions",
    "item",
    "items",
    "variables",
    "env",
    "run",
    "result",
    "value",
    "creating",
    "null",
    "none",
];

/// Reads a mapping's document. `None` when there is too little to go on; faults are in `diagnostics` either way.
pub fn lower(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Mapping> {
    let mut reader = MapReader::new("the mapping", root, diagnostics)?;
    let name = reader.required_text("mapping");
    // A description is for readers of the file.
    let _ = reader.prose("description");
    let sides = reader.required("sides");
    let fields = reader.node("fields");
    let lists = reader.node("lists");
    reader.finish();

    let sides = sides.map_or_else(Vec::new, |node| lower_sides(node, diagnostics));
    let names: Vec<&str> = sides.iter().map(|side| side.name.value.as_str()).collect();
    let mut decoder = Decoder {
        others: names.iter().copied().filter(|name| *name != REFERRAL).collect(),
        diagnostics,
    };
    let fields = decoder
        .entries("fields", fields)
        .iter()
        .filter_map(|entry| decoder.row(entry))
        .collect();
    let lists = decoder
        .entries("lists", lists)
        .iter()
        .filter_map(|entry| decoder.list(entry))
        .collect();
    Some(Mapping {
        name: name?,
        sides,
        fields,
        lists,
        span: root.span,
    })
}

fn lower_sides(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Side> {
    let Some(entries) = node.as_map() else {
        diagnostics.push(wrong_kind("`sides`", "a map", node));
        return Vec::new();
    };
    let mut sides = Vec::new();
    for entry in entries {
        let name = &entry.key;
        if RESERVED.contains(&name.value.as_str()) || !is_field_name(&name.value) {
            diagnostics.push(
                Diagnostic::error(
                    "mapping-side",
                    name.span,
                    format!("`{}` cannot be the name of a side", name.value),
                )
                .help("a side is a name in expressions: letters, digits and `_`, and none of the names known there"),
            );
        }
        let what = format!("side `{}`", name.value);
        let Some(target) = text(&what, &entry.value, diagnostics) else {
            continue;
        };
        let Some((connection, object)) = target.value.split_once('.') else {
            diagnostics.push(
                Diagnostic::error(
                    "mapping-side",
                    target.span,
                    format!("{what} must be `connection.Object`, not `{}`", target.value),
                )
                .help("write, for example, `salesforce.Opportunity`"),
            );
            continue;
        };
        let object_start = connection.len() + 1;
        sides.push(Side {
            name: name.clone(),
            connection: Spanned::new(
                connection.to_owned(),
                span_within(&entry.value, 0..connection.len()),
            ),
            object: Spanned::new(
                object.to_owned(),
                span_within(&entry.value, object_start..target.value.len()),
            ),
        });
    }
    if !entries.iter().any(|entry| entry.key.value == REFERRAL) {
        diagnostics.push(
            Diagnostic::error("missing-key", node.span, "`sides` has no `referral`").help(
                "every row pairs the referral with another side; add `referral: partner_center.Referral`",
            ),
        );
    }
    if sides.iter().all(|side| side.name.value == REFERRAL) {
        diagnostics.push(
            Diagnostic::error(
                "mapping-side",
                node.span,
                "`sides` names nothing beside the referral",
            )
            .help("add the other side, for example `opportunity: salesforce.Opportunity`"),
        );
    }
    sides
}

struct Decoder<'d, 's> {
    /// The names of the sides other than the referral.
    others: Vec<&'s str>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Decoder<'_, '_> {
    fn entries<'n>(&mut self, what: &str, node: Option<&'n Node>) -> &'n [Entry] {
        let Some(node) = node else { return &[] };
        node.as_map().unwrap_or_else(|| {
            self.diagnostics
                .push(wrong_kind(&format!("`{what}`"), "a map", node));
            &[]
        })
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        self.diagnostics
            .push(Diagnostic::error(code, span, message).help(help));
    }

    /// Finds the one other side a row or list names as a key, and reports keys that mean nothing.
    fn side<'n>(&mut self, what: &str, entry: &'n Entry, keys: &[&str]) -> Option<&'n Entry> {
        let Some(entries) = entry.value.as_map() else {
            self.diagnostics.push(wrong_kind(what, "a map", &entry.value));
            return None;
        };
        let mut named: Vec<&Entry> = Vec::new();
        let towards: Vec<String> = self.others.iter().map(|name| format!("to_{name}")).collect();
        for found in entries {
            let key = found.key.value.as_str();
            if self.others.contains(&key) {
                named.push(found);
            } else if !keys.contains(&key) && !towards.iter().any(|known| known == key) {
                let known: Vec<&str> = keys
                    .iter()
                    .copied()
                    .chain(self.others.iter().copied())
                    .chain(towards.iter().map(String::as_str))
                    .collect();
                self.diagnostics.push(unknown_key(what, &found.key, &known));
            }
        }
        let sides = listed(&self.others);
        match named.as_slice() {
            [side] => {
                for (name, towards) in self.others.iter().zip(&towards) {
                    let misplaced = entries.iter().find(|found| found.key.value == *towards);
                    if let Some(misplaced) = misplaced.filter(|_| *name != side.key.value) {
                        let message = format!(
                            "{what} pairs the referral with `{}`, not with `{name}`",
                            side.key.value
                        );
                        self.diagnostics.push(Diagnostic::error(
                            "mapping-direction",
                            misplaced.key.span,
                            message,
                        ));
                    }
                }
                Some(side)
            }
            [] => {
                let message = format!("{what} names no side beside the referral");
                let help = format!("add the field of one of {sides}");
                self.error("mapping-side", entry.key.span, message, &help);
                None
            }
            [first, second, ..] => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "mapping-side",
                        second.key.span,
                        format!("{what} names two sides beside the referral"),
                    )
                    .related(first.key.span, "the first one")
                    .help("a row pairs two sides; write a second row for the other one"),
                );
                None
            }
        }
    }

    fn row(&mut self, entry: &Entry) -> Option<Row> {
        let what = format!("row `{}`", entry.key.value);
        let keys = [
            REFERRAL,
            "to_referral",
            "as",
            "values",
            "default",
            "required",
            "conflict",
        ];
        let side = self.side(&what, entry, &keys)?;
        let node = &entry.value;
        let referral = node.get(REFERRAL).map_or_else(Vec::new, |node| self.paths(node));
        let field = self.field_end(side)?;
        let (to_referral, to_side) = self.directions(node, &side.key.value);
        let translation = self.translation(node);
        let default = node
            .get("default")
            .map(|node| Template::compile(node, self.diagnostics));
        let row = Row {
            name: entry.key.clone(),
            referral,
            side: side.key.clone(),
            field,
            to_referral: match node.get(REFERRAL) {
                None if node.get("to_referral").is_none() => Direction::Never,
                _ => to_referral,
            },
            to_side,
            translation,
            default,
            required: self.required(node, &entry.key.value),
            conflict: self.conflict(node, &side.key.value),
            span: node.span,
        };
        self.check_row(&what, entry, &row);
        Some(row)
    }

    /// What a row may say depends on what else it says.
    fn check_row(&mut self, what: &str, entry: &Entry, row: &Row) {
        let place = |key: &str| {
            entry
                .value
                .entry(key)
                .map_or(entry.key.span, |entry| entry.key.span)
        };
        let towards = format!("to_{}", row.side.value);
        let closed_or_valued = |direction: &Direction| !direction.is_open() || direction.value().is_some();
        if entry.value.get(REFERRAL).is_none() {
            if row.to_referral.is_open() {
                let message = format!("{what} goes to the referral but names no place in it");
                self.error(
                    "mapping-direction",
                    place("to_referral"),
                    message,
                    "add `referral:` with a path",
                );
            }
            if row.to_side.value().is_none() {
                let message = format!("{what} names no place in the referral and no value");
                let help = format!("add `referral:` with a path, or `{towards}: {{ value: ... }}`");
                self.error("missing-key", entry.key.span, message, &help);
            }
        } else if row.referral.len() > 1 {
            for (direction, key) in [
                (&row.to_referral, "to_referral"),
                (&row.to_side, towards.as_str()),
            ] {
                if !closed_or_valued(direction) {
                    let message =
                        format!("{what} has several paths, so `{key}` must say how to get its value");
                    let help =
                        "write `never`, or `{ value: \"{{ ... }}\" }`; towards the referral it gives a list";
                    self.error("mapping-direction", place(key), message, help);
                }
            }
            for key in ["as", "values", "default"] {
                if entry.value.get(key).is_some() {
                    let message =
                        format!("{what} has several paths, so `{key}` has no single value to work on");
                    let help = "say it in the directions' `value` expressions";
                    self.error("mapping-direction", place(key), message, help);
                }
            }
        }
        if row.to_referral.is_open() && row.referral.iter().any(|path| path.value.has_index()) {
            let message = format!("{what} cannot write one item of a list in the referral");
            let help = "say `to_referral: never`, or pair the whole list under `lists`";
            self.error("mapping-direction", place(REFERRAL), message, help);
        }
        if !row.to_referral.is_open() && !row.to_side.is_open() {
            let message = format!("{what} goes nowhere");
            self.error(
                "mapping-direction",
                entry.key.span,
                message,
                "let it go one way, or remove it",
            );
        }
        if let Some(Translation::Values(pairs)) = &row.translation
            && !closed_or_valued(&row.to_referral)
        {
            self.check_table(what, entry, pairs);
        }
    }

    /// A table that is read towards the referral must lead to one value.
    fn check_table(&mut self, what: &str, entry: &Entry, pairs: &[(Spanned<Value>, Spanned<Value>)]) {
        let lines = entry
            .value
            .get("values")
            .and_then(Node::as_map)
            .unwrap_or_default();
        for (at, (_, value)) in pairs.iter().enumerate() {
            let first = pairs[..at]
                .iter()
                .position(|(_, earlier)| earlier.value == value.value);
            if let (Some(first), Some(line)) = (first.and_then(|first| lines.get(first)), lines.get(at)) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "mapping-values",
                        line.key.span,
                        format!(
                            "{what}: `{}` and `{}` become the same value, so the way back is not clear",
                            first.key.value, line.key.value
                        ),
                    )
                    .related(first.key.span, "the same value")
                    .help(
                        "say `to_referral: never`, `to_referral: create` with a `value`, or what it shall be",
                    ),
                );
            }
        }
    }

    fn paths(&mut self, node: &Node) -> Vec<Spanned<Path>> {
        let nodes = node.as_list().unwrap_or(std::slice::from_ref(node));
        if nodes.is_empty() {
            let help = "write one path, or leave `referral` out";
            self.error("mapping-path", node.span, "`referral` is an empty list", help);
        }
        nodes.iter().filter_map(|node| self.path(node)).collect()
    }

    fn path(&mut self, node: &Node) -> Option<Spanned<Path>> {
        let text = text("`referral`", node, self.diagnostics)?;
        match Path::parse(&text.value) {
            Ok(path) => Some(Spanned::new(path, text.span)),
            Err(message) => {
                let help = "a path names one place: `$.details.dealValue` or `$.team[0].email`";
                self.error("mapping-path", text.span, message, help);
                None
            }
        }
    }

    fn field_end(&mut self, side: &Entry) -> Option<FieldEnd> {
        let node = &side.value;
        if node.as_text().is_none() {
            self.diagnostics.push(wrong_kind(
                &format!("`{}`", side.key.value),
                "the name of a field",
                node,
            ));
            return None;
        }
        let template = Template::compile(node, self.diagnostics);
        match &template.kind {
            TemplateKind::Literal(value) if !value.as_str().is_some_and(is_field_name) => {
                let message = format!(
                    "`{}` cannot be the name of a field",
                    node.as_text().unwrap_or_default()
                );
                let help = "a related record is a side of its own, or belongs to a list";
                self.error("mapping-field", node.span, message, help);
            }
            TemplateKind::Text(_) => {
                let message = "the name of a field is one word or one expression".to_owned();
                self.error("mapping-field", node.span, message, "write `\"{{ env.name }}\"`");
            }
            _ => {}
        }
        Some(FieldEnd {
            template,
            span: node.span,
        })
    }

    fn directions(&mut self, node: &Node, side: &str) -> (Direction, Direction) {
        let to_side = format!("to_{side}");
        let mut direction = |key: &str| {
            node.get(key)
                .map_or(Direction::Always, |node| self.direction(key, node))
        };
        (direction("to_referral"), direction(&to_side))
    }

    fn direction(&mut self, key: &str, node: &Node) -> Direction {
        let help = "write `never`, `create`, or `{ on: \"{{ ... }}\", value: \"{{ ... }}\" }`";
        if let Some(scalar) = node.as_scalar() {
            match scalar.text.as_str() {
                "never" => return Direction::Never,
                "create" => return Direction::Create,
                "always" => return Direction::Always,
                other => {
                    let mut message = format!("`{key}` cannot be `{other}`");
                    if let Some(near) = nearest(other, ["never", "create", "always"]) {
                        message = format!("{message}; did you mean `{near}`?");
                    }
                    self.error("unknown-word", node.span, message, help);
                    return Direction::Always;
                }
            }
        }
        let Some(mut reader) = MapReader::new(format!("`{key}`"), node, self.diagnostics) else {
            return Direction::Always;
        };
        let (on, value) = (reader.node("on"), reader.node("value"));
        reader.finish();
        if on.is_none() && value.is_none() {
            let message = format!("`{key}` says neither `on` nor `value`");
            self.error("mapping-direction", node.span, message, help);
        }
        Direction::Computed {
            on: on.map(|node| Template::compile(node, self.diagnostics)),
            value: value.map(|node| Template::compile(node, self.diagnostics)),
        }
    }

    fn translation(&mut self, node: &Node) -> Option<Translation> {
        let date = node.entry("as").filter(|entry| {
            let is_date = entry.value.as_text() == Some("date");
            if !is_date {
                self.diagnostics.push(wrong_kind("`as`", "`date`", &entry.value));
            }
            is_date
        });
        let Some(values) = node.entry("values") else {
            return date.map(|_| Translation::Date);
        };
        if let Some(date) = date {
            self.diagnostics.push(
                Diagnostic::error(
                    "mapping-values",
                    values.key.span,
                    "a row has `as` or `values`, not both",
                )
                .related(date.key.span, "the other one"),
            );
        }
        let Some(lines) = values.value.as_map() else {
            self.diagnostics.push(wrong_kind(
                "`values`",
                "a map of referral value to the other side's value",
                &values.value,
            ));
            return None;
        };
        let mut pairs = Vec::with_capacity(lines.len());
        for line in lines {
            if line.value.as_scalar().is_none() {
                self.diagnostics.push(wrong_kind(
                    "a value",
                    "text, a number, `true`, `false` or nothing",
                    &line.value,
                ));
                continue;
            }
            pairs.push((
                Spanned::new(key_value(line), line.key.span),
                Spanned::new(line.value.to_value(), line.value.span),
            ));
        }
        Some(Translation::Values(pairs))
    }

    fn required(&mut self, node: &Node, name: &str) -> Option<String> {
        let node = node.get("required")?;
        let scalar = node.as_scalar();
        match scalar.map(|scalar| (scalar.kind, scalar.to_value())) {
            Some((ScalarKind::Bool, Value::Bool(true))) => Some(format!("`{name}` needs a value.")),
            Some((ScalarKind::Bool, _)) => None,
            Some((ScalarKind::Text, Value::String(sentence))) if !sentence.trim().is_empty() => {
                Some(sentence)
            }
            _ => {
                self.diagnostics.push(wrong_kind(
                    "`required`",
                    "`true` or the sentence a person reads when there is no value",
                    node,
                ));
                None
            }
        }
    }

    fn conflict(&mut self, node: &Node, side: &str) -> Conflict {
        let Some(node) = node.get("conflict") else {
            return Conflict::default();
        };
        match node.as_text() {
            Some("newest") => Conflict::Newest,
            Some("fail") => Conflict::Fail,
            Some(REFERRAL) => Conflict::Referral,
            Some(text) if text == side => Conflict::Other,
            _ => {
                let words = ["newest", REFERRAL, side, "fail"];
                let wanted = format!("one of {}", listed(&words));
                self.diagnostics.push(wrong_kind("`conflict`", &wanted, node));
                Conflict::default()
            }
        }
    }

    fn list(&mut self, entry: &Entry) -> Option<ListRow> {
        let what = format!("list `{}`", entry.key.value);
        let keys = [REFERRAL, "to_referral", "key", "fields", "required", "conflict"];
        let side = self.side(&what, entry, &keys)?;
        let node = &entry.value;
        let relationship = text(&format!("`{}`", side.key.value), &side.value, self.diagnostics);
        let missing = |decoder: &mut Self, key: &str| {
            let message = format!("{what} has no `{key}`");
            decoder.error("missing-key", entry.key.span, message, &format!("add `{key}:`"));
        };
        let referral = match node.get(REFERRAL) {
            Some(node) => self.path(node),
            None => {
                missing(self, REFERRAL);
                None
            }
        };
        let key = match node.entry("key") {
            Some(key) => self.list_field(key, side),
            None => {
                missing(self, "key");
                None
            }
        };
        let fields = self
            .entries("fields", node.get("fields"))
            .iter()
            .filter_map(|field| self.list_field(field, side))
            .collect();
        let (to_referral, to_side) = self.directions(node, &side.key.value);
        for (direction, key) in [
            (&to_referral, "to_referral".to_owned()),
            (&to_side, format!("to_{}", side.key.value)),
        ] {
            if let Some(value) = direction.value() {
                let message = format!("{what} takes its values from its fields, so `{key}` has no `value`");
                self.error("mapping-direction", value.span, message, "say `on` alone");
            }
        }
        let list = ListRow {
            name: entry.key.clone(),
            referral: referral?,
            side: side.key.clone(),
            relationship: relationship?,
            key: key?,
            fields,
            to_referral,
            to_side,
            required: self.required(node, &entry.key.value),
            conflict: self.conflict(node, &side.key.value),
            span: node.span,
        };
        if list.referral.value.has_index() && list.to_referral.is_open() {
            let message = format!("{what} cannot write a list inside an item of a list");
            self.error(
                "mapping-direction",
                list.referral.span,
                message,
                "say `to_referral: never`",
            );
        }
        Some(list)
    }

    fn list_field(&mut self, entry: &Entry, side: &Entry) -> Option<ListField> {
        let what = format!("`{}`", entry.key.value);
        let Some(entries) = entry.value.as_map() else {
            self.diagnostics.push(wrong_kind(&what, "a map", &entry.value));
            return None;
        };
        let known = [REFERRAL, side.key.value.as_str(), "default", "required"];
        for found in entries {
            if !known.contains(&found.key.value.as_str()) {
                self.diagnostics.push(unknown_key(&what, &found.key, &known));
            }
        }
        let mut end = |name: &str, is_name: fn(&str) -> bool| {
            let Some(node) = entry.value.get(name) else {
                let message = format!("{what} has no `{name}`");
                let help = format!("add `{name}:` with the field there");
                self.error("missing-key", entry.key.span, message, &help);
                return None;
            };
            let text = text(&format!("`{name}`"), node, self.diagnostics)?;
            if !is_name(&text.value) {
                let message = format!("`{}` cannot be the name of a field", text.value);
                self.error(
                    "mapping-field",
                    text.span,
                    message,
                    "write one name, for a related record with dots",
                );
                return None;
            }
            Some(text)
        };
        let referral = end(REFERRAL, is_field_name);
        let field = end(&side.key.value, is_dotted);
        let default = entry
            .value
            .get("default")
            .map(|node| Template::compile(node, self.diagnostics));
        Some(ListField {
            name: entry.key.clone(),
            referral: referral?,
            field: field?,
            default,
            required: self.required(&entry.value, &entry.key.value),
        })
    }
}

fn is_dotted(text: &str) -> bool {
    text.split('.').count() <= 3 && text.split('.').all(is_field_name)
}

/// A key of a table as the referral's value. YAML keys are text; the two truth values and numbers are meant as such.
fn key_value(line: &Entry) -> Value {
    let text = line.key.value.as_str();
    match (line.key_kind, text) {
        (_, "true") => Value::Bool(true),
        (_, "false") => Value::Bool(false),
        (ScalarKind::Number, _) => Number::parse(text).map_or_else(|| text.into(), Value::Number),
        _ => text.into(),
    }
}
