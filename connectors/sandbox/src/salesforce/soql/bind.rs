//! A query bound to the schema: every name found, every literal read, every refusal made.

use std::sync::Arc;

use super::ast::{Item, Path, Select};
use super::condition::{Condition, bind_condition};
use super::lex::located;
use crate::salesforce::error::ApiError;
use crate::salesforce::schema::{ChildRelation, Field, Kind, ObjectType};
use crate::salesforce::state::State;
use crate::salesforce::store::View;

/// Rows that a query for all fields may return.
const ALL_FIELDS_ROWS_MAX: usize = 200;
/// Subqueries side by side.
const SUBQUERIES_MAX: usize = 20;
/// Version since which subqueries nest deeper, and how deep before and since.
const DEEP_NESTING: (u32, usize, usize) = (58, 2, 5);

/// One step to a parent.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    /// The reference field.
    pub(super) field: String,
    /// The parent's name as the schema spells it.
    pub(super) name: String,
    pub(super) target: Arc<ObjectType>,
}

/// A field, reached over parents.
#[derive(Clone, Debug)]
pub(super) struct BoundPath {
    pub(super) hops: Vec<Hop>,
    pub(super) field: Field,
}

/// A function over the rows of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Count,
    CountDistinct,
    Sum,
    Average,
    Minimum,
    Maximum,
}

/// What a bound query selects.
#[derive(Clone, Debug)]
pub(super) enum BoundItem {
    Field(BoundPath),
    Aggregate {
        function: Aggregate,
        path: Option<BoundPath>,
        column: String,
    },
    Children {
        relation: ChildRelation,
        name: String,
        select: Box<Bound>,
    },
}

/// A bound order.
#[derive(Clone, Debug)]
pub(super) struct BoundOrder {
    pub(super) path: BoundPath,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

/// A bound query.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) object: Arc<ObjectType>,
    pub(super) items: Vec<BoundItem>,
    /// `SELECT COUNT()`: only the number of rows is asked for.
    pub(super) count_only: bool,
    pub(super) condition: Option<Condition>,
    pub(super) group_by: Vec<BoundPath>,
    pub(super) order: Vec<BoundOrder>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
}

impl Bound {
    /// Whether rows are put together into groups.
    pub(super) fn grouped(&self) -> bool {
        !self.group_by.is_empty()
            || self
                .items
                .iter()
                .any(|item| matches!(item, BoundItem::Aggregate { .. }))
    }
}

/// What binding needs to look at.
pub(super) struct Binder<'s> {
    pub(super) state: &'s State,
    pub(super) view: View,
    pub(super) version: u32,
    pub(super) text: &'s str,
    pub(super) semi_joins: usize,
}

impl Binder<'_> {
    /// Binds a query over an object.
    pub(super) fn bind(&mut self, select: &Select) -> Result<Bound, ApiError> {
        let name = select.from.names.join(".");
        let object = self.state.schema.object(&name).cloned().ok_or_else(|| {
            self.error(
                "INVALID_TYPE",
                select.from.at,
                &ApiError::no_object(&name).message,
            )
        })?;
        self.bind_rows(object, select, 1)
    }

    fn bind_rows(
        &mut self,
        object: Arc<ObjectType>,
        select: &Select,
        depth: usize,
    ) -> Result<Bound, ApiError> {
        let mut bound = Bound {
            object: object.clone(),
            items: Vec::new(),
            count_only: false,
            condition: None,
            group_by: Vec::new(),
            order: Vec::new(),
            limit: select.limit,
            offset: select.offset,
        };
        for path in &select.group_by {
            let path = self.path(&object, select.alias.as_deref(), path)?;
            bound.group_by.push(path);
        }
        for item in &select.items {
            self.item(&mut bound, select, item, depth)?;
        }
        let children = bound
            .items
            .iter()
            .filter(|item| matches!(item, BoundItem::Children { .. }));
        if children.count() > SUBQUERIES_MAX {
            return Err(self.error(
                "MALFORMED_QUERY",
                select.from.at,
                "no more than 20 parent to child relationships are allowed",
            ));
        }
        if let Some(condition) = &select.condition {
            let condition = bind_condition(self, &object, select.alias.as_deref(), condition, false)?;
            bound.condition = Some(condition);
        }
        for order in &select.order {
            let path = self.path(&object, select.alias.as_deref(), &order.path)?;
            self.require_filterable(&path, order.path.at, "sorted")?;
            bound.order.push(BoundOrder {
                path,
                descending: order.descending,
                nulls_last: order.nulls_last,
            });
        }
        Ok(bound)
    }

    fn item(
        &mut self,
        bound: &mut Bound,
        select: &Select,
        item: &Item,
        depth: usize,
    ) -> Result<(), ApiError> {
        let object = bound.object.clone();
        let alias = select.alias.as_deref();
        match item {
            Item::Field(path) => {
                let field = self.path(&object, alias, path)?;
                let is_grouped = |group: &BoundPath| group.column() == field.column();
                if !bound.group_by.is_empty() && !bound.group_by.iter().any(is_grouped) {
                    let message = format!("Field must be grouped or aggregated: {}", path.names.join("."));
                    return Err(self.error("MALFORMED_QUERY", path.at, &message));
                }
                bound.items.push(BoundItem::Field(field));
            }
            Item::Fields { group, at } => {
                let custom = match group.to_ascii_uppercase().as_str() {
                    "ALL" => None,
                    "CUSTOM" => Some(true),
                    "STANDARD" => Some(false),
                    _ => {
                        return Err(self.error(
                            "MALFORMED_QUERY",
                            *at,
                            "FIELDS takes ALL, CUSTOM or STANDARD",
                        ));
                    }
                };
                if custom != Some(false) && select.limit.is_none_or(|limit| limit > ALL_FIELDS_ROWS_MAX) {
                    return Err(self.error(
                        "MALFORMED_QUERY",
                        *at,
                        "The SOQL FIELDS function must have a LIMIT of at most 200",
                    ));
                }
                let wanted = object
                    .fields()
                    .filter(|field| custom.is_none_or(|custom| field.custom() == custom));
                bound.items.extend(wanted.map(|field| {
                    BoundItem::Field(BoundPath {
                        hops: Vec::new(),
                        field: field.clone(),
                    })
                }));
            }
            Item::Call {
                function,
                argument,
                alias: column,
                at,
            } => {
                let path = match argument {
                    Some(path) => Some(self.path(&object, alias, path)?),
                    None => None,
                };
                let aggregate = match (function.to_ascii_uppercase().as_str(), &path) {
                    ("COUNT", None) if select.items.len() == 1 && bound.group_by.is_empty() => {
                        bound.count_only = true;
                        return Ok(());
                    }
                    ("TOLABEL", Some(path)) => {
                        bound.items.push(BoundItem::Field(path.clone()));
                        return Ok(());
                    }
                    ("COUNT", Some(_)) => Aggregate::Count,
                    ("COUNT_DISTINCT", Some(_)) => Aggregate::CountDistinct,
                    ("SUM", Some(_)) => Aggregate::Sum,
                    ("AVG", Some(_)) => Aggregate::Average,
                    ("MIN", Some(_)) => Aggregate::Minimum,
                    ("MAX", Some(_)) => Aggregate::Maximum,
                    _ => {
                        let message = format!("unexpected token: '{function}'");
                        return Err(self.error("MALFORMED_QUERY", *at, &message));
                    }
                };
                let unnamed = bound.items.iter().filter(
                    |item| matches!(item, BoundItem::Aggregate { column, .. } if column.starts_with("expr")),
                );
                let column = column
                    .clone()
                    .unwrap_or_else(|| format!("expr{}", unnamed.count()));
                bound.items.push(BoundItem::Aggregate {
                    function: aggregate,
                    path,
                    column,
                });
            }
            Item::Subquery(inner) => {
                let (since, before, after) = DEEP_NESTING;
                if depth >= if self.version >= since { after } else { before } {
                    return Err(self.error("MALFORMED_QUERY", inner.from.at, "subqueries nest too deep"));
                }
                let wanted = inner.from.names.last().cloned().unwrap_or_default();
                let relations = self.state.schema.children(&object.name);
                let named = |relation: &ChildRelation| {
                    relation
                        .name
                        .clone()
                        .filter(|name| name.eq_ignore_ascii_case(&wanted))
                };
                let found = relations
                    .into_iter()
                    .find_map(|relation| named(&relation).map(|name| (relation, name)));
                let Some((relation, name)) = found else {
                    let message = format!(
                        "Didn't understand relationship '{wanted}' in FROM part of query call. If you are attempting \
                         to use a custom relationship, be sure to append the '__r' after the custom relationship \
                         name. Please reference your WSDL or the describe call for the appropriate names."
                    );
                    return Err(self.error("INVALID_TYPE", inner.from.at, &message));
                };
                let select = self.bind_rows(relation.object.clone(), inner, depth + 1)?;
                if select.grouped() || select.count_only {
                    return Err(self.error("MALFORMED_QUERY", inner.from.at, "a subquery cannot aggregate"));
                }
                bound.items.push(BoundItem::Children {
                    relation,
                    name,
                    select: Box::new(select),
                });
            }
        }
        Ok(())
    }

    /// Finds a field by its path; the object's own name or alias may lead it.
    pub(super) fn path(
        &self,
        object: &Arc<ObjectType>,
        alias: Option<&str>,
        path: &Path,
    ) -> Result<BoundPath, ApiError> {
        let mut names = path.names.as_slice();
        if let [first, rest @ ..] = names
            && !rest.is_empty()
        {
            let is_alias = alias.is_some_and(|alias| alias.eq_ignore_ascii_case(first));
            if is_alias || (first.eq_ignore_ascii_case(&object.name) && object.parent(first).is_none()) {
                names = rest;
            }
        }
        let mut object = object.clone();
        let mut hops = Vec::new();
        let Some((last, parents)) = names.split_last() else {
            return Err(self.error("MALFORMED_QUERY", path.at, "unexpected end of field path"));
        };
        for parent in parents {
            let reference = object
                .parent(parent)
                .and_then(|field| Some((field.name.clone(), field.reference.clone()?)));
            let target = reference
                .as_ref()
                .and_then(|(_, reference)| self.state.schema.object(&reference.to).cloned());
            let (Some((field, reference)), Some(target)) = (reference, target) else {
                let message = format!(
                    "Didn't understand relationship '{parent}' in field path. If you are attempting to use a custom \
                     relationship, be sure to append the '__r' after the custom relationship name. Please reference \
                     your WSDL or the describe call for the appropriate names."
                );
                return Err(self.error("INVALID_FIELD", path.at, &message));
            };
            hops.push(Hop {
                field,
                name: reference.parent.unwrap_or_default(),
                target: target.clone(),
            });
            object = target;
        }
        let Some(field) = object.field(last) else {
            let message = format!(
                "No such column '{last}' on entity '{}'. If you are attempting to use a custom field, be sure to \
                 append the '__c' after the custom field name. Please reference your WSDL or the describe call for \
                 the appropriate names.",
                object.name
            );
            return Err(self.error("INVALID_FIELD", path.at, &message));
        };
        Ok(BoundPath {
            hops,
            field: field.clone(),
        })
    }

    /// Refuses fields that can only be selected.
    pub(super) fn require_filterable(&self, path: &BoundPath, at: usize, what: &str) -> Result<(), ApiError> {
        if path.field.filterable {
            return Ok(());
        }
        let message = format!("field '{}' can not be {what} in a query call", path.field.name);
        Err(self.error("INVALID_FIELD", at, &message))
    }

    pub(super) fn error(&self, code: &'static str, at: usize, message: &str) -> ApiError {
        located(code, self.text, at, message)
    }
}

impl BoundPath {
    /// The path as the schema spells it.
    pub(super) fn column(&self) -> String {
        let mut names: Vec<&str> = self.hops.iter().map(|hop| hop.name.as_str()).collect();
        names.push(&self.field.name);
        names.join(".")
    }

    /// Whether it holds an id.
    pub(super) fn is_id(&self) -> bool {
        matches!(self.field.kind, Kind::Id | Kind::Reference)
    }
}
