//! What this connector can do, as data.

use std::time::Duration;

use connector_api::{
    Descriptor, Field, Identity, ObjectDescriptor, SettingDescriptor, SettingKind, Shape, WebhookDescriptor,
};

use crate::{objects, operations};

/// In force when `list_delay` is not set. The service publishes no figure; half a minute is cautious.
pub(crate) const LIST_DELAY: Duration = Duration::from_secs(30);

/// The whole descriptor.
pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        name: "partner_center",
        doc: "Microsoft Partner Center: co-sell referrals and the webhook that tells of their changes.",
        settings: settings(),
        operations: operations::all()
            .iter()
            .map(|operation| (operation.descriptor)())
            .collect(),
        triggers: Vec::new(),
        webhook: Some(webhook()),
        objects: vec![ObjectDescriptor {
            name: "Referral",
            shape: objects::referral(),
        }],
    }
}

/// The settings of a connection.
pub(crate) fn settings() -> Vec<SettingDescriptor> {
    use SettingKind::{Duration, Integer, Secret, Text, TextList};
    let setting = |name, kind, default, doc| SettingDescriptor {
        name,
        doc,
        kind,
        required: false,
        default,
    };
    let required = |name, doc| SettingDescriptor {
        name,
        doc,
        kind: Text,
        required: true,
        default: None,
    };
    vec![
        required("tenant", "The partner's directory: its id or a domain name."),
        required(
            "client_id",
            "The id of the application registered in that directory.",
        ),
        setting(
            "client_secret",
            Secret,
            None,
            "The application's secret; without it the application signs in as a public one.",
        ),
        setting(
            "refresh_token",
            Secret,
            None,
            "The refresh token of a user with the role Referrals admin.",
        ),
        setting(
            "token_file",
            Text,
            None,
            "A file, readable by this user only, in which the newest refresh token is kept. What it holds comes \
             before `refresh_token`.",
        ),
        setting(
            "token_version",
            Text,
            Some("v1"),
            "Which token address redeems `refresh_token`: `v1` (resource) or `v2` (scope).",
        ),
        setting(
            "referrals_url",
            Text,
            Some("https://api.partner.microsoft.com"),
            "The address of the Referrals API.",
        ),
        setting(
            "webhooks_url",
            Text,
            Some("https://api.partnercenter.microsoft.com"),
            "The address of the webhook API.",
        ),
        setting(
            "login_url",
            Text,
            Some("https://login.microsoftonline.com"),
            "The address of the identity platform.",
        ),
        setting(
            "referrals_audience",
            Text,
            Some("https://api.partner.microsoft.com"),
            "What tokens for the Referrals API are issued for.",
        ),
        setting(
            "webhooks_audience",
            Text,
            Some("https://api.partnercenter.microsoft.com"),
            "What tokens for the webhook API are issued for.",
        ),
        setting(
            "caller_id",
            Text,
            None,
            "A guid sent as `X-Caller-Id` with every call.",
        ),
        setting(
            "portal_link",
            Text,
            None,
            "The address of a referral in the portal, with `{id}` in place of its id.",
        ),
        setting(
            "requests_per_second",
            Integer,
            Some("5"),
            "Calls started within a second, at most.",
        ),
        setting(
            "concurrency",
            Integer,
            Some("4"),
            "Calls in flight at once, at most.",
        ),
        setting(
            "list_delay",
            Duration,
            Some("30s"),
            "How long a new referral may be missing from lists; a look-up before a repeated create waits for it.",
        ),
        setting(
            "ca_file",
            Text,
            None,
            "A PEM file with certificate authorities trusted besides those of the system.",
        ),
        setting(
            "webhook_roots",
            TextList,
            None,
            "Roots that webhook certificates must chain to: paths of PEM or DER files, or PEM text.",
        ),
        setting(
            "webhook_certificate_hosts",
            TextList,
            None,
            "Hosts from which webhook certificates may be fetched: `host`, `host:port` or `*.domain`.",
        ),
        setting(
            "webhook_issuer",
            Text,
            Some("O=Microsoft Corporation"),
            "The attribute that the issuer of a webhook certificate must have.",
        ),
    ]
}

fn webhook() -> WebhookDescriptor {
    WebhookDescriptor {
        body: Shape::open_object([
            (
                "EventName",
                Field::required(Shape::text(), "What happened: `referral-updated`."),
            ),
            (
                "ResourceUri",
                Field::required(
                    Shape::text(),
                    "The address of the referral; its last segment is the id.",
                ),
            ),
            (
                "ResourceName",
                Field::optional(Shape::text(), "The kind of resource: `referral`."),
            ),
            (
                "AuditUri",
                Field::optional(Shape::text(), "The address of the audit record, or null."),
            ),
            (
                "ResourceChangeUtcDate",
                Field::required(Shape::DateTime, "When the referral changed."),
            ),
        ]),
        identities: vec![Identity {
            kind: "referral",
            path: &["ResourceUri"],
            last_segment: true,
        }],
        same_event: &["EventName", "ResourceUri", "ResourceChangeUtcDate"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_sorted_and_take_objects() {
        let descriptor = descriptor();
        let names: Vec<_> = descriptor
            .operations
            .iter()
            .map(|operation| operation.name)
            .collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
        for operation in &descriptor.operations {
            let inputs = operation.inputs.as_object().expect("inputs are an object");
            assert!(!inputs.open, "{}: a misspelt input must be found", operation.name);
        }
    }

    #[test]
    fn webhook_bodies_identify_their_referral() {
        let webhook = descriptor().webhook.unwrap();
        assert_eq!(webhook.identities[0].path, ["ResourceUri"]);
        let body = webhook.body.as_object().unwrap();
        for member in webhook.same_event {
            assert!(body.fields.contains_key(*member), "{member}");
        }
    }
}
