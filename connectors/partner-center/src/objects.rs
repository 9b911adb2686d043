//! The shape of a referral. The interface grows, so every object is open, and enumerations are texts: new values
//! have appeared over time and must be readable.

use connector_api::{Field, Shape};

fn list(item: Shape) -> Shape {
    Shape::list(item)
}

fn text(doc: &'static str) -> Field {
    Field::optional(Shape::text(), doc)
}

fn set_by_service(doc: &'static str) -> Field {
    Field::read_only(Shape::text(), doc)
}

/// A referral: one organisation's copy of a lead or deal.
pub(crate) fn referral() -> Shape {
    Shape::open_object([
        ("id", set_by_service("The referral's id, a guid.")),
        (
            "engagementId",
            text("What all referrals of one deal share; settable on a connected referral only."),
        ),
        ("name", text("The deal's name.")),
        (
            "organizationId",
            set_by_service("Who owns this copy; `msft` for Microsoft."),
        ),
        ("organizationName", set_by_service("The owner's name.")),
        (
            "externalReferenceId",
            text("The id of the deal in the partner's own CRM."),
        ),
        (
            "createdDateTime",
            Field::read_only(Shape::DateTime, "When it was created."),
        ),
        (
            "updatedDateTime",
            Field::read_only(Shape::DateTime, "When it last changed."),
        ),
        (
            "expirationDateTime",
            Field::read_only(
                Shape::DateTime,
                "Until when it can be answered; null for own deals.",
            ),
        ),
        (
            "acceptedDateTime",
            Field::read_only(Shape::DateTime, "When it was accepted."),
        ),
        (
            "closedDateTime",
            Field::read_only(Shape::DateTime, "When it was closed."),
        ),
        ("status", text("New, Active or Closed.")),
        (
            "substatus",
            text("Pending, Received, Accepted, Won, Lost, Declined, Expired or Error."),
        ),
        (
            "statusReason",
            text("Why it was lost, declined or closed as an error."),
        ),
        ("type", text("Shared or Independent.")),
        (
            "qualification",
            text("Direct, MarketingQualified or SalesQualified."),
        ),
        ("direction", set_by_service("Incoming or Outgoing.")),
        (
            "eTag",
            set_by_service("The version, with its quotes; to be handed back for an update."),
        ),
        (
            "target",
            Field::optional(list(target()), "To whom it is addressed."),
        ),
        (
            "customerProfile",
            Field::optional(customer_profile(), "The customer."),
        ),
        (
            "consent",
            Field::optional(consent(), "What the customer agreed to."),
        ),
        ("details", Field::optional(details(), "The deal.")),
        (
            "team",
            Field::optional(list(member()), "The partner's people on the deal, 1 to 50."),
        ),
        (
            "inviteContext",
            Field::optional(invite_context(), "What is asked of the invited party."),
        ),
        (
            "salesStage",
            text("Qualify, Develop, Propose or Close, or a percentage."),
        ),
        ("campaignId", text("The marketing campaign.")),
        ("referralProgram", text("The go-to-market program.")),
        (
            "referralSource",
            set_by_service("Where a marketplace lead came from."),
        ),
        (
            "callToAction",
            set_by_service("What a marketplace lead asked for."),
        ),
        ("mpnId", text("The partner location; settable on creation only.")),
        (
            "favorite",
            Field::optional(Shape::Boolean, "Marked in the portal."),
        ),
        ("quality", set_by_service("The lead's quality.")),
        (
            "isSpam",
            Field::read_only(Shape::Boolean, "Whether it was found to be spam."),
        ),
        ("tags", Field::read_only(list(Shape::Any), "Tags.")),
        (
            "trackingInfo",
            Field::read_only(tracking_info(), "Ids in Microsoft's own systems."),
        ),
        (
            "registrationStatus",
            set_by_service("How far the deal registration is."),
        ),
        (
            "registrations",
            Field::read_only(list(Shape::Any), "Deal registrations."),
        ),
        ("lastModifiedVia", text("The channel that wrote last.")),
        ("lastRunId", text("The run that wrote last.")),
        ("createdVia", set_by_service("The channel that created it.")),
        ("dealSensitivity", set_by_service("How sensitive the deal is.")),
        (
            "links",
            Field::read_only(links(), "Addresses of this and the related referrals."),
        ),
    ])
}

fn target() -> Shape {
    Shape::open_object([
        ("type", text("SolutionProfile or BusinessProfileLocation.")),
        ("id", text("A solution's id, a partner location's id, or `msft`.")),
    ])
}

fn customer_profile() -> Shape {
    Shape::open_object([
        ("name", text("The customer company; settable on creation only.")),
        (
            "size",
            text("The size of its staff, as a tag such as `51to250employees`."),
        ),
        (
            "address",
            Field::optional(address(), "Where it is; settable on creation only."),
        ),
        (
            "team",
            Field::optional(list(member()), "Contacts at the customer."),
        ),
        (
            "ids",
            Field::optional(list(Shape::Any), "Ids in other registers."),
        ),
        (
            "isMatchingComplete",
            Field::read_only(
                Shape::Boolean,
                "Whether the customer has been matched to an account.",
            ),
        ),
    ])
}

fn address() -> Shape {
    Shape::open_object([
        ("addressLine1", text("Street.")),
        ("addressLine2", text("Second line.")),
        ("city", text("City.")),
        ("state", text("State or province.")),
        ("postalCode", text("Postal code.")),
        ("country", text("Two-letter country code.")),
        ("region", text("Region.")),
    ])
}

fn consent() -> Shape {
    Shape::open_object([
        (
            "consentToToShareInfoWithOthers",
            Field::optional(Shape::Boolean, "Personal data may be shared."),
        ),
        (
            "consentToContact",
            Field::optional(Shape::Boolean, "The customer may be contacted."),
        ),
        (
            "consentToShareReferralWithMicrosoftSellers",
            Field::optional(
                Shape::Boolean,
                "Microsoft's sellers may see the deal; final once true.",
            ),
        ),
    ])
}

fn details() -> Shape {
    Shape::open_object([
        ("notes", text("Notes.")),
        (
            "dealValue",
            Field::optional(Shape::number(), "What the deal is worth."),
        ),
        ("currency", text("Three-letter currency code.")),
        (
            "closingDateTime",
            Field::optional(Shape::DateTime, "When it is expected to close."),
        ),
        (
            "customerRequestedContact",
            Field::optional(Shape::Boolean, "The customer asked to be contacted."),
        ),
        ("customerAction", text("What the customer did.")),
        ("incentiveLevel", set_by_service("The incentive level.")),
        (
            "requirements",
            Field::optional(requirements(), "What the customer needs."),
        ),
    ])
}

fn requirements() -> Shape {
    Shape::open_object([
        ("industries", Field::optional(list(tag()), "Industry tags.")),
        ("products", Field::optional(list(tag()), "Product tags.")),
        ("services", Field::optional(list(tag()), "Service tags.")),
        (
            "solutions",
            Field::optional(list(solution()), "Solutions; a shared deal needs at least one."),
        ),
        ("offers", Field::optional(list(Shape::Any), "Marketplace offers.")),
        ("salesPlays", Field::optional(list(Shape::Any), "Sales plays.")),
        (
            "additionalRequirements",
            Field::optional(Shape::Any, "Anything else."),
        ),
    ])
}

fn tag() -> Shape {
    Shape::open_object([("id", text("The tag."))])
}

fn solution() -> Shape {
    Shape::open_object([
        ("id", text("The solution's id, such as `SOL-12345-ABC`.")),
        ("name", text("The solution's name.")),
        ("type", text("Name (from the catalogue) or Category.")),
        ("price", Field::optional(Shape::number(), "Its price.")),
        ("quantity", Field::optional(Shape::number(), "How many.")),
        ("currency", text("The price's currency.")),
        ("publisherName", text("Who publishes it.")),
        ("solutionType", text("An older name of `type`.")),
        (
            "closingDateTime",
            Field::optional(Shape::DateTime, "When this solution's part closes."),
        ),
    ])
}

fn member() -> Shape {
    Shape::open_object([
        ("firstName", text("First name.")),
        ("lastName", text("Last name.")),
        ("phoneNumber", text("Phone number.")),
        ("email", text("Email address.")),
        ("title", text("Job title.")),
        (
            "contactPreference",
            Field::optional(
                Shape::open_object([
                    ("locale", text("Language, such as `en-us`.")),
                    (
                        "disableNotifications",
                        Field::optional(Shape::Boolean, "Whether to send no notifications."),
                    ),
                ]),
                "How to be contacted.",
            ),
        ),
    ])
}

fn invite_context() -> Shape {
    Shape::open_object([
        ("notes", text("Text to the invited party; final once sent.")),
        (
            "assistanceRequestCode",
            text("The help wanted from Microsoft; final once sent."),
        ),
        (
            "invitedBy",
            Field::optional(
                Shape::open_object([
                    ("organizationId", text("The inviter's id; `msft` for Microsoft.")),
                    ("organizationName", text("The inviter's name.")),
                ]),
                "Who invited.",
            ),
        ),
        ("invitedMpnId", text("The invited partner.")),
    ])
}

fn tracking_info() -> Shape {
    Shape::open_object([
        (
            "microsoftMsxId",
            set_by_service("The deal's id in Microsoft's CRM, once Microsoft has accepted."),
        ),
        (
            "microsoftUSFedOpportunityId",
            set_by_service("An opportunity's id in the US federal CRM."),
        ),
        (
            "microsoftUSFedLeadId",
            set_by_service("A lead's id in the US federal CRM."),
        ),
        (
            "migratedPSCDealId",
            set_by_service("The deal's id before a migration."),
        ),
        (
            "migratedPSCPartnerDealId",
            set_by_service("The partner deal's id before a migration."),
        ),
    ])
}

fn links() -> Shape {
    let link = || {
        Field::read_only(
            Shape::open_object([
                ("uri", set_by_service("The address.")),
                ("method", set_by_service("GET.")),
            ]),
            "An address.",
        )
    };
    Shape::open_object([("self", link()), ("relatedReferrals", link())])
}

/// The shape of a webhook registration.
pub(crate) fn registration() -> Shape {
    Shape::open_object([
        ("SubscriberId", set_by_service("The registration's id.")),
        ("WebhookUrl", text("Where events are delivered.")),
        (
            "WebhookEvents",
            Field::optional(list(Shape::text()), "Which events are delivered."),
        ),
    ])
}
