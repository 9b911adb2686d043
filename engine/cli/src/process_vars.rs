//! Every process variable the engine reads, in one place. `ENGINE_CONNECTIONS`, `ENGINE_ENVIRONMENT` and
//! `ENGINE_STORE` are read by the command line itself (see `args`).

use std::collections::BTreeMap;
use std::env;

/// Current values of environment variables start with this: `ENGINE_ENV_COUNTRY_FIELD=Country__c`.
pub(crate) const ENVIRONMENT_PREFIX: &str = "ENGINE_ENV_";

/// What to log, in the syntax of tracing's filters; overrides `--verbose`.
pub(crate) const LOG: &str = "ENGINE_LOG";

/// Current values of environment variables, by lower-case name.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place where process variables are read"
)]
pub(crate) fn environment_values() -> BTreeMap<String, String> {
    env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix(ENVIRONMENT_PREFIX)?.to_lowercase();
            Some((name, value.into_string().ok()?))
        })
        .collect()
}

/// The log filter, if set.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place where process variables are read"
)]
pub(crate) fn log_filter() -> Option<String> {
    env::var(LOG).ok().filter(|filter| !filter.is_empty())
}

/// A secret named by `env:NAME`.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place where process variables are read"
)]
pub(crate) fn secret(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
