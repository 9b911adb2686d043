//! Every side of a mapping is an object that a connection of the solution knows.

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, nearest};
use crate::solution::Solution;

pub(crate) fn check(solution: &Solution, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for side in solution.mappings.values().flat_map(|mapping| &mapping.sides) {
        let connection = side.connection.value.as_str();
        let known: Vec<&str> = solution
            .connections
            .iter()
            .map(|(name, _)| name.value.as_str())
            .collect();
        if !known.contains(&connection) {
            let help = match nearest(connection, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "add it under `connections` in solution.yaml".to_owned(),
            };
            diagnostics.push(
                Diagnostic::error(
                    "unknown-connection",
                    side.connection.span,
                    format!("the solution has no connection `{connection}`"),
                )
                .help(help),
            );
            continue;
        }
        let Some(descriptor) = catalog.of_connection(connection) else {
            continue;
        };
        let object = side.object.value.as_str();
        if descriptor.object(object).is_some() {
            continue;
        }
        let objects: Vec<&str> = descriptor.objects.iter().map(|object| object.name).collect();
        let near = nearest(object, objects.iter().copied());
        diagnostics.push(if near.is_none() && object.ends_with("__c") {
            Diagnostic::warning(
                "unknown-object",
                side.object.span,
                format!("`{connection}` has no custom object `{object}` that is known here"),
            )
            .help("fine if the org has it; its fields cannot be checked")
        } else {
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known objects: {}", objects.join(", ")),
            };
            Diagnostic::error(
                "unknown-object",
                side.object.span,
                format!("`{connection}` has no object `{object}`"),
            )
            .help(help)
        });
    }
}
