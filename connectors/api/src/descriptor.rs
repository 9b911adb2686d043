//! What a connector can do, as data: validation, documentation and schemas need no network.

use crate::shape::Shape;

/// Everything known about a connector without using it.
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// The connector's name as used in `connections.yaml`: `partner_center`, `salesforce`.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// What a connection of this kind needs to be told.
    pub settings: Vec<SettingDescriptor>,
    /// Its operations, sorted by name.
    pub operations: Vec<OperationDescriptor>,
    /// Its polling triggers, sorted by name.
    pub triggers: Vec<TriggerDescriptor>,
    /// The webhook it can verify, if any.
    pub webhook: Option<WebhookDescriptor>,
    /// The shapes of the service's objects, for mappings: `Referral`, `Opportunity`.
    pub objects: Vec<ObjectDescriptor>,
}

/// One thing a connector can do.
#[derive(Clone, Debug)]
pub struct OperationDescriptor {
    /// snake_case name, as in `partner_center.get_referral`.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// What repeating it does.
    pub effect: Effect,
    /// The shape of `inputs`, always an object.
    pub inputs: Shape,
    /// The shape of `body`.
    pub output: Shape,
}

/// What an operation does when it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something; a second time changes nothing more.
    Idempotent,
    /// Makes something new each time: the connector must look before it repeats.
    Create,
}

/// A trigger that polls with a cursor.
#[derive(Clone, Debug)]
pub struct TriggerDescriptor {
    /// snake_case name, as in `salesforce.record_modified`.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// The shape of `inputs`.
    pub inputs: Shape,
    /// The shape of `trigger.body`.
    pub output: Shape,
    /// Whether `watch: <mapping>` is understood.
    pub watch: bool,
    /// The deal identities found in `trigger.body`.
    pub identities: Vec<Identity>,
}

/// The webhook a connector verifies.
#[derive(Clone, Debug)]
pub struct WebhookDescriptor {
    /// The shape of the body.
    pub body: Shape,
    /// The deal identities found in the body.
    pub identities: Vec<Identity>,
    /// Members that together say that two deliveries are the same event.
    pub same_event: &'static [&'static str],
}

/// Where in a body a deal's identity stands.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `referral`, `engagement`, `opportunity` or `lead`.
    pub kind: &'static str,
    /// Member names from the body's root to the text.
    pub path: &'static [&'static str],
    /// Whether the text is an address whose last path segment is the identity.
    pub last_segment: bool,
}

/// The shape of one of the service's objects.
#[derive(Clone, Debug)]
pub struct ObjectDescriptor {
    /// The object's name at the service: `Referral`, `Opportunity`.
    pub name: &'static str,
    /// Its members.
    pub shape: Shape,
}

/// One setting of a connection.
#[derive(Clone, Debug)]
pub struct SettingDescriptor {
    /// snake_case name in `connections.yaml`.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// What may be written there.
    pub kind: SettingKind,
    /// Whether a connection cannot work without it.
    pub required: bool,
    /// The value in force when none is written, as text for help.
    pub default: Option<&'static str>,
}

/// The kind of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// Text.
    Text,
    /// A list of texts.
    TextList,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// `30s`, `15m`, `1h` or ISO 8601.
    Duration,
    /// A reference to a secret, `env:NAME` or `file:path`; never the secret itself.
    Secret,
}

impl Descriptor {
    /// The operation of that name.
    pub fn operation(&self, name: &str) -> Option<&OperationDescriptor> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// The trigger of that name.
    pub fn trigger(&self, name: &str) -> Option<&TriggerDescriptor> {
        self.triggers.iter().find(|trigger| trigger.name == name)
    }

    /// The object of that name.
    pub fn object(&self, name: &str) -> Option<&ObjectDescriptor> {
        self.objects.iter().find(|object| object.name == name)
    }
}
