//! Calls of functions, filters and tests.

use std::ops::Range;

use connector_api::Value;
use minijinja::machinery::ast::{CallArg, Expr};

use super::tree::Lowering;
use crate::diagnostic::nearest;
use crate::expression::Call;
use crate::expression::compile::Fault;
use crate::expression::functions::internal::TESTS;
use crate::expression::functions::{self, Function};
use crate::expression::jsonpath::JsonPath;

impl<'s> Lowering<'s> {
    pub(super) fn call(
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

    pub(super) fn test(&mut self, expr: &Expr<'s>, name: &str, subject: &Expr<'s>, has_arguments: bool) {
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
