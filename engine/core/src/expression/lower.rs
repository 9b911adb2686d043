//! The syntax tree to code that only calls functions by name.
//!
//! minijinja's own operators compare undefined silently, add truth values and calculate money in doubles. So the tree
//! is written out again with every operator, filter, test and path as a call of ours, constants and paths by number:
//! `a.b + 1 | trim` becomes `add(_path(0), trim(_const(0)))`. Nothing of the author's text reaches that code.

use std::ops::Range;
use std::sync::Arc;

use connector_api::{Map, Number, Value};
use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr, UnaryOpKind};

use crate::diagnostic::nearest;
use crate::expression::compile::{Fault, too_deep};
use crate::expression::functions::internal::TESTS;
use crate::expression::functions::{self, Function};
use crate::expression::jsonpath::JsonPath;
use crate::expression::limits::DEPTH_MAX;
use crate::expression::operand::Operand;
use crate::expression::path::{Path, Root};
use crate::expression::program::{Program, Tables};
use crate::expression::{Call, PathStep, Reference};

/// Functions that are spelt like names of the language and therefore exist nowhere in the table.
const NAMED_LOOKUPS: &[&str] = &["items", "result"];

/// The state of one lowering.
pub(crate) struct Lowering<'s> {
    source: &'s str,
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

/// A chain of accesses, taken apart.
struct Chain<'e, 's> {
    base: &'e Expr<'s>,
    steps: Vec<Step<'e, 's>>,
}

enum Step<'e, 's> {
    Constant(PathStep),
    Computed(&'e Expr<'s>),
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

    fn expression(&mut self, expr: &Expr<'s>, guarded: bool) {
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

    fn operator(&mut self, name: &str, operands: &[&Expr<'s>]) {
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

    fn test(&mut self, expr: &Expr<'s>, name: &str, subject: &Expr<'s>, has_arguments: bool) {
        if name == "empty" && !has_arguments {
            self.code.push_str("empty(");
            self.expression(subject, true);
            self.code.push(')');
            return;
        }
        let Some((_, operation)) = TESTS.iter().find(|(test, _)| *test == name) else {
            let names: Vec<_> = TESTS.iter().map(|(test, _)| *test).chain(["empty"]).collect();
            self.fault(
                expr,
                format!("there is no test `is {name}`"),
                Some(&format!("use one of {}", names.join(", "))),
            );
            return;
        };
        if has_arguments {
            self.fault(expr, format!("`is {name}` takes nothing after it"), None);
            return;
        }
        let negation = operation.strip_prefix("not ");
        if negation.is_some() {
            self.code.push_str("(not _bool(");
        }
        self.code.push_str(negation.unwrap_or(operation));
        self.code.push('(');
        self.expression(subject, true);
        self.code.push(')');
        if negation.is_some() {
            self.code.push_str("))");
        }
    }

    fn call(
        &mut self,
        name: &str,
        piped: Option<&Expr<'s>>,
        arguments: &[CallArg<'s>],
        range: Range<usize>,
        name_range: Range<usize>,
    ) {
        let mut given: Vec<&Expr<'s>> = piped.into_iter().collect();
        for argument in arguments {
            match argument {
                CallArg::Pos(argument) => given.push(argument),
                _ => {
                    self.faults.push(
                        Fault::syntax(format!("`{name}` takes its arguments by position"), range)
                            .help("write the values alone, in order"),
                    );
                    return;
                }
            }
        }
        self.calls.push(Call {
            name: name.to_owned(),
            arguments: given.iter().map(|argument| self.constant(argument, 0)).collect(),
            range: range.clone(),
        });
        if name == "jsonpath" {
            self.jsonpath(&given, range);
            return;
        }
        let Some(function) = functions::find(name) else {
            self.unknown(name, name_range);
            return;
        };
        if given.len() < function.least || given.len() > function.most {
            self.arity(function, given.len(), range);
            return;
        }
        match name {
            "coalesce" | "default" => self.choice(&given, name == "coalesce"),
            _ => {
                self.code.push_str(name);
                self.code.push('(');
                for (index, argument) in given.into_iter().enumerate() {
                    if index > 0 {
                        self.code.push_str(", ");
                    }
                    self.expression(argument, function.accepts_missing);
                }
                self.code.push(')');
            }
        }
    }

    /// The first operand that is neither missing nor null; those after it are not evaluated.
    fn choice(&mut self, operands: &[&Expr<'s>], or_null: bool) {
        self.code.push_str(if or_null { "_present(" } else { "(" });
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                self.code.push_str(" or ");
            }
            // What `default` falls back to is the result, so it must be there.
            self.chosen(operand, or_null || index == 0);
        }
        self.code.push(')');
    }

    /// An operand of a choice. Minijinja's `or` may not see a native boolean, whose truth would be its value.
    fn chosen(&mut self, operand: &Expr<'s>, guarded: bool) {
        self.code.push_str("_held(");
        self.expression(operand, guarded);
        self.code.push(')');
    }

    fn jsonpath(&mut self, given: &[&Expr<'s>], range: Range<usize>) {
        let [value, path] = given else {
            self.faults.push(Fault::syntax(
                format!(
                    "`jsonpath` takes 2 arguments, the value and the path, not {}",
                    given.len()
                ),
                range,
            ));
            return;
        };
        let path_range = self.range(path);
        let Some(Value::String(text)) = self.constant(path, 0) else {
            self.faults.push(Fault::syntax(
                "the path of `jsonpath` must be a constant text",
                path_range,
            ));
            return;
        };
        match JsonPath::compile(&text) {
            Ok(query) => {
                self.tables.queries.push(query);
                let index = self.tables.queries.len() - 1;
                self.code.push_str(&format!("_jsonpath({index}, "));
                self.expression(value, false);
                self.code.push(')');
            }
            Err(error) => self.faults.push(Fault::syntax(error.message, path_range)),
        }
    }

    fn chain(&mut self, expr: &Expr<'s>, guarded: bool) {
        let Chain { base, steps } = self.unwound(expr);
        let range = self.range(base).start..self.range(expr).end;
        let split = steps
            .iter()
            .position(|step| matches!(step, Step::Computed(_)))
            .unwrap_or(steps.len());
        let constants: Vec<PathStep> = steps[..split]
            .iter()
            .filter_map(|step| match step {
                Step::Constant(step) => Some(step.clone()),
                Step::Computed(_) => None,
            })
            .collect();
        let mut rest = &steps[split..];
        let text: Arc<str> = self.source.get(range.clone()).unwrap_or_default().into();
        let (name, mut start) = match base {
            Expr::Var(name) => (name.id, Vec::new()),
            Expr::Call(call) => match &call.expr {
                Expr::Var(name) if NAMED_LOOKUPS.contains(&name.id) => {
                    let Some(start) = self.lookup(name.id, &call.args, base, rest, &constants, &range) else {
                        return;
                    };
                    (name.id, start)
                }
                _ => return self.walk_from(base, &steps, &range),
            },
            _ => return self.walk_from(base, &steps, &range),
        };
        let root = match (name, start.first()) {
            ("items", Some(PathStep::Member(name))) => Root::Items(name.clone()),
            ("result", Some(PathStep::Member(name))) => Root::Scope(name.clone()),
            ("actions", _) => match (constants.first(), rest.split_first()) {
                (Some(PathStep::Member(action)), _) => Root::Action(action.clone()),
                (None, Some((Step::Computed(key), others))) => {
                    rest = others;
                    self.walk_of(&range);
                    self.refer("actions", Vec::new(), true, guarded, range);
                    self.code.push_str("_action(");
                    self.expression(key, false);
                    self.code.push(')');
                    self.steps(rest);
                    self.code.push(')');
                    return;
                }
                _ => {
                    self.faults.push(
                        Fault::syntax("`actions` needs the name of an action", range)
                            .help("write actions.<name>.body"),
                    );
                    return;
                }
            },
            (name, _) => Root::Name(name.to_owned()),
        };
        start.extend(constants.iter().cloned());
        self.refer(name, start, !rest.is_empty(), guarded, range.clone());
        let steps = if matches!(root, Root::Action(_)) {
            constants[1..].to_vec()
        } else {
            constants
        };
        self.tables.paths.push(Path { root, steps, text });
        let path = format!("_path({})", self.tables.paths.len() - 1);
        if rest.is_empty() {
            self.code.push_str(&path);
        } else {
            self.walk_of(&range);
            self.code.push_str(&path);
            self.steps(rest);
            self.code.push(')');
        }
    }

    /// `items(...)` or `result(...)`: the constant name it looks up, or `None` when the call has been dealt with here.
    fn lookup(
        &mut self,
        name: &str,
        arguments: &[CallArg<'s>],
        base: &Expr<'s>,
        rest: &[Step<'_, 's>],
        constants: &[PathStep],
        range: &Range<usize>,
    ) -> Option<Vec<PathStep>> {
        let base_range = self.range(base);
        let [CallArg::Pos(argument)] = arguments else {
            self.faults
                .push(Fault::syntax(format!("`{name}` takes one name"), base_range));
            return None;
        };
        let constant = self.constant(argument, 0);
        self.calls.push(Call {
            name: name.to_owned(),
            arguments: vec![constant.clone()],
            range: base_range.clone(),
        });
        match constant {
            Some(Value::String(text)) => Some(vec![PathStep::Member(text)]),
            Some(_) => {
                self.faults.push(Fault::syntax(
                    format!("`{name}` takes a name as text"),
                    base_range,
                ));
                None
            }
            None => {
                self.refer(name, Vec::new(), true, false, range.clone());
                self.walk_of(range);
                self.code.push_str(&format!("_{name}("));
                self.expression(argument, false);
                self.code.push(')');
                for step in constants {
                    self.code.push_str(", ");
                    self.push_constant(step_value(step));
                }
                self.steps(rest);
                self.code.push(')');
                None
            }
        }
    }

    /// Begins a walk; its first argument is the text that messages call it by.
    fn walk_of(&mut self, range: &Range<usize>) {
        self.code.push_str("_walk(");
        let text = self.source.get(range.clone()).unwrap_or_default();
        self.push_constant(Value::from(text));
        self.code.push_str(", ");
    }

    fn walk_from(&mut self, base: &Expr<'s>, steps: &[Step<'_, 's>], range: &Range<usize>) {
        self.walk_of(range);
        self.expression(base, false);
        self.steps(steps);
        self.code.push(')');
    }

    fn steps(&mut self, steps: &[Step<'_, 's>]) {
        for step in steps {
            self.code.push_str(", ");
            match step {
                Step::Constant(step) => self.push_constant(step_value(step)),
                Step::Computed(key) => self.expression(key, false),
            }
        }
    }

    fn unwound<'e>(&self, expr: &'e Expr<'s>) -> Chain<'e, 's> {
        let mut steps = Vec::new();
        let mut base = expr;
        loop {
            match base {
                Expr::GetAttr(access) => {
                    steps.push(Step::Constant(PathStep::Member(access.name.to_owned())));
                    base = &access.expr;
                }
                Expr::GetItem(access) => {
                    steps.push(match self.constant(&access.subscript_expr, 0) {
                        Some(Value::String(name)) => Step::Constant(PathStep::Member(name)),
                        Some(Value::Number(number)) if number.as_i64().is_some() => {
                            Step::Constant(PathStep::Index(number.as_i64().unwrap_or_default()))
                        }
                        _ => Step::Computed(&access.subscript_expr),
                    });
                    base = &access.expr;
                }
                _ => break,
            }
        }
        steps.reverse();
        Chain { base, steps }
    }

    fn refer(&mut self, root: &str, path: Vec<PathStep>, computed: bool, guarded: bool, range: Range<usize>) {
        self.references.push(Reference {
            root: root.to_owned(),
            path,
            computed,
            guarded,
            range,
        });
    }

    fn push_constant(&mut self, value: Value) {
        self.tables.constants.push(Operand::new(value));
        let index = self.tables.constants.len() - 1;
        self.code.push_str(&format!("_const({index})"));
    }

    /// The value of an expression written in constants. A number keeps its text.
    fn constant(&self, expr: &Expr<'s>, depth: usize) -> Option<Value> {
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
    fn range(&self, expr: &Expr<'s>) -> Range<usize> {
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

    fn fault(&mut self, expr: &Expr<'s>, message: impl Into<String>, help: Option<&str>) {
        let mut fault = Fault::syntax(message, self.range(expr));
        if let Some(help) = help {
            fault = fault.help(help);
        }
        self.faults.push(fault);
    }

    fn unknown(&mut self, name: &str, range: Range<usize>) {
        let mut fault = Fault {
            code: "unknown-function",
            ..Fault::syntax(format!("there is no function `{name}`"), range)
        };
        let known = functions::all()
            .map(|function| function.name)
            .chain(["jsonpath", "items", "result"]);
        if let Some(meant) = nearest(name, known) {
            fault = fault.help(format!("did you mean `{meant}`?"));
        }
        self.faults.push(fault);
    }

    fn arity(&mut self, function: &Function, given: usize, range: Range<usize>) {
        self.faults.push(Fault::syntax(
            format!("`{}` takes {}, not {given}", function.name, function.arity()),
            range,
        ));
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

fn step_value(step: &PathStep) -> Value {
    match step {
        PathStep::Member(name) => Value::from(name.as_str()),
        PathStep::Index(index) => Value::from(*index),
    }
}
