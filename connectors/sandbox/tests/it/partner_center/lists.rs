//! The collection: filters, order, pages.

use std::collections::BTreeSet;

use connector_api::Value;
use sandbox::SandboxOptions;

use super::bench::{Answer, Bench, COLLECTION, PRIVATE};

fn ids(answer: &Answer) -> Vec<String> {
    answer
        .at(&["value"])
        .as_array()
        .unwrap_or_else(|| panic!("no page: {}", answer.text))
        .iter()
        .map(|item| item.get("id").and_then(Value::as_str).unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn filters_pick_what_fits() {
    let bench = Bench::start().await;
    let (own, copy, engagement) = bench.co_sell().await;
    let private = bench.create(PRIVATE).await.string(&["id"]);
    let inbound = bench.inbound("").await.string(&["id"]);
    let lead = bench.inbound(r#"{"kind":"lead"}"#).await.string(&["id"]);
    let microsofts = bench
        .list("$filter=organizationId eq 'msft' and status eq 'Active'")
        .await;
    let microsofts = ids(&microsofts).remove(0);
    for (filter, expected) in [
        (format!("engagementId eq '{engagement}'"), vec![&own, &copy]),
        (format!("engagementId eq {engagement}"), vec![&own, &copy]),
        (format!("engagementId%20eq%20{engagement}"), vec![&own, &copy]),
        (format!("engagementId+eq+{engagement}"), vec![&own, &copy]),
        (
            "status eq 'New' and qualification eq 'SalesQualified'".to_owned(),
            vec![&copy, &inbound],
        ),
        (
            "customerProfile/address/country eq 'NO' and direction eq 'Incoming'".to_owned(),
            vec![&inbound],
        ),
        (
            "(direction eq 'Incoming' and substatus eq 'Pending')".to_owned(),
            vec![&copy, &inbound, &lead],
        ),
        (
            "team/any(t:t/email eq 'mira.voss@quantdock.example')".to_owned(),
            vec![&private],
        ),
        (
            "externalReferenceId eq '006Hn00001QxYzAIAV'".to_owned(),
            vec![&private],
        ),
        ("details/dealValue ge 210000".to_owned(), vec![&own, &copy]),
        (
            "updatedDateTime ge 2020-01-01T00:00:00Z".to_owned(),
            vec![&own, &copy, &private, &inbound, &lead, &microsofts],
        ),
        ("updatedDateTime lt 2020-01-01T00:00:00Z".to_owned(), vec![]),
        (
            "not (organizationId eq 'msft') and type eq 'Independent'".to_owned(),
            vec![&private, &lead],
        ),
    ] {
        let answer = bench.list(&format!("$filter={filter}")).await;
        let found: BTreeSet<String> = ids(&answer).into_iter().collect();
        let expected: BTreeSet<String> = expected.into_iter().cloned().collect();
        assert_eq!(found, expected, "{filter}");
        assert_eq!(answer.at(&["@odata.count"]).as_i64(), Some(expected.len() as i64));
    }
}

#[tokio::test]
async fn unknown_options_and_filters_are_refused() {
    let bench = Bench::start().await;
    for query in [
        "$expand=team",
        "$search=x",
        "$format=json",
        "$apply=x",
        "$top=-1",
        "$top=many",
        "$skip=x",
        "$count=yes",
        "$orderby=name",
        "$orderby=createdDateTime sideways",
        "$select=colour",
        "$filter=colour eq 'red'",
        "$filter=status",
        "$filter=contains(name,'x')",
        "$skiptoken=unknown",
        "$top=1&$top=2",
    ] {
        let answer = bench.list(query).await;
        assert_eq!(answer.error(), (400, "invalidRequest".to_owned()), "{query}");
    }
    assert_eq!(bench.list("unrelated=1").await.status, 200);
}

#[tokio::test]
async fn two_hundred_and_fifty_rows_come_in_pages() {
    let bench = Bench::start().await;
    let mut created = BTreeSet::new();
    for _ in 0..250 {
        created.insert(bench.create(PRIVATE).await.string(&["id"]));
    }
    let mut page = bench.list("$orderby=createdDateTime desc&$count=true").await;
    let context = page.string(&["@odata.context"]);
    assert!(context.ends_with("/v1.0/$metadata#Referrals"), "{context}");
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    let mut moments: Vec<String> = Vec::new();
    loop {
        assert_eq!(page.at(&["@odata.count"]).as_i64(), Some(250));
        let found = ids(&page);
        sizes.push(found.len());
        for item in page.at(&["value"]).as_array().unwrap() {
            moments.push(
                item.get("createdDateTime")
                    .and_then(Value::as_str)
                    .unwrap()
                    .to_owned(),
            );
        }
        // Rows that change or are added meanwhile disturb neither order nor completeness.
        let body = r#"[{"op":"replace","path":"/name","value":"x"}]"#;
        bench.patch(&found[0], body).await;
        seen.extend(found);
        let Some(next) = page.at(&["@odata.nextLink"]).as_str().map(str::to_owned) else {
            break;
        };
        let path = next.strip_prefix(bench.sandbox.base_url()).unwrap();
        assert!(path.starts_with(&format!("{COLLECTION}?$skiptoken=")), "{path}");
        page = bench.call("GET", path, &[], "").await;
    }
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(seen.len(), 250);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), created);
    assert!(moments.is_sorted_by(|left, right| left > right));

    let sizes = |query: &'static str| async {
        let mut sizes = Vec::new();
        let mut page = bench.list(query).await;
        loop {
            sizes.push(ids(&page).len());
            let Some(next) = page.at(&["@odata.nextLink"]).as_str().map(str::to_owned) else {
                return sizes;
            };
            page = bench.list(next.split_once('?').unwrap().1).await;
        }
    };
    assert_eq!(sizes("$top=10").await, [10]);
    assert_eq!(sizes("$top=150").await, [100, 50]);
    assert_eq!(sizes("$top=1000").await, [100, 100, 50]);
    assert_eq!(sizes("$top=0").await, [0]);
    assert_eq!(sizes("$skip=240").await, [10]);
    assert_eq!(sizes("$skip=100&$top=120").await, [100, 20]);
    assert_eq!(sizes("$skip=300").await, [0]);
}

#[tokio::test]
async fn order_select_and_count() {
    let bench = Bench::start().await;
    let first = bench.create(PRIVATE).await.string(&["id"]);
    let second = bench.create(PRIVATE).await.string(&["id"]);
    let rename = r#"[{"op":"replace","path":"/name","value":"x"}]"#;
    bench.patch(&first, rename).await;
    for (query, expected) in [
        ("$orderby=createdDateTime", [&first, &second]),
        ("$orderby=createdDateTime desc", [&second, &first]),
        ("$orderby=updatedDateTime asc", [&second, &first]),
        ("$orderby=updatedDateTime desc", [&first, &second]),
    ] {
        assert_eq!(
            ids(&bench.list(query).await),
            expected.map(String::clone),
            "{query}"
        );
    }
    let page = bench.list("$select=id,status,customerProfile&$top=1").await;
    let item = page.at(&["value", "0"]);
    let names: BTreeSet<&str> = item.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["id", "status", "customerProfile"]));
    assert!(bench.list("$count=false").await.at(&["@odata.count"]).is_null());
}

#[tokio::test]
async fn next_links_are_short_lived_and_may_be_shortened() {
    let mut bench = Bench::with(SandboxOptions {
        short_next_link: true,
        ..SandboxOptions::default()
    })
    .await;
    for _ in 0..101 {
        bench.create(PRIVATE).await;
    }
    let next = bench.list("").await.string(&["@odata.nextLink"]);
    let (path, query) = next.split_once('?').unwrap();
    assert_eq!(path, format!("{}/v1.0/referrals", bench.sandbox.base_url()));
    assert_eq!(ids(&bench.list(query).await).len(), 1);
    bench.admin("clock", r#"{"advance_seconds": 3600}"#).await;
    bench.sign_in().await;
    assert_eq!(
        bench.list(query).await.error(),
        (400, "invalidRequest".to_owned())
    );
}
