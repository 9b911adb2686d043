//! What the service works out by itself when an opportunity is saved.

use connector_api::{Map, Value};
use rust_decimal::Decimal;

use super::coerce;
use super::moment;
use super::schema::Kind;
use super::state::State;
use super::store::Row;

/// The value of `ForecastCategory` beside a value of `ForecastCategoryName`.
pub(crate) fn forecast_category(name: &str) -> &str {
    match name {
        "Best Case" => "BestCase",
        "Most Likely" => "MostLikely",
        "Commit" => "Forecast",
        other => other,
    }
}

impl State {
    /// Sets what follows from stage, amount and close date. `given` is what the call itself sets.
    pub(crate) fn derive_opportunity(
        &self,
        before: Option<&Row>,
        given: &Map,
        values: &mut Map,
        now_text: &str,
    ) {
        let set = |values: &mut Map, field: &str, value: Value| values.insert(field.to_owned(), value);
        if given.contains_key("StageName")
            && let Some(stage) = values
                .get("StageName")
                .and_then(Value::as_str)
                .and_then(|name| self.stage(name))
        {
            let changed = before.is_none_or(|row| row.text("StageName") != stage.text("ApiName"));
            set(values, "StageName", stage.get("ApiName").clone());
            if changed {
                set(values, "IsClosed", stage.get("IsClosed").clone());
                set(values, "IsWon", stage.get("IsWon").clone());
                if !given.contains_key("Probability") {
                    let probability = coerce::decimal(stage.get("DefaultProbability"));
                    let probability = probability.map(|number| coerce::number_value(Kind::Percent, number));
                    set(values, "Probability", probability.unwrap_or_default());
                }
                if !given.contains_key("ForecastCategoryName") {
                    set(
                        values,
                        "ForecastCategoryName",
                        stage.get("ForecastCategoryName").clone(),
                    );
                }
                if before.is_some() {
                    set(values, "LastStageChangeDate", now_text.into());
                }
            }
        }
        if let Some(name) = values.get("ForecastCategoryName").and_then(Value::as_str) {
            let category = forecast_category(name).to_owned();
            set(values, "ForecastCategory", category.into());
        }
        let amount = values.get("Amount").and_then(coerce::decimal);
        let probability = values.get("Probability").and_then(coerce::decimal);
        let expected = amount.zip(probability).and_then(|(amount, probability)| {
            let share = amount
                .checked_mul(probability)?
                .checked_div(Decimal::ONE_HUNDRED)?;
            Some(coerce::number_value(Kind::Currency, share.round_dp(2)))
        });
        set(values, "ExpectedRevenue", expected.unwrap_or_default());
        if let Some(closes) = values
            .get("CloseDate")
            .and_then(Value::as_str)
            .and_then(moment::read_date)
        {
            let quarter = i64::from((closes.month() - 1) / 3 + 1);
            set(values, "FiscalYear", i64::from(closes.year()).into());
            set(values, "FiscalQuarter", quarter.into());
            set(values, "Fiscal", format!("{} {quarter}", closes.year()).into());
            let former = before.and_then(|row| moment::read_date(row.text("CloseDate")));
            let pushes = before.and_then(|row| row.get("PushCount").as_i64()).unwrap_or(0);
            let pushed = former.is_some_and(|former| closes.first_of_month() > former.first_of_month());
            set(values, "PushCount", (pushes + i64::from(pushed)).into());
        }
    }
}
