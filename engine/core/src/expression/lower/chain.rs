//! Paths: chains of members and items from a name, from a lookup or from any other value.

use std::ops::Range;
use std::sync::Arc;

use connector_api::Value;
use minijinja::machinery::ast::{CallArg, Expr};

use super::tree::Lowering;
use crate::expression::compile::Fault;
use crate::expression::path::{Path, Root};
use crate::expression::{Call, PathStep, Reference};

/// Functions that are spelt like names of the language and therefore exist nowhere in the table.
pub(super) const NAMED_LOOKUPS: &[&str] = &["items", "result"];

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
    pub(super) fn chain(&mut self, expr: &Expr<'s>, guarded: bool) {
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
}

fn step_value(step: &PathStep) -> Value {
    match step {
        PathStep::Member(name) => Value::from(name.as_str()),
        PathStep::Index(index) => Value::from(*index),
    }
}
