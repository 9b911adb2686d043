//! Plain HTTP requests of a solution that does not say which connection makes them.

use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::flow::ActionKind;
use crate::run::HTTP;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    let connector = view
        .solution
        .connections
        .iter()
        .find(|(name, _)| name.value == HTTP)
        .map(|(_, connector)| connector);
    for placed in view.flows.iter().flat_map(|flow| &flow.actions) {
        if !matches!(placed.action.kind, ActionKind::Http { .. }) {
            continue;
        }
        let name = &placed.action.name;
        match connector {
            None if view.manifest_may_declare(HTTP) => {}
            None => {
                let message = format!(
                    "`{}` makes a plain request, and the solution has no connection `{HTTP}`",
                    name.value
                );
                out.push(Diagnostic::error("no-http-connection", name.span, message).help(format!(
                    "add `{HTTP}: {HTTP}` to `connections` in solution.yaml; connections.yaml says which hosts it may reach"
                )));
            }
            Some(connector) if connector.value != HTTP => {
                let message = format!(
                    "`{}` makes a plain request, and connection `{HTTP}` uses connector `{}`",
                    name.value, connector.value
                );
                out.push(
                    Diagnostic::error("no-http-connection", name.span, message)
                        .related(connector.span, "declared here")
                        .help(format!(
                            "give the other connection another name and add `{HTTP}: {HTTP}`"
                        )),
                );
            }
            Some(_) => {}
        }
    }
}
