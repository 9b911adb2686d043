//! Settings: all mistakes at once, without network and without secrets.

use connector_api::{Secret, Setting, Settings};
use connector_salesforce::connector;

fn mistakes(values: &[(&str, Setting)]) -> Vec<(String, String)> {
    let settings = Settings {
        name: "salesforce".into(),
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    };
    let mut mistakes: Vec<(String, String)> = connector()
        .connect(settings)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|mistake| (mistake.setting, mistake.message))
        .collect();
    mistakes.sort();
    mistakes
}

fn text(value: &str) -> Setting {
    Setting::Text(value.into())
}

#[test]
fn nothing_at_all_names_what_is_required() {
    let names: Vec<String> = mistakes(&[]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["client_id", "grant", "login_url"]);
}

#[test]
fn every_mistake_is_told() {
    let told = mistakes(&[
        ("login_url", text("http://login.salesforce.com")),
        ("grant", text("jwt_bearer")),
        ("client_id", text("consumer")),
        ("private_key", Setting::Secret(Secret::new("env:KEY", "hunter2"))),
        ("api_version", text("latest")),
        ("client_name", text("a, b")),
        ("instance_hosts", Setting::TextList(vec!["*".into()])),
        ("concurrency", Setting::Integer(0)),
        ("requests_per_second", text("ten")),
        ("acces_token", text("x")),
    ]);
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "acces_token",
            "api_version",
            "client_name",
            "concurrency",
            "instance_hosts",
            "login_url",
            "private_key",
            "requests_per_second",
            "username",
        ]
    );
    assert!(
        told.iter().all(|(_, message)| !message.contains("hunter2")),
        "{told:?}"
    );
}

#[test]
fn good_settings_make_a_connection() {
    let told = mistakes(&[
        ("login_url", text("https://acme.my.salesforce.com/")),
        ("grant", text("client_credentials")),
        ("client_id", text("consumer")),
        ("client_secret", Setting::Secret(Secret::new("env:SECRET", "x"))),
        ("api_version", text("v67.0")),
        (
            "instance_hosts",
            Setting::TextList(vec![
                "*.my.salesforce.com".into(),
                "gateway.example.com:8443".into(),
            ]),
        ),
    ]);
    assert_eq!(told, []);
}

#[test]
fn the_descriptor_is_sorted_and_whole() {
    let descriptor = connector().descriptor();
    let operations: Vec<&str> = descriptor
        .operations
        .iter()
        .map(|operation| operation.name)
        .collect();
    assert_eq!(
        operations,
        [
            "create_record",
            "create_records",
            "delete_record",
            "delete_records",
            "describe_object",
            "get_record",
            "query",
            "update_record",
            "upsert_record",
        ]
    );
    let triggers: Vec<&str> = descriptor.triggers.iter().map(|trigger| trigger.name).collect();
    assert_eq!(
        triggers,
        ["record_created", "record_created_or_modified", "record_modified"]
    );
    assert!(descriptor.triggers.iter().all(|trigger| trigger.watch));
}
