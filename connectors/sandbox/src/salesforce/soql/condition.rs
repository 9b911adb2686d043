//! WHERE: bound to the schema, and asked of a row.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use connector_api::Value;
use rust_decimal::Decimal;

use super::ast::{self, Comparison, Literal, PlacedLiteral, Select};
use super::bind::{Binder, BoundPath};
use super::literal::{self, Piece};
use super::run::reach;
use crate::salesforce::coerce;
use crate::salesforce::error::ApiError;
use crate::salesforce::id;
use crate::salesforce::moment;
use crate::salesforce::schema::{Kind, ObjectType};
use crate::salesforce::store::{Row, Store, View};

/// Semi-joins of one query.
const SEMI_JOINS_MAX: usize = 2;

/// A bound condition. Null is a value like others: `!=` and NOT IN hold for it, order never does.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare(BoundPath, Comparison, Operand),
    Like(BoundPath, Vec<Piece>),
    In {
        path: BoundPath,
        negated: bool,
        /// In the form of [`key`].
        keys: HashSet<Option<String>>,
    },
    /// Each entry holds when all of its values are chosen.
    Includes {
        path: BoundPath,
        negated: bool,
        choices: Vec<Vec<String>>,
    },
}

/// What a field is compared with.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Null,
    Boolean(bool),
    Number(Decimal),
    /// Text, id, date or moment in the form of [`key`].
    Key(String),
    /// From the first day or moment to before the second.
    Span(String, String),
}

/// Binds a condition. `under_or` tells whether an OR or NOT stands above it.
pub(super) fn bind_condition(
    binder: &mut Binder<'_>,
    object: &Arc<ObjectType>,
    alias: Option<&str>,
    condition: &ast::Condition,
    under_or: bool,
) -> Result<Condition, ApiError> {
    let field = |binder: &Binder<'_>, path: &ast::Path| {
        let bound = binder.path(object, alias, path)?;
        binder.require_filterable(&bound, path.at, "filtered")?;
        Ok::<_, ApiError>(bound)
    };
    Ok(match condition {
        ast::Condition::And(parts) => Condition::And(
            parts
                .iter()
                .map(|part| bind_condition(binder, object, alias, part, under_or))
                .collect::<Result<_, _>>()?,
        ),
        ast::Condition::Or(parts) => Condition::Or(
            parts
                .iter()
                .map(|part| bind_condition(binder, object, alias, part, true))
                .collect::<Result<_, _>>()?,
        ),
        ast::Condition::Not(inner) => {
            Condition::Not(Box::new(bind_condition(binder, object, alias, inner, true)?))
        }
        ast::Condition::Compare(path, comparison, literal) => {
            let bound = field(binder, path)?;
            let operand = operand(binder, &bound, literal)?;
            let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
            if ordered && matches!(bound.field.kind, Kind::Boolean) {
                return Err(operator(binder, path.at, "Invalid operator on boolean field"));
            }
            Condition::Compare(bound, *comparison, operand)
        }
        ast::Condition::Like(path, literal) => {
            let bound = field(binder, path)?;
            if !bound.field.is_text() {
                let message = format!("invalid operator on {} field", kind_name(bound.field.kind));
                return Err(operator(binder, path.at, &message));
            }
            let Literal::Text(raw) = &literal.literal else {
                return Err(wrong_literal(binder, &bound, literal.at));
            };
            let pieces = literal::pattern(raw).map_err(|bad| bad_escape(binder, literal.at, &bad.0))?;
            Condition::Like(bound, pieces)
        }
        ast::Condition::In {
            path,
            negated,
            literals,
        } => {
            let bound = field(binder, path)?;
            let mut keys = HashSet::new();
            for literal in literals {
                keys.insert(match operand(binder, &bound, literal)? {
                    Operand::Null => None,
                    Operand::Boolean(value) => Some(value.to_string()),
                    Operand::Number(number) => Some(number.normalize().to_string()),
                    Operand::Key(key) => Some(key),
                    Operand::Span(..) => return Err(wrong_literal(binder, &bound, literal.at)),
                });
            }
            Condition::In {
                path: bound,
                negated: *negated,
                keys,
            }
        }
        ast::Condition::InSelect {
            path,
            negated,
            select,
        } => {
            let bound = field(binder, path)?;
            semi_join(binder, bound, path.at, *negated, select, under_or)?
        }
        ast::Condition::Includes {
            path,
            negated,
            literals,
        } => {
            let bound = field(binder, path)?;
            if bound.field.kind != Kind::MultiPicklist {
                return Err(operator(
                    binder,
                    path.at,
                    "includes/excludes operator only valid on multi-select picklist fields",
                ));
            }
            let mut choices = Vec::new();
            for literal in literals {
                let Literal::Text(raw) = &literal.literal else {
                    return Err(wrong_literal(binder, &bound, literal.at));
                };
                let text = literal::plain(raw).map_err(|bad| bad_escape(binder, literal.at, &bad.0))?;
                choices.push(text.split(';').map(str::to_lowercase).collect());
            }
            Condition::Includes {
                path: bound,
                negated: *negated,
                choices,
            }
        }
    })
}

fn semi_join(
    binder: &mut Binder<'_>,
    path: BoundPath,
    at: usize,
    negated: bool,
    select: &Select,
    under_or: bool,
) -> Result<Condition, ApiError> {
    binder.semi_joins += 1;
    if binder.semi_joins > SEMI_JOINS_MAX {
        return Err(binder.error(
            "MALFORMED_QUERY",
            at,
            "Maximum 2 semi join sub-selects are allowed.",
        ));
    }
    if under_or {
        return Err(binder.error(
            "MALFORMED_QUERY",
            at,
            "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE \
             expressions.",
        ));
    }
    let inner = binder.bind(select)?;
    let selected = match inner.items.as_slice() {
        [super::bind::BoundItem::Field(selected)] if selected.is_id() && path.is_id() => selected.clone(),
        _ => {
            let message = "The inner and outer selects of a semi join each name one id or reference field.";
            return Err(binder.error("MALFORMED_QUERY", at, message));
        }
    };
    let store = &binder.state.store;
    let rows = store.see_all(&inner.object.name, binder.view);
    let fulfil = rows.iter().filter(|row| {
        inner
            .condition
            .as_ref()
            .is_none_or(|condition| condition.holds(store, row, binder.view))
    });
    let keys = fulfil
        .filter_map(|row| key(&selected, &reach(store, row, &selected, binder.view)))
        .map(Some)
        .collect();
    Ok(Condition::In { path, negated, keys })
}

fn operand(binder: &Binder<'_>, path: &BoundPath, placed: &PlacedLiteral) -> Result<Operand, ApiError> {
    let wrong = || wrong_literal(binder, path, placed.at);
    let kind = path.field.kind;
    Ok(match (&placed.literal, kind) {
        (Literal::Null, _) => Operand::Null,
        (Literal::Text(raw), _) if path.is_id() || path.field.is_text() => {
            let text = literal::plain(raw).map_err(|bad| bad_escape(binder, placed.at, &bad.0))?;
            if text.is_empty() {
                Operand::Null
            } else if path.is_id() {
                let id = id::long(&text).ok_or_else(|| {
                    operator(
                        binder,
                        placed.at,
                        &format!("invalid ID field: {}", coerce::echo(&text)),
                    )
                })?;
                Operand::Key(id)
            } else {
                Operand::Key(folded(path, &text))
            }
        }
        (Literal::Boolean(value), Kind::Boolean) => Operand::Boolean(*value),
        (Literal::Number(text), Kind::Int | Kind::Double | Kind::Currency | Kind::Percent) => {
            Operand::Number(coerce::read_decimal(text).ok_or_else(wrong)?)
        }
        (Literal::Number(text), Kind::Date) => {
            Operand::Key(moment::read_date(text).ok_or_else(wrong)?.to_string())
        }
        (Literal::Number(text), Kind::DateTime) => Operand::Key(moment::datetime_text(
            moment::read_datetime(text).ok_or_else(wrong)?,
        )),
        (Literal::Days { word, count }, Kind::Date | Kind::DateTime) => {
            let today = moment::day(binder.view.now);
            let (from, to) = literal::days(word, *count, today).ok_or_else(|| {
                let message = format!("unexpected token: '{word}'");
                binder.error("MALFORMED_QUERY", placed.at, &message)
            })?;
            if kind == Kind::Date {
                Operand::Span(from.to_string(), to.to_string())
            } else {
                let text = |date| {
                    moment::midnight(date)
                        .map(moment::datetime_text)
                        .ok_or_else(wrong)
                };
                Operand::Span(text(from)?, text(to)?)
            }
        }
        (Literal::Days { word, .. }, _) => {
            let message = format!("unexpected token: '{word}'");
            return Err(binder.error("MALFORMED_QUERY", placed.at, &message));
        }
        _ => return Err(wrong()),
    })
}

impl Condition {
    /// Whether a row fulfils it.
    pub(super) fn holds(&self, store: &Store, row: &Row, view: View) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(store, row, view)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(store, row, view)),
            Self::Not(inner) => !inner.holds(store, row, view),
            Self::Compare(path, comparison, operand) => {
                compare(path, &reach(store, row, path, view), *comparison, operand)
            }
            Self::Like(path, pieces) => {
                let value = reach(store, row, path, view);
                value.as_str().is_some_and(|text| literal::fits(pieces, text))
            }
            Self::In { path, negated, keys } => {
                keys.contains(&key(path, &reach(store, row, path, view))) != *negated
            }
            Self::Includes {
                path,
                negated,
                choices,
            } => {
                let value = reach(store, row, path, view);
                let chosen: Vec<String> = value
                    .as_str()
                    .unwrap_or_default()
                    .split(';')
                    .map(str::to_lowercase)
                    .collect();
                let includes = choices
                    .iter()
                    .any(|all| all.iter().all(|one| chosen.contains(one)));
                includes != *negated
            }
        }
    }
}

fn compare(path: &BoundPath, value: &Value, comparison: Comparison, operand: &Operand) -> bool {
    if let Operand::Span(from, to) = operand {
        let Some(text) = value.as_str() else {
            return comparison == Comparison::NotEqual;
        };
        let (after_start, before_end) = (text >= from.as_str(), text < to.as_str());
        return match comparison {
            Comparison::Equal => after_start && before_end,
            Comparison::NotEqual => !(after_start && before_end),
            Comparison::Less => !after_start,
            Comparison::LessOrEqual => before_end,
            Comparison::Greater => !before_end,
            Comparison::GreaterOrEqual => after_start,
        };
    }
    let order = match operand {
        Operand::Null => {
            return match comparison {
                Comparison::Equal => value.is_null(),
                Comparison::NotEqual => !value.is_null(),
                _ => false,
            };
        }
        Operand::Boolean(wanted) => Some(value.as_bool().unwrap_or_default().cmp(wanted)),
        Operand::Number(wanted) => coerce::decimal(value).map(|number| number.cmp(wanted)),
        Operand::Key(wanted) => key(path, value).map(|text| text.as_str().cmp(wanted)),
        Operand::Span(..) => None,
    };
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// A value in the form in which equal values are equal texts; `None` for null.
pub(super) fn key(path: &BoundPath, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(folded(path, text)),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(_) => coerce::decimal(value).map(|number| number.normalize().to_string()),
        _ => None,
    }
}

fn folded(path: &BoundPath, text: &str) -> String {
    if path.field.is_text() && !path.field.case_sensitive {
        text.to_lowercase()
    } else {
        text.to_owned()
    }
}

fn bad_escape(binder: &Binder<'_>, at: usize, sequence: &str) -> ApiError {
    let message = format!("Illegal character sequence '{sequence}' in string literal.");
    binder.error("MALFORMED_QUERY", at, &message)
}

fn operator(binder: &Binder<'_>, at: usize, message: &str) -> ApiError {
    binder.error("INVALID_QUERY_FILTER_OPERATOR", at, message)
}

fn wrong_literal(binder: &Binder<'_>, path: &BoundPath, at: usize) -> ApiError {
    let quotes = if path.field.is_text() || path.is_id() {
        "should"
    } else {
        "should not"
    };
    let message = format!(
        "value of filter criterion for field '{}' must be of type {} and {quotes} be enclosed in quotes",
        path.field.name,
        kind_name(path.field.kind)
    );
    binder.error("INVALID_FIELD", at, &message)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Int => "int",
        Kind::Double => "double",
        Kind::Currency => "currency",
        Kind::Percent => "percent",
        Kind::Date => "date",
        Kind::DateTime => "dateTime",
        Kind::Id => "id",
        Kind::Reference => "reference",
        Kind::Address => "address",
        _ => "string",
    }
}
