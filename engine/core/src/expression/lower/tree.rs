//! The tree itself: which operation each kind of expression becomes.

use minijinja::machinery::ast::{BinOpKind, CompareOpKind, Expr, UnaryOpKind};

use super::chain::NAMED_LOOKUPS;
use crate::expression::compile::{Fault, too_deep};
use crate::expression::limits::DEPTH_MAX;
use crate::expression::program::{Program, Tables};
use crate::expression::{Call, Reference};

/// The state of one lowering.
pub(crate) struct Lowering<'s> {
    pub(super) source: &'s str,
    depth: usize,
    /// The code so far.
    pub(crate) code: String,
    /// What the code refers to.
    pub(crate) tables: Tables,
    /// Paths found so far.
    pub(crate) references: Vec<Reference>,
    /// Functions found so far.
    pub(crate) calls: Vec<Call>,
    /// What is wrong.
    pub(crate) faults: Vec<Fault>,
}

impl<'s> Lowering<'s> {
    /// Of an expression's text.
    pub(crate) fn new(source: &'s str) -> Self {
        Self {
            source,
            depth: 0,
            code: String::new(),
            tables: Tables::default(),
            references: Vec::new(),
            calls: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Lowers the whole; gives the program itself when there is nothing to run.
    pub(crate) fn lower_root(&mut self, tree: &Expr<'s>) -> Option<Program> {
        if let Some(value) = self.constant(tree, 0) {
            return Some(Program::Constant(value));
        }
        self.expression(tree, false);
        if self.code == "_path(0)" {
            return self.tables.paths.pop().map(Program::Path);
        }
        None
    }

    pub(super) fn expression(&mut self, expr: &Expr<'s>, guarded: bool) {
        if self.depth >= DEPTH_MAX {
            // One complaint is enough however many branches are too deep.
            if self.faults.is_empty() {
                let range = self.range(expr);
                self.faults.push(too_deep(range));
            }
            return;
        }
        self.depth += 1;
        self.inner(expr, guarded);
        self.depth -= 1;
    }

    fn inner(&mut self, expr: &Expr<'s>, guarded: bool) {
        if let Some(value) = self.constant(expr, 0) {
            self.push_constant(value);
            return;
        }
        match expr {
            Expr::Const(_) => self.fault(expr, "the number does not fit", None),
            Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) => self.chain(expr, guarded),
            Expr::Call(call) => match &call.expr {
                Expr::Var(name) => {
                    let range = self.range(expr);
                    let name_range = range.start..range.start + name.id.len();
                    if NAMED_LOOKUPS.contains(&name.id) {
                        self.chain(expr, guarded);
                    } else {
                        self.call(name.id, None, &call.args, range, name_range);
                    }
                }
                _ => self.fault(
                    expr,
                    "values have no methods",
                    Some("call a function with the value as its argument, or use a filter"),
                ),
            },
            Expr::Filter(filter) => {
                let span = filter.span();
                let range = span.start_offset as usize..span.end_offset as usize;
                let name_range = range.start..range.start + filter.name.len();
                self.call(filter.name, filter.expr.as_ref(), &filter.args, range, name_range);
            }
            Expr::Test(test) => self.test(expr, test.name, &test.expr, !test.args.is_empty()),
            Expr::IfExpr(choice) => {
                self.code.push('(');
                self.expression(&choice.true_expr, guarded);
                self.code.push_str(" if ");
                self.condition(&choice.test_expr);
                self.code.push_str(" else ");
                match &choice.false_expr {
                    Some(other) => self.expression(other, guarded),
                    None => self.code.push_str("_nothing()"),
                }
                self.code.push(')');
            }
            Expr::UnaryOp(operation) => match operation.op {
                UnaryOpKind::Not => {
                    self.code.push_str("(not ");
                    self.condition(&operation.expr);
                    self.code.push(')');
                }
                UnaryOpKind::Neg => self.operator("_negative", &[&operation.expr]),
            },
            Expr::BinOp(operation) => self.binary(expr, operation.op, &operation.left, &operation.right),
            Expr::Compare(compare) => {
                let sign = compare.ops.first().map_or("<", |op| match op.op {
                    CompareOpKind::Eq => "==",
                    CompareOpKind::Ne => "!=",
                    CompareOpKind::In | CompareOpKind::NotIn => "in",
                    _ => "<",
                });
                self.fault(
                    expr,
                    format!("comparisons with `{sign}` cannot be chained"),
                    Some("join two comparisons with `and`"),
                );
            }
            Expr::List(list) => {
                let items: Vec<_> = list.items.iter().collect();
                self.operator("_list", &items);
            }
            Expr::Map(map) => {
                let members: Vec<_> = map
                    .keys
                    .iter()
                    .zip(&map.values)
                    .flat_map(|(key, value)| [key, value])
                    .collect();
                self.operator("_map", &members);
            }
            Expr::Tuple(_) => self.fault(expr, "a list is written in square brackets", None),
            Expr::Slice(_) => self.fault(
                expr,
                "a range of items cannot be taken with `:`",
                Some("use take() and skip() on lists, slice() or substring() on text"),
            ),
        }
    }

    fn binary(&mut self, expr: &Expr<'s>, op: BinOpKind, left: &Expr<'s>, right: &Expr<'s>) {
        match op {
            BinOpKind::ScAnd | BinOpKind::ScOr => {
                let operands = flattened(expr, op);
                self.code.push('(');
                for (index, operand) in operands.into_iter().enumerate() {
                    if index > 0 {
                        self.code.push_str(if matches!(op, BinOpKind::ScAnd) {
                            " and "
                        } else {
                            " or "
                        });
                    }
                    self.condition(operand);
                }
                self.code.push(')');
            }
            BinOpKind::Concat => {
                let operands = flattened(expr, op);
                self.operator("concat", &operands);
            }
            BinOpKind::Ne => {
                self.code.push_str("(not _bool(");
                self.operator("equals", &[left, right]);
                self.code.push_str("))");
            }
            BinOpKind::In => self.operator("contains", &[right, left]),
            BinOpKind::Pow => self.fault(expr, "there is no power operator", None),
            BinOpKind::Eq => self.operator("equals", &[left, right]),
            BinOpKind::Lt => self.operator("less", &[left, right]),
            BinOpKind::Lte => self.operator("less_or_equals", &[left, right]),
            BinOpKind::Gt => self.operator("greater", &[left, right]),
            BinOpKind::Gte => self.operator("greater_or_equals", &[left, right]),
            BinOpKind::Add => self.operator("add", &[left, right]),
            BinOpKind::Sub => self.operator("sub", &[left, right]),
            BinOpKind::Mul => self.operator("mul", &[left, right]),
            BinOpKind::Rem => self.operator("mod", &[left, right]),
            BinOpKind::Div => self.operator("_quotient", &[left, right]),
            BinOpKind::FloorDiv => self.operator("_floor", &[left, right]),
        }
    }

    fn condition(&mut self, expr: &Expr<'s>) {
        self.code.push_str("_bool(");
        self.expression(expr, false);
        self.code.push(')');
    }

    pub(super) fn operator(&mut self, name: &str, operands: &[&Expr<'s>]) {
        self.code.push_str(name);
        self.code.push('(');
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                self.code.push_str(", ");
            }
            self.expression(operand, false);
        }
        self.code.push(')');
    }

    pub(super) fn fault(&mut self, expr: &Expr<'s>, message: impl Into<String>, help: Option<&str>) {
        let mut fault = Fault::syntax(message, self.range(expr));
        if let Some(help) = help {
            fault = fault.help(help);
        }
        self.faults.push(fault);
    }
}

/// The operands of a chain of one operator that groups to the left.
fn flattened<'e, 's>(expr: &'e Expr<'s>, op: BinOpKind) -> Vec<&'e Expr<'s>> {
    let mut operands = Vec::new();
    let mut left = expr;
    while let Expr::BinOp(operation) = left {
        if std::mem::discriminant(&operation.op) != std::mem::discriminant(&op) {
            break;
        }
        operands.push(&operation.right);
        left = &operation.left;
    }
    operands.push(left);
    operands.reverse();
    operands
}
