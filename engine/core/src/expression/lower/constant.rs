//! Constants, and where an expression stands in the text.

use std::ops::Range;

use connector_api::{Map, Number, Value};
use minijinja::machinery::ast::{Expr, UnaryOpKind};

use super::tree::Lowering;
use crate::expression::limits::DEPTH_MAX;
use crate::expression::operand::Operand;

impl<'s> Lowering<'s> {
    pub(super) fn push_constant(&mut self, value: Value) {
        self.tables.constants.push(Operand::new(value));
        let index = self.tables.constants.len() - 1;
        self.code.push_str(&format!("_const({index})"));
    }

    /// The value of an expression written in constants. A number keeps its text.
    pub(super) fn constant(&self, expr: &Expr<'s>, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        match expr {
            Expr::Const(constant) => {
                if constant.value.kind() == minijinja::value::ValueKind::Bool {
                    let value = constant.value.is_true();
                    return Some(Value::Bool(value));
                }
                if constant.value.is_none() {
                    return Some(Value::Null);
                }
                if let Some(text) = constant.value.as_str() {
                    return Some(Value::from(text));
                }
                let written = self.source.get(self.range(expr))?.replace('_', "");
                Number::parse(&written)
                    .or_else(|| Number::parse(&constant.value.to_string()))
                    .map(Value::Number)
            }
            Expr::Var(name) if name.id == "null" => Some(Value::Null),
            Expr::UnaryOp(operation) if matches!(operation.op, UnaryOpKind::Neg) => {
                let Some(Value::Number(number)) = self.constant(&operation.expr, depth + 1) else {
                    return None;
                };
                let text = number.as_str();
                let negated = text
                    .strip_prefix('-')
                    .map_or_else(|| format!("-{text}"), str::to_owned);
                Number::parse(&negated).map(Value::Number)
            }
            Expr::List(list) => list
                .items
                .iter()
                .map(|item| self.constant(item, depth + 1))
                .collect::<Option<Vec<_>>>()
                .map(Value::Array),
            Expr::Map(map) => map
                .keys
                .iter()
                .zip(&map.values)
                .map(|(key, value)| match self.constant(key, depth + 1)? {
                    Value::String(key) => Some((key, self.constant(value, depth + 1)?)),
                    _ => None,
                })
                .collect::<Option<Map>>()
                .map(Value::Object),
            _ => None,
        }
    }

    /// Where an expression stands. A node's own span may begin late in a chain, so it is widened to its base.
    pub(super) fn range(&self, expr: &Expr<'s>) -> Range<usize> {
        let span = expr.span();
        let mut first = expr;
        loop {
            first = match first {
                Expr::GetAttr(access) => &access.expr,
                Expr::GetItem(access) => &access.expr,
                Expr::Slice(slice) => &slice.expr,
                Expr::Call(call) => &call.expr,
                Expr::Test(test) => &test.expr,
                Expr::Filter(filter) => match &filter.expr {
                    Some(expr) => expr,
                    None => break,
                },
                Expr::BinOp(operation) => &operation.left,
                Expr::Compare(compare) => &compare.expr,
                Expr::IfExpr(choice) => &choice.true_expr,
                _ => break,
            };
        }
        let start = first.span().start_offset.min(span.start_offset) as usize;
        let end = (span.end_offset as usize).min(self.source.len());
        start.min(end)..end
    }
}
