//! GET of the collection: `$filter`, `$orderby`, `$top`, `$skip`, `$count`, `$select`, and paging by `$skiptoken`.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use connector_api::{Map, Value};
use jiff::{SignedDuration, Timestamp};

use super::error::ApiError;
use super::filter::{self, Filter};
use super::state::{Referral, State};
use super::view::COLLECTION;
use super::{schema, view};
use crate::shared::Shared;

/// Rows of one page.
pub(crate) const PAGE_ROWS_MAX: usize = 100;
/// How long a next link can be followed.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(15);
/// How many next links are remembered.
const TOKENS_MAX: usize = 1_000;

/// What is asked of the collection.
#[derive(Debug)]
struct Query {
    filter: Option<Filter>,
    order_by: &'static str,
    descending: bool,
    top: Option<usize>,
    skip: usize,
    count: bool,
    select: Option<Vec<&'static str>>,
}

/// Where the next page of a query begins.
#[derive(Debug)]
struct Page {
    token: String,
    query: Arc<Query>,
    after: (Option<Timestamp>, String),
    /// Rows handed out so far.
    returned: usize,
    expires: Timestamp,
}

/// The next links that can still be followed, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Pages(VecDeque<Page>);

/// Answers a query string with a page.
pub(crate) fn list(state: &mut State, shared: &Shared, query: &str, stale: bool) -> Result<Value, ApiError> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let now = shared.clock.now();
    let token = pairs.iter().find(|(name, _)| name == "$skiptoken");
    let (query, after, returned) = match token {
        Some((_, token)) => {
            if pairs.iter().filter(|(name, _)| name.starts_with('$')).count() > 1 {
                let message = "$skiptoken goes with no other option.";
                return Err(ApiError::invalid("$skiptoken", message));
            }
            let page = state
                .pages
                .0
                .iter()
                .find(|page| page.token == *token && now < page.expires)
                .ok_or_else(|| {
                    ApiError::invalid("$skiptoken", "The continuation token is unknown or too old.")
                })?;
            (page.query.clone(), Some(page.after.clone()), page.returned)
        }
        None => (Arc::new(read(&pairs)?), None, 0),
    };
    let mut rows: Vec<(Option<Timestamp>, &Referral)> = state
        .seen(stale)
        .filter(|referral| {
            query
                .filter
                .as_ref()
                .is_none_or(|filter| filter.fits(&referral.entity))
        })
        .map(|referral| (schema::date(referral.text(query.order_by)), referral))
        .collect();
    rows.sort_by(|left, right| query.order((left.0, left.1.text("id")), (right.0, right.1.text("id"))));
    let total = rows.len();
    let start = match &after {
        Some((key, id)) => rows
            .partition_point(|row| query.order((row.0, row.1.text("id")), (*key, id)) != Ordering::Greater),
        None => query.skip,
    };
    let wanted = query.top.map_or(PAGE_ROWS_MAX, |top| {
        top.saturating_sub(returned).min(PAGE_ROWS_MAX)
    });
    let page: Vec<_> = rows.iter().skip(start).take(wanted).collect();
    let items: Vec<Value> = page
        .iter()
        .map(|(_, referral)| query.select(view::item(shared, referral)))
        .collect();
    let returned = returned + items.len();
    let more = start + items.len() < total && query.top.is_none_or(|top| returned < top);
    let last = page
        .last()
        .map(|(key, referral)| (*key, referral.text("id").to_owned()));
    let mut body = Map::new();
    body.insert(
        "@odata.context".to_owned(),
        format!("{}/v1.0/$metadata#Referrals", shared.base_url).into(),
    );
    if query.count {
        body.insert("@odata.count".to_owned(), Value::from(total as i64));
    }
    body.insert("value".to_owned(), Value::Array(items));
    if let (true, Some(after)) = (more, last) {
        let token = shared.ids.token();
        body.insert("@odata.nextLink".to_owned(), next_link(shared, &token).into());
        state.pages.remember(Page {
            token,
            query,
            after,
            returned,
            expires: now.checked_add(TOKEN_LIFE).unwrap_or(Timestamp::MAX),
        });
    }
    Ok(Value::Object(body))
}

/// The service is known to shorten the path; that form is a choice, since it cannot be followed as it stands.
fn next_link(shared: &Shared, token: &str) -> String {
    if shared.options.short_next_link {
        format!("{}/v1.0/referrals?$skiptoken={token}", shared.base_url)
    } else {
        format!("{}{COLLECTION}?$skiptoken={token}", shared.base_url)
    }
}

impl Pages {
    fn remember(&mut self, page: Page) {
        if self.0.len() >= TOKENS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(page);
    }
}

impl Query {
    /// By key, then by id, so that the order is the same on every page.
    fn order(&self, left: (Option<Timestamp>, &str), right: (Option<Timestamp>, &str)) -> Ordering {
        let by_key = left.0.cmp(&right.0);
        let by_key = if self.descending { by_key.reverse() } else { by_key };
        by_key.then_with(|| left.1.cmp(right.1))
    }

    fn select(&self, mut item: Map) -> Value {
        if let Some(names) = &self.select {
            item.retain(|name, _| names.contains(&name.as_str()));
        }
        Value::Object(item)
    }
}

fn read(pairs: &[(String, String)]) -> Result<Query, ApiError> {
    let mut query = Query {
        filter: None,
        order_by: "createdDateTime",
        descending: false,
        top: None,
        skip: 0,
        count: true,
        select: None,
    };
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in pairs {
        if !name.starts_with('$') {
            continue;
        }
        if seen.contains(&name.as_str()) {
            return Err(ApiError::invalid(
                name.as_str(),
                format!("{name} is given twice."),
            ));
        }
        seen.push(name);
        let refuse = |message: String| ApiError::invalid(name.as_str(), message);
        match name.as_str() {
            "$filter" => query.filter = Some(filter::parse(value).map_err(refuse)?),
            "$orderby" => (query.order_by, query.descending) = order_by(value).map_err(refuse)?,
            "$top" => query.top = Some(whole(value).map_err(refuse)?),
            "$skip" => query.skip = whole(value).map_err(refuse)?,
            "$count" => {
                query.count = match value.as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return Err(refuse("$count is true or false.".to_owned())),
                };
            }
            "$select" => query.select = Some(select(value).map_err(refuse)?),
            _ => return Err(refuse(format!("{name} is not supported."))),
        }
    }
    Ok(query)
}

fn whole(value: &str) -> Result<usize, String> {
    value
        .parse()
        .map_err(|_| format!("{value} is not a whole number."))
}

fn order_by(value: &str) -> Result<(&'static str, bool), String> {
    let mut words = value.split_whitespace();
    let key = match words.next() {
        Some("createdDateTime") => "createdDateTime",
        Some("updatedDateTime") => "updatedDateTime",
        _ => return Err("$orderby takes createdDateTime or updatedDateTime.".to_owned()),
    };
    match (words.next(), words.next()) {
        (None | Some("asc"), None) => Ok((key, false)),
        (Some("desc"), None) => Ok((key, true)),
        _ => Err("$orderby takes one property, then asc or desc.".to_owned()),
    }
}

fn select(value: &str) -> Result<Vec<&'static str>, String> {
    value
        .split(',')
        .map(str::trim)
        .map(|name| {
            schema::property(name)
                .map(|property| property.name)
                .ok_or_else(|| format!("There is no property {name}."))
        })
        .collect()
}
