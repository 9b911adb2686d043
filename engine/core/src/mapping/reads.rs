//! What a row reads beside the places it pairs: the fields its conditions and values depend on. A change there is a
//! change of the row, although the paired value stayed what it was.

use connector_api::{Shape, Value};

use crate::expression::{PathStep, Reference, Template};
use crate::mapping::Path;
use crate::mapping::column::same;
use crate::mapping::model::{Mapping, REFERRAL, Row};
use crate::mapping::watch::seen_through;

/// The places of the referral a row's expressions read, its own paths left out.
pub(crate) fn of_referral(row: &Row) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    let templates = row.to_referral.templates().chain(row.to_side.templates());
    for reference in references(templates).filter(|reference| reference.root == REFERRAL) {
        let names = reference.path.iter().map_while(|step| match step {
            PathStep::Member(name) => Some(name.as_str()),
            PathStep::Index(_) => None,
        });
        let text = format!("$.{}", names.collect::<Vec<_>>().join("."));
        if let Ok(path) = Path::parse(&text)
            && !row.referral.iter().any(|own| own.value == path)
            && !paths.contains(&path)
        {
            paths.push(path);
        }
    }
    paths
}

/// The fields of the other side a row's expressions read, its own field and relationships left out. A value seen
/// through the row's expression says itself whether it changed.
pub(crate) fn of_side(mapping: &Mapping, row: &Row, field: &str) -> Vec<String> {
    let through = seen_through(row);
    let back = row
        .to_referral
        .templates()
        .filter(|template| !through.is_some_and(|through| std::ptr::eq(through, *template)));
    let templates = back.chain(row.to_side.templates());
    let is_list = |name: &str| {
        let mut lists = mapping.lists.iter();
        lists.any(|list| list.side.value == row.side.value && list.relationship.value == name)
    };
    let mut fields: Vec<String> = Vec::new();
    for reference in references(templates).filter(|reference| reference.root == row.side.value) {
        if let Some(PathStep::Member(name)) = reference.path.first()
            && name != field
            && !is_list(name)
            && !fields.contains(name)
        {
            fields.push(name.clone());
        }
    }
    fields
}

/// Whether one of these values changed. What is no single value takes no part.
pub(crate) fn differ(now: Option<&Value>, base: Option<&Value>) -> bool {
    is_single(now) && is_single(base) && !same(now, base, &Shape::Any)
}

/// Whether a value is no object and no list.
pub(crate) fn is_single(value: Option<&Value>) -> bool {
    !matches!(value, Some(Value::Object(_) | Value::Array(_)))
}

fn references<'t>(templates: impl Iterator<Item = &'t Template>) -> impl Iterator<Item = &'t Reference> {
    templates
        .flat_map(Template::expressions)
        .flat_map(|expression| &expression.references)
}
