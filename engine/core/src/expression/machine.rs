//! The bridge to minijinja: the one environment, and our values as minijinja objects.
//!
//! Every value crosses as an opaque object and every operation on it is one of our functions (see
//! [`crate::expression::lower`]). So numbers stay exact, nothing missing is compared by accident, and the only thing
//! in reach is what [`functions`] lists. What is left to minijinja is the order of evaluation: calls, `and`, `or` and
//! `if`. Truth therefore means two things here: a native boolean is itself, and an object is true when it is neither
//! missing nor null, which is what `coalesce` asks.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use connector_api::Value;
use minijinja::value::{Object, ObjectRepr, Rest};
use minijinja::{Environment, Error, ErrorKind, State};

use crate::expression::functions::{self, Arguments, Function, internal};
use crate::expression::limits::FUEL;
use crate::expression::operand::Operand;
use crate::expression::program::Tables;
use crate::expression::{Context, ExpressionError};

/// The name under which functions find the [`Scope`]; not writable in an expression, where names are paths.
const SCOPE: &str = "_scope";

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(FUEL));
    for function in functions::all() {
        environment.add_function(
            function.name,
            move |state: &State<'_, '_>, arguments: Rest<minijinja::Value>| call(function, state, &arguments),
        );
    }
    for operation in internal::OPERATIONS {
        environment.add_function(
            operation.name,
            move |state: &State<'_, '_>, arguments: Rest<minijinja::Value>| {
                let scope = scope(state)?;
                (operation.body)(&scope, &arguments).map_err(failed)
            },
        );
    }
    environment
});

/// Lowered code, ready to run.
pub(crate) struct Code(minijinja::Expression<'static, 'static>);

/// What one evaluation sees.
pub(crate) struct Scope {
    /// The names.
    pub(crate) context: Context,
    /// Constants and paths of the expression.
    pub(crate) tables: Arc<Tables>,
    /// Random numbers drawn so far.
    pub(crate) draws: Draws,
}

/// The random numbers of one evaluation, shared by all expressions of one template so that each draws its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draws(Arc<AtomicU64>);

/// An operand as minijinja holds it.
#[derive(Debug)]
struct Carried(Operand);

impl Draws {
    /// The next number: splitmix64 over the seed and a counter.
    pub(crate) fn next(&self, seed: u64) -> u64 {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let mut bits = seed.wrapping_add(count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}

impl Code {
    /// Compiles lowered code. It is ours, so a refusal can only mean that it nests too deeply.
    pub(crate) fn compile(code: String) -> Result<Self, Error> {
        ENVIRONMENT.compile_expression_owned(code).map(Self)
    }

    /// Runs it.
    pub(crate) fn run(&self, scope: Scope) -> Result<Operand, ExpressionError> {
        self.0
            .eval(minijinja::Value::from_object(scope))
            .map_err(failure)
            .and_then(|value| operand(&value))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

impl Object for Carried {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.is_empty_handed()
    }
}

impl Object for Scope {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<minijinja::Value> {
        (key == SCOPE).then(|| minijinja::Value::from_dyn_object(self.clone()))
    }

    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        self.get_value_by_str(key.as_str()?)
    }
}

/// Values may be secret, so a scope shows none.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

/// An operand for minijinja to carry.
pub(crate) fn carry(operand: Operand) -> minijinja::Value {
    minijinja::Value::from_object(Carried(operand))
}

/// What minijinja carried. Its own booleans come from `and`, `or` and `not`.
pub(crate) fn operand(value: &minijinja::Value) -> Result<Operand, ExpressionError> {
    if let Some(Carried(operand)) = value.downcast_object_ref() {
        return Ok(operand.clone());
    }
    bool::try_from(value.clone())
        .map(|value| Operand::new(Value::Bool(value)))
        .map_err(|_| ExpressionError::invalid("the expression gives something that is not a value"))
}

fn call(
    function: &'static Function,
    state: &State<'_, '_>,
    arguments: &[minijinja::Value],
) -> Result<minijinja::Value, Error> {
    let scope = scope(state)?;
    let run = || {
        let operands = arguments.iter().map(operand).collect::<Result<Vec<_>, _>>()?;
        if !function.accepts_missing
            && let Some(path) = operands.iter().find_map(|operand| match operand {
                Operand::Missing(path) => Some(path),
                Operand::Held(_) => None,
            })
        {
            return Err(ExpressionError::undefined(path));
        }
        (function.body)(&Arguments::new(function.name, &operands, &scope))
    };
    run().map(|value| carry(Operand::new(value))).map_err(failed)
}

fn scope(state: &State<'_, '_>) -> Result<Arc<Scope>, Error> {
    state
        .lookup(SCOPE)
        .and_then(|value| value.downcast_object())
        .ok_or_else(|| {
            failed(ExpressionError::invalid(
                "an expression was run without its names",
            ))
        })
}

fn failed(error: ExpressionError) -> Error {
    Error::new(ErrorKind::InvalidOperation, "").with_source(error)
}

/// Our own error from inside minijinja's, or minijinja's own: only fuel is left to it.
fn failure(error: Error) -> ExpressionError {
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<ExpressionError>() {
            return inner.clone();
        }
        source = inner.source();
    }
    if error.kind() == ErrorKind::OutOfFuel {
        return ExpressionError::limit("the expression takes too many steps");
    }
    ExpressionError::invalid(
        error
            .detail()
            .unwrap_or("the expression cannot be evaluated")
            .to_owned(),
    )
}
