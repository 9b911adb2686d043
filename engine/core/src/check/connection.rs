//! Connections, operations and triggers that nobody offers.

use crate::check::view::{View, meant, texts};
use crate::diagnostic::Diagnostic;
use crate::flow::{ActionKind, TriggerKind};
use crate::source::Spanned;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for (connection, connector) in &view.solution.connections {
        if view.catalog.connector(&connector.value).is_none() {
            let message = format!(
                "connection `{}` uses connector `{}`, which does not exist",
                connection.value, connector.value
            );
            out.push(
                Diagnostic::error("unknown-connector", connector.span, message).help(meant(
                    &connector.value,
                    view.catalog.connectors(),
                    "connectors",
                )),
            );
        }
    }
    for flow in &view.flows {
        trigger(view, &flow.flow.trigger.kind, out);
        for placed in &flow.actions {
            let ActionKind::Operation {
                connection,
                operation,
                ..
            } = &placed.action.kind
            else {
                continue;
            };
            if !is_known(view, connection, out) {
                continue;
            }
            let Some(descriptor) = view.catalog.of_connection(&connection.value) else {
                continue;
            };
            if descriptor.operation(&operation.value).is_none() {
                let names = descriptor.operations.iter().map(|operation| operation.name);
                let message = format!("`{}` has no operation `{}`", connection.value, operation.value);
                out.push(
                    Diagnostic::error("unknown-operation", operation.span, message).help(meant(
                        &operation.value,
                        names,
                        "operations",
                    )),
                );
            }
        }
    }
}

fn trigger(view: &View<'_>, kind: &TriggerKind, out: &mut Vec<Diagnostic>) {
    match kind {
        TriggerKind::HttpRequest {
            signature: Some(connection),
            ..
        } => {
            if is_known(view, connection, out)
                && let Some(descriptor) = view.catalog.of_connection(&connection.value)
                && descriptor.webhook.is_none()
            {
                let message = format!("`{}` signs no webhooks", connection.value);
                out.push(
                    Diagnostic::error("no-webhook", connection.span, message)
                        .help("name the connection whose service sends the requests, or remove `signature`"),
                );
            }
        }
        TriggerKind::Poll {
            connection,
            trigger,
            watch,
            ..
        } => {
            if !is_known(view, connection, out) {
                return;
            }
            let Some(descriptor) = view.catalog.of_connection(&connection.value) else {
                return;
            };
            match descriptor.trigger(&trigger.value) {
                None => {
                    let names = descriptor.triggers.iter().map(|trigger| trigger.name);
                    let message = format!("`{}` has no trigger `{}`", connection.value, trigger.value);
                    out.push(
                        Diagnostic::error("unknown-trigger", trigger.span, message).help(meant(
                            &trigger.value,
                            names,
                            "triggers",
                        )),
                    );
                }
                Some(found) => {
                    if let Some(watch) = watch.as_ref().filter(|_| !found.watch) {
                        let message =
                            format!("`{}.{}` cannot watch a mapping", connection.value, trigger.value);
                        out.push(Diagnostic::error("no-watch", watch.span, message).help("remove `watch`"));
                    }
                }
            }
        }
        _ => {}
    }
}

/// Whether the solution has the connection; a missing one is reported. One whose connector is unknown counts as known:
/// that was reported where it is declared.
fn is_known(view: &View<'_>, connection: &Spanned<String>, out: &mut Vec<Diagnostic>) -> bool {
    let names = || texts(view.solution.connections.iter().map(|(name, _)| name));
    if names().contains(&connection.value.as_str()) || view.manifest_may_declare(&connection.value) {
        return true;
    }
    let message = format!("the solution has no connection `{}`", connection.value);
    let help = match names().is_empty() {
        true => format!(
            "add `connections: {{ {0}: {0} }}` to solution.yaml",
            connection.value
        ),
        false => meant(&connection.value, names(), "its connections"),
    };
    out.push(Diagnostic::error("unknown-connection", connection.span, message).help(help));
    false
}
