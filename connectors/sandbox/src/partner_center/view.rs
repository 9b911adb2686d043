//! A referral as it is read: the stored properties with tag, links and context.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use connector_api::{Map, Value, value::object};

use super::state::Referral;
use crate::body::json;
use crate::shared::Shared;

/// Path of the collection.
pub(crate) const COLLECTION: &str = "/v1.0/engagements/referrals";

/// The entity with tag and links, as an item of a list.
pub(crate) fn item(shared: &Shared, referral: &Referral) -> Map {
    let mut entity = referral.entity.as_object().cloned().unwrap_or_default();
    entity.insert("eTag".to_owned(), referral.etag.clone().into());
    entity.insert("links".to_owned(), links(shared, referral));
    entity
}

/// One entity as the answer to a request.
pub(crate) fn entity(shared: &Shared, referral: &Referral) -> Response {
    let mut members = Map::new();
    let context = format!("{}{COLLECTION}/$metadata#Referrals/$entity", shared.base_url);
    members.insert("@odata.context".to_owned(), context.into());
    members.extend(item(shared, referral));
    let mut response = json(StatusCode::OK, &Value::Object(members));
    if let Ok(tag) = HeaderValue::from_str(&referral.etag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The address of one referral.
pub(crate) fn uri(shared: &Shared, id: &str) -> String {
    format!("{}{COLLECTION}/{id}", shared.base_url)
}

fn links(shared: &Shared, referral: &Referral) -> Value {
    let engagement = referral.text("engagementId");
    let related = format!(
        "{}{COLLECTION}?$filter=engagementId eq {engagement}",
        shared.base_url
    );
    let link = |uri: String| object([("uri", uri.into()), ("method", "GET".into())]);
    object([
        ("relatedReferrals", link(related)),
        ("self", link(uri(shared, referral.text("id")))),
    ])
}
