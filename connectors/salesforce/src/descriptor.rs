//! What the connector can do, as data.

use connector_api::{Descriptor, Field, Identity, SettingDescriptor, SettingKind, Shape, TriggerDescriptor};

use crate::{objects, operations as op};

/// The interface version used unless a connection names another one.
pub(crate) const API_VERSION: &str = "68.0";
/// The name writes carry unless a connection gives another one.
pub(crate) const CLIENT_NAME: &str = "engine";
/// Where the interface of an org may be, unless a connection lists other hosts.
pub(crate) const INSTANCE_HOSTS: &str = "*.my.salesforce.com";

/// The descriptor.
pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        name: "salesforce",
        doc: "Salesforce: records, queries and changes of one org.",
        settings: settings(),
        operations: vec![
            op::create_record::descriptor(),
            op::create_records::descriptor(),
            op::delete_record::descriptor(),
            op::delete_records::descriptor(),
            op::describe_object::descriptor(),
            op::get_record::descriptor(),
            op::query::descriptor(),
            op::update_record::descriptor(),
            op::upsert_record::descriptor(),
        ],
        triggers: vec![
            trigger("record_created", "Starts for every record that is created."),
            trigger(
                "record_created_or_modified",
                "Starts for every record that is created or modified.",
            ),
            trigger(
                "record_modified",
                "Starts for every record that is modified after it was created.",
            ),
        ],
        webhook: None,
        objects: objects::all(),
    }
}

fn trigger(name: &'static str, doc: &'static str) -> TriggerDescriptor {
    let identity = |kind, path| Identity {
        kind,
        path,
        last_segment: false,
    };
    TriggerDescriptor {
        name,
        doc,
        inputs: Shape::object([
            (
                "object",
                Field::required(Shape::ObjectName, "The object: `Opportunity`."),
            ),
            (
                "fields",
                Field::optional(
                    Shape::list(Shape::FieldName("object")),
                    "The fields to read, paths such as `Account.Name` included; all of the object when left out.",
                ),
            ),
            (
                "filter",
                Field::optional(
                    Shape::text(),
                    "A SOQL condition that records must meet, with `:name` wherever a value belongs.",
                ),
            ),
            (
                "parameters",
                Field::optional(Shape::open_object([]), "The values by name, as for `query`."),
            ),
        ]),
        output: Shape::open_object([
            ("Id", Field::required(Shape::text_max(18), "The record's id.")),
            (
                "IsDeleted",
                Field::optional(
                    Shape::Boolean,
                    "Whether the record was deleted; then nothing else is known.",
                ),
            ),
            (
                "CreatedDate",
                Field::optional(Shape::DateTime, "When it was created."),
            ),
            (
                "LastModifiedById",
                Field::optional(Shape::text_max(18), "Who last changed it."),
            ),
            (
                "LastModifiedDate",
                Field::optional(Shape::DateTime, "When it was last changed."),
            ),
            (
                "SystemModstamp",
                Field::optional(
                    Shape::DateTime,
                    "When it last changed, system processes included.",
                ),
            ),
        ]),
        watch: true,
        identities: vec![
            identity("opportunity", &["Id"]),
            identity("referral", &["Referral_Identifier__c"]),
        ],
    }
}

fn settings() -> Vec<SettingDescriptor> {
    let setting = |name, kind, required, default, doc| SettingDescriptor {
        name,
        doc,
        kind,
        required,
        default,
    };
    use SettingKind::{Duration, Integer, Secret, Text, TextList};
    vec![
        setting(
            "login_url",
            Text,
            true,
            None,
            "Where to sign in: `https://login.salesforce.com`, `https://test.salesforce.com` or your My Domain.",
        ),
        setting(
            "grant",
            Text,
            true,
            None,
            "How to sign in: `jwt_bearer` or `client_credentials`.",
        ),
        setting("client_id", Text, true, None, "The consumer key of the app."),
        setting(
            "client_secret",
            Secret,
            false,
            None,
            "The consumer secret, for `client_credentials`.",
        ),
        setting(
            "username",
            Text,
            false,
            None,
            "The user to act for, for `jwt_bearer`.",
        ),
        setting(
            "private_key",
            Secret,
            false,
            None,
            "The PEM key whose certificate the app knows, for `jwt_bearer`.",
        ),
        setting(
            "audience",
            Text,
            false,
            None,
            "Whom the assertion is made for; `login_url` when left out.",
        ),
        setting(
            "api_version",
            Text,
            false,
            Some(API_VERSION),
            "The version of the interface.",
        ),
        setting(
            "client_name",
            Text,
            false,
            Some(CLIENT_NAME),
            "The name that our writes carry in the org's change events.",
        ),
        setting(
            "instance_hosts",
            TextList,
            false,
            Some(INSTANCE_HOSTS),
            "Where the org's interface may be: `host`, `host:port` or `*.domain`.",
        ),
        setting(
            "requests_per_second",
            Integer,
            false,
            Some("10"),
            "How many calls may start in a second.",
        ),
        setting(
            "concurrency",
            Integer,
            false,
            Some("4"),
            "How many calls may be under way at once.",
        ),
        setting(
            "poll_overlap",
            Duration,
            false,
            Some("5m"),
            "How far each poll reads back, for changes that become visible late.",
        ),
    ]
}
