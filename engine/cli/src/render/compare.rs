//! Two sides of deals as a table.

use super::live::shown;
use super::run::table as new_table;
use super::style;
use crate::commands::run::Deal;

/// One table for each deal.
pub(crate) fn table(deals: &[Deal]) -> String {
    let mut text = String::new();
    for deal in deals {
        text.push_str(&format!("\n{}\n", style::strong(&style::harmless(&deal.name))));
        let mut table = new_table(&["", "row", "referral", "Salesforce field", "value"]);
        for field in &deal.fields {
            let mark = if field.agrees { "✓" } else { "✗" }.to_owned();
            table.add_row([
                mark,
                field.row.clone(),
                shown(&field.referral),
                field.field.clone(),
                shown(&field.value),
            ]);
        }
        text.push_str(&table.trim_fmt());
        text.push('\n');
    }
    text
}
