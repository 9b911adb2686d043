//! Expressions and calls whose arguments are all written out: what they give is known before anything runs.

use std::sync::Arc;

use connector_api::Value;
use jiff::Timestamp;

use crate::catalog::Catalog;
use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::expression::{ActionView, Context, Evaluated, Expression, ExpressionError, Names};
use crate::solution::Solution;

/// Functions whose result depends on more than their arguments, sorted.
const DEPENDING: [&str; 6] = ["flow_url", "guid", "items", "rand", "result", "utc_now"];

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for site in flow.sites() {
            for expression in site.template.expressions() {
                judge(expression, out);
            }
        }
    }
}

/// The same of the expressions of mappings.
pub(super) fn check_mappings(solution: &Solution, _: &Catalog, out: &mut Vec<Diagnostic>) {
    for row in solution.mappings.values().flat_map(|mapping| &mapping.fields) {
        let templates = row.to_referral.templates().chain(row.to_side.templates());
        for template in templates.chain(&row.default) {
            for expression in template.expressions() {
                judge(expression, out);
            }
        }
    }
}

fn judge(expression: &Expression, out: &mut Vec<Diagnostic>) {
    let error = |message: String, span| {
        Diagnostic::error("failing-expression", span, message)
            .help("everything in it is written out, so it fails in every run")
    };
    match evaluated(expression) {
        Some(Ok(_)) => {}
        Some(Err(fault)) => out.push(error(fault.message, expression.span)),
        // The whole is known only in a run, but a call in it may be known now.
        None => {
            for call in &expression.calls {
                let known = call.arguments.iter().all(Option::is_some);
                let text = expression.text.get(call.range.clone()).filter(|_| known);
                if let Some(part) = text.and_then(|text| Expression::compile(text).ok())
                    && part.calls.first().is_some_and(|first| first.name == call.name)
                    && let Some(Err(fault)) = evaluated(&part)
                {
                    out.push(error(fault.message, expression.place(&call.range)));
                }
            }
        }
    }
}

/// The value of an expression that reads nothing; `None` when only a run can tell.
pub(super) fn constant_value(expression: &Expression) -> Option<Value> {
    match evaluated(expression)? {
        Ok(Evaluated::Value(value)) => Some(value),
        _ => None,
    }
}

fn evaluated(expression: &Expression) -> Option<Result<Evaluated, ExpressionError>> {
    let depends = |name: &str| DEPENDING.binary_search(&name).is_ok();
    let pure = expression.references.is_empty() && !expression.calls.iter().any(|call| depends(&call.name));
    pure.then(|| {
        expression.evaluate(&Context {
            names: Arc::new(NoNames),
            now: Timestamp::UNIX_EPOCH,
            seed: 0,
        })
    })
}

/// Nothing is in sight of a constant.
struct NoNames;

impl Names for NoNames {
    fn name(&self, _: &str) -> Option<Arc<Value>> {
        None
    }

    fn action(&self, _: &str) -> Option<ActionView> {
        None
    }

    fn items(&self, _: &str) -> Option<Arc<Value>> {
        None
    }

    fn result(&self, _: &str) -> Option<Arc<Value>> {
        None
    }

    fn flow_url(&self, _: &str) -> Option<String> {
        None
    }
}
