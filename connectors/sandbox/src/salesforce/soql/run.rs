//! A bound query carried out on rows.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use connector_api::{Map, Value, value::object};
use rust_decimal::Decimal;

use super::bind::{Aggregate, Binder, Bound, BoundItem, BoundOrder, BoundPath};
use super::columns;
use super::condition::key;
use super::parse::parse;
use crate::salesforce::coerce;
use crate::salesforce::cursor::{Cursors, count};
use crate::salesforce::error::ApiError;
use crate::salesforce::render;
use crate::salesforce::schema::{ChildRelation, Kind};
use crate::salesforce::state::State;
use crate::salesforce::store::{Row, Store, View};

/// A query that is known to be right.
pub(crate) struct Query {
    bound: Bound,
    view: View,
    version: u32,
}

/// What a query needs to answer in pages.
pub(crate) struct Paging<'c> {
    pub(crate) cursors: &'c mut Cursors,
    pub(crate) page_rows: usize,
}

/// Rows by the parent they point to.
type ByParent = HashMap<String, Vec<Arc<Row>>>;

/// A run under way: children are sorted to their parents once, not once for each parent.
struct Run<'p, 'c> {
    paging: &'p mut Paging<'c>,
    /// By object and reference field.
    children: HashMap<(String, String), ByParent>,
}

/// Reads a query and finds everything it names.
pub(crate) fn prepare(state: &State, text: &str, view: View, version: u32) -> Result<Query, ApiError> {
    let select = parse(text)?;
    let mut binder = Binder {
        state,
        view,
        version,
        text,
        semi_joins: 0,
    };
    let bound = binder.bind(&select)?;
    Ok(Query { bound, view, version })
}

impl Query {
    /// What the columns of the result are.
    pub(crate) fn columns(&self) -> Value {
        columns::describe(&self.bound)
    }

    /// How the query would be carried out: always by looking at every row.
    pub(crate) fn plans(&self, store: &Store, text: &str) -> Value {
        let rows = store.see_all(&self.bound.object.name, self.view).len();
        object([
            (
                "plans",
                Value::Array(vec![object([
                    ("cardinality", count(rows)),
                    ("fields", Value::Array(Vec::new())),
                    ("leadingOperationType", "TableScan".into()),
                    ("notes", Value::Array(Vec::new())),
                    ("relativeCost", 1.into()),
                    ("sobjectCardinality", count(rows)),
                    ("sobjectType", self.bound.object.name.as_str().into()),
                ])]),
            ),
            ("sourceQuery", text.into()),
        ])
    }

    /// The first page of the result.
    pub(crate) fn run(&self, store: &Store, paging: &mut Paging<'_>) -> Value {
        let rows = self.rows(
            store,
            &self.bound,
            store.see_all(&self.bound.object.name, self.view),
        );
        if self.bound.count_only {
            return object([
                ("totalSize", count(rows.len())),
                ("done", true.into()),
                ("records", Value::Array(Vec::new())),
            ]);
        }
        let records = if self.bound.grouped() {
            self.groups(store, &rows)
        } else {
            let mut run = Run {
                paging: &mut *paging,
                children: HashMap::new(),
            };
            rows.iter()
                .map(|row| self.record(store, &self.bound, row, &mut run))
                .collect()
        };
        paging
            .cursors
            .open(records, paging.page_rows, self.version, self.view.now)
    }

    /// The rows a select is about, in order, within limit and offset (which count groups when there are any).
    fn rows(&self, store: &Store, bound: &Bound, rows: Vec<Arc<Row>>) -> Vec<Arc<Row>> {
        let mut rows: Vec<_> = rows
            .into_iter()
            .filter(|row| {
                let condition = bound.condition.as_ref();
                condition.is_none_or(|condition| condition.holds(store, row, self.view))
            })
            .collect();
        if !bound.order.is_empty() {
            rows.sort_by(|left, right| self.order(store, &bound.order, left, right));
        }
        if bound.grouped() {
            return rows;
        }
        let limit = bound.limit.unwrap_or(usize::MAX);
        rows.into_iter().skip(bound.offset).take(limit).collect()
    }

    fn order(&self, store: &Store, orders: &[BoundOrder], left: &Row, right: &Row) -> Ordering {
        for order in orders {
            let (left, right) = (
                reach(store, left, &order.path, self.view),
                reach(store, right, &order.path, self.view),
            );
            let ordering = match (left.is_null(), right.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) if order.nulls_last => Ordering::Greater,
                (true, false) => Ordering::Less,
                (false, true) if order.nulls_last => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) if order.descending => compare(&order.path, &right, &left),
                (false, false) => compare(&order.path, &left, &right),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    }

    fn record(&self, store: &Store, bound: &Bound, row: &Arc<Row>, run: &mut Run<'_, '_>) -> Value {
        let mut members = Map::new();
        members.insert(
            "attributes".to_owned(),
            render::attributes(&bound.object.name, &row.id, self.version),
        );
        for item in &bound.items {
            match item {
                BoundItem::Field(path) => self.place(store, &mut members, row, path),
                BoundItem::Children {
                    relation,
                    name,
                    select,
                } => {
                    let children = self.children(store, relation, &row.id, run);
                    let children = self.rows(store, select, children);
                    let records: Vec<Value> = children
                        .iter()
                        .map(|child| self.record(store, select, child, run))
                        .collect();
                    let result = if records.is_empty() {
                        Value::Null
                    } else {
                        let Paging { cursors, page_rows } = run.paging;
                        cursors.open(records, *page_rows, self.version, self.view.now)
                    };
                    members.insert(name.clone(), result);
                }
                BoundItem::Aggregate { .. } => {}
            }
        }
        Value::Object(members)
    }

    fn children(
        &self,
        store: &Store,
        relation: &ChildRelation,
        parent: &str,
        run: &mut Run<'_, '_>,
    ) -> Vec<Arc<Row>> {
        let way = (relation.object.name.clone(), relation.field.clone());
        let by_parent = run.children.entry(way).or_insert_with(|| {
            let mut by_parent = ByParent::new();
            for child in store.see_all(&relation.object.name, self.view) {
                by_parent
                    .entry(child.text(&relation.field).to_owned())
                    .or_default()
                    .push(child);
            }
            by_parent
        });
        by_parent.get(parent).cloned().unwrap_or_default()
    }

    /// Puts a field into a record, inside the records of its parents; an absent parent is null.
    fn place(&self, store: &Store, members: &mut Map, row: &Arc<Row>, path: &BoundPath) {
        let mut members = members;
        let mut row = row.clone();
        for hop in &path.hops {
            let Some(parent) = store.see(&hop.target.name, row.text(&hop.field), self.view) else {
                members.insert(hop.name.clone(), Value::Null);
                return;
            };
            let nested = members.entry(hop.name.clone()).or_insert_with(|| {
                object([(
                    "attributes",
                    render::attributes(&hop.target.name, &parent.id, self.version),
                )])
            });
            let Value::Object(inner) = nested else { return };
            members = inner;
            row = parent;
        }
        members.insert(path.field.name.clone(), render::value(&row, &path.field));
    }

    fn groups(&self, store: &Store, rows: &[Arc<Row>]) -> Vec<Value> {
        let mut groups: BTreeMap<Vec<Option<String>>, Vec<&Arc<Row>>> = BTreeMap::new();
        if self.bound.group_by.is_empty() {
            groups.insert(Vec::new(), Vec::new());
        }
        for row in rows {
            let keys = self.bound.group_by.iter();
            let keys = keys
                .map(|path| key(path, &reach(store, row, path, self.view)))
                .collect();
            groups.entry(keys).or_default().push(row);
        }
        let limit = self.bound.limit.unwrap_or(usize::MAX);
        let groups = groups.into_values().skip(self.bound.offset).take(limit);
        groups.map(|rows| self.group(store, &rows)).collect()
    }

    fn group(&self, store: &Store, rows: &[&Arc<Row>]) -> Value {
        let mut members = Map::new();
        members.insert(
            "attributes".to_owned(),
            object([("type", "AggregateResult".into())]),
        );
        for item in &self.bound.items {
            match item {
                BoundItem::Field(path) => {
                    let value = rows.first().map(|row| reach(store, row, path, self.view));
                    members.insert(path.field.name.clone(), value.unwrap_or_default());
                }
                BoundItem::Aggregate {
                    function,
                    path,
                    column,
                } => {
                    let path = path.as_ref();
                    let values: Vec<Value> = rows
                        .iter()
                        .filter_map(|row| path.map(|path| reach(store, row, path, self.view)))
                        .filter(|value| !value.is_null())
                        .collect();
                    let value = path.map(|path| aggregate(*function, path, &values));
                    members.insert(column.clone(), value.unwrap_or_default());
                }
                BoundItem::Children { .. } => {}
            }
        }
        Value::Object(members)
    }
}

/// The value at the end of a path; null when a parent is absent.
pub(super) fn reach(store: &Store, row: &Row, path: &BoundPath, view: View) -> Value {
    let mut parent: Option<Arc<Row>> = None;
    for hop in &path.hops {
        let from = parent.as_deref().unwrap_or(row);
        match store.see(&hop.target.name, from.text(&hop.field), view) {
            Some(next) => parent = Some(next),
            None => return Value::Null,
        }
    }
    render::value(parent.as_deref().unwrap_or(row), &path.field)
}

fn compare(path: &BoundPath, left: &Value, right: &Value) -> Ordering {
    if let (Some(left), Some(right)) = (coerce::decimal(left), coerce::decimal(right)) {
        return left.cmp(&right);
    }
    key(path, left).cmp(&key(path, right))
}

fn aggregate(function: Aggregate, path: &BoundPath, values: &[Value]) -> Value {
    let sum = || {
        let numbers = values.iter().filter_map(coerce::decimal);
        numbers.fold(Decimal::ZERO, |sum, number| {
            sum.checked_add(number).unwrap_or(sum)
        })
    };
    match function {
        Aggregate::Count => count(values.len()),
        Aggregate::CountDistinct => {
            let distinct: std::collections::BTreeSet<_> =
                values.iter().map(|value| key(path, value)).collect();
            count(distinct.len())
        }
        Aggregate::Minimum => values
            .iter()
            .min_by(|left, right| compare(path, left, right))
            .cloned()
            .unwrap_or_default(),
        Aggregate::Maximum => values
            .iter()
            .max_by(|left, right| compare(path, left, right))
            .cloned()
            .unwrap_or_default(),
        _ if values.is_empty() => Value::Null,
        Aggregate::Sum => coerce::number_value(path.field.kind, sum()),
        Aggregate::Average => {
            let average = sum().checked_div(Decimal::from(values.len())).unwrap_or_default();
            coerce::number_value(Kind::Double, average)
        }
    }
}
