//! What one org holds: schema, rows, sessions, settings, and what tests have told it to do.

use std::collections::VecDeque;

use connector_api::{Map, Value, value::object};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::catalog::{self, COUNTRIES, CURRENCIES, STAGES};
use super::cursor::Cursors;
use super::id;
use super::moment;
use super::rules::Rules;
use super::schema::{Field, Schema};
use super::session::Sessions;
use super::store::{Row, Store};
use crate::ids::Ids;

/// The org's own id.
pub(crate) const ORG_ID: &str = "00D5f00000BzQ1k";
/// When everything an org starts with was made.
const FOUNDED: &str = "2026-01-05T08:00:00.000+0000";
/// Minutes over which API calls are counted.
const USAGE_MINUTES: i64 = 24 * 60;

/// The people of the org. The order is that of their ids.
pub(crate) const USERS: [User; 5] = [
    User {
        username: "integration@contoso.example",
        first: "Co-sell",
        last: "Integration",
        alias: "cosell",
    },
    User {
        username: "sally.seller@contoso.example",
        first: "Sally",
        last: "Seller",
        alias: "sally",
    },
    User {
        username: "sam.seller@contoso.example",
        first: "Sam",
        last: "Seller",
        alias: "sam",
    },
    User {
        username: "inbox@contoso.example",
        first: "Unassigned",
        last: "Inbox",
        alias: "inbox",
    },
    User {
        username: "former.seller@contoso.example",
        first: "Former",
        last: "Seller",
        alias: "former",
    },
];
/// Who gets what assignment rules assign.
const ASSIGNEE: usize = 3;
/// Who has left.
const INACTIVE: usize = 4;

/// A person of the org.
pub(crate) struct User {
    pub(crate) username: &'static str,
    first: &'static str,
    last: &'static str,
    alias: &'static str,
}

/// Switches of the org, set through the admin API.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Calls allowed in 24 hours.
    pub(crate) api_calls_max: u64,
    /// Rows per page whatever the client asks for.
    pub(crate) page_rows: Option<usize>,
    /// Whether Lead and Account are assigned unless a call says otherwise.
    pub(crate) assignment_rules: bool,
    /// Whether `SystemModstamp` carries milliseconds.
    pub(crate) modstamp_milliseconds: bool,
    /// Whether a refresh token dies with its use.
    pub(crate) rotate_refresh_tokens: bool,
    /// How long an unused session lives.
    pub(crate) session_seconds: i64,
}

/// A change of [`Settings`] and of the switches that show in the schema.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SettingsChange {
    api_calls_max: Option<u64>,
    page_rows: Option<usize>,
    assignment_rules: Option<bool>,
    modstamp_milliseconds: Option<bool>,
    rotate_refresh_tokens: Option<bool>,
    session_seconds: Option<i64>,
    multi_currency: Option<bool>,
    state_and_country_picklists: Option<bool>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_calls_max: 5_000_000,
            page_rows: None,
            assignment_rules: true,
            modstamp_milliseconds: true,
            rotate_refresh_tokens: false,
            session_seconds: 7_200,
        }
    }
}

/// One org.
pub(crate) struct State {
    pub(crate) schema: Schema,
    pub(crate) store: Store,
    pub(crate) sessions: Sessions,
    pub(crate) cursors: Cursors,
    pub(crate) rules: Rules,
    pub(crate) settings: Settings,
    /// When objects or fields last changed.
    pub(crate) schema_changed: Timestamp,
    sequence: u64,
    last_stamp: Timestamp,
    /// Calls by minute, oldest first.
    usage: VecDeque<(i64, u64)>,
}

impl State {
    /// An org with its standard records and nothing else.
    pub(crate) fn new(_ids: &Ids) -> Self {
        let mut state = Self {
            schema: catalog::schema(),
            store: Store::default(),
            sessions: Sessions::default(),
            cursors: Cursors::default(),
            rules: Rules::default(),
            settings: Settings::default(),
            schema_changed: moment::read_datetime(FOUNDED).unwrap_or(Timestamp::UNIX_EPOCH),
            sequence: 0,
            last_stamp: Timestamp::UNIX_EPOCH,
            usage: VecDeque::new(),
        };
        state.set_multi_currency(true);
        state.set_country_codes();
        state.seed();
        state.store.commit(Timestamp::UNIX_EPOCH);
        state
    }

    /// A new record id.
    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        self.sequence += 1;
        id::compose(prefix, self.sequence)
    }

    /// The moment of a write. No two writes share a millisecond, so that each can be told from the one before.
    pub(crate) fn stamp(&mut self, now: Timestamp) -> Timestamp {
        let step = SignedDuration::from_millis(1);
        let next = self.last_stamp.checked_add(step).unwrap_or(Timestamp::MAX);
        self.last_stamp = next.max(whole_milliseconds(now));
        self.last_stamp
    }

    /// The text of a write's moment in `SystemModstamp`.
    pub(crate) fn modstamp_text(&self, moment: Timestamp) -> String {
        if self.settings.modstamp_milliseconds {
            moment::datetime_text(moment)
        } else {
            moment::second_text(moment)
        }
    }

    /// Counts a call and tells whether it is still allowed.
    pub(crate) fn count_call(&mut self, now: Timestamp) -> bool {
        let minute = now.as_second().div_euclid(60);
        self.usage.retain(|(of, _)| *of > minute - USAGE_MINUTES);
        let allowed = self.calls() < self.settings.api_calls_max;
        match self.usage.back_mut() {
            Some((of, calls)) if *of == minute => *calls += u64::from(allowed),
            _ => self.usage.push_back((minute, u64::from(allowed))),
        }
        allowed
    }

    /// Calls within the last 24 hours.
    pub(crate) fn calls(&self) -> u64 {
        self.usage.iter().map(|(_, calls)| calls).sum()
    }

    /// Applies a change of settings.
    pub(crate) fn change_settings(&mut self, change: SettingsChange) {
        let settings = &mut self.settings;
        settings.api_calls_max = change.api_calls_max.unwrap_or(settings.api_calls_max);
        settings.page_rows = change.page_rows.filter(|rows| *rows > 0).or(settings.page_rows);
        settings.assignment_rules = change.assignment_rules.unwrap_or(settings.assignment_rules);
        settings.modstamp_milliseconds = change
            .modstamp_milliseconds
            .unwrap_or(settings.modstamp_milliseconds);
        settings.rotate_refresh_tokens = change
            .rotate_refresh_tokens
            .unwrap_or(settings.rotate_refresh_tokens);
        settings.session_seconds = change.session_seconds.unwrap_or(settings.session_seconds);
        if let Some(on) = change.multi_currency {
            self.set_multi_currency(on);
        }
        if let Some(on) = change.state_and_country_picklists {
            for name in self.schema.object_names() {
                if let Some(object) = self.schema.object_mut(&name) {
                    for code in CODE_FIELDS {
                        if let Some(field) = object.field_mut(code) {
                            field.hidden = !on;
                        }
                    }
                }
            }
        }
    }

    /// The id of the user with this name, in any case.
    pub(crate) fn user_by_name(&self, username: &str) -> Option<String> {
        self.store
            .live("User")
            .find(|row| row.text("Username").eq_ignore_ascii_case(username))
            .map(|row| row.id.clone())
    }

    /// Whether the apps may act for the user at this place of [`USERS`] without asking.
    pub(crate) fn is_approved(user: usize) -> bool {
        user != ASSIGNEE
    }

    /// Who gets what assignment rules assign.
    pub(crate) fn assignee(&self) -> Option<String> {
        self.user_by_name(USERS[ASSIGNEE].username)
    }

    /// The row of an active stage.
    pub(crate) fn stage(&self, name: &str) -> Option<&Row> {
        self.store
            .live("OpportunityStage")
            .find(|row| {
                row.flag("IsActive") && (row.text("ApiName") == name || row.text("MasterLabel") == name)
            })
            .map(AsRef::as_ref)
    }

    /// Adds a stage, or changes the one of the same name, and offers it for `StageName`.
    pub(crate) fn put_stage(&mut self, values: Map, now: Timestamp) {
        let name = values.get("ApiName").cloned().unwrap_or_default();
        let known = self
            .store
            .live("OpportunityStage")
            .find(|row| *row.get("ApiName") == name);
        let known = known.map(|row| row.id.clone());
        let id = known.unwrap_or_else(|| self.next_id("01J"));
        self.put_setup_row("OpportunityStage", &id, values, &moment::second_text(now));
        let mut rows: Vec<_> = self.store.live("OpportunityStage").cloned().collect();
        rows.sort_by_key(|row| row.get("SortOrder").as_i64());
        let offered = rows.iter().filter(|row| row.flag("IsActive"));
        let offered = offered.map(|row| row.text("ApiName").to_owned()).collect();
        if let Some(field) = self
            .schema
            .object_mut("Opportunity")
            .and_then(|object| object.field_mut("StageName"))
        {
            field.values = offered;
        }
    }

    fn set_multi_currency(&mut self, on: bool) {
        for name in [
            "Account",
            "Contact",
            "Lead",
            "Opportunity",
            "User",
            "Microsoft_Partner_Center_Solution__c",
        ] {
            if let Some(object) = self.schema.object_mut(name) {
                let codes: Vec<&str> = CURRENCIES.iter().map(|(code, ..)| *code).collect();
                let mut field = Field::picklist("CurrencyIsoCode", &codes)
                    .restricted()
                    .defaulted(CURRENCIES[0].0);
                field.length = 3;
                field.hidden = !on;
                object.set(field.label("Currency ISO Code"));
            }
        }
        if let Some(field) = self
            .schema
            .object_mut("User")
            .and_then(|user| user.field_mut("DefaultCurrencyIsoCode"))
        {
            field.hidden = !on;
        }
    }

    fn set_country_codes(&mut self) {
        for name in self.schema.object_names() {
            let Some(object) = self.schema.object_mut(&name) else {
                continue;
            };
            for code in CODE_FIELDS.iter().filter(|code| code.ends_with("CountryCode")) {
                if let Some(field) = object.field_mut(code) {
                    field.values = COUNTRIES.iter().map(|(code, _)| (*code).to_owned()).collect();
                    field.restricted = true;
                }
            }
        }
    }

    fn seed(&mut self) {
        for (index, user) in USERS.iter().enumerate() {
            let id = self.next_id("005");
            let values = object([
                ("Username", user.username.into()),
                ("FirstName", user.first.into()),
                ("LastName", user.last.into()),
                ("Name", format!("{} {}", user.first, user.last).into()),
                ("Email", user.username.into()),
                ("Phone", format!("+1425555010{index}").into()),
                ("Alias", user.alias.into()),
                ("CommunityNickname", user.alias.into()),
                ("IsActive", (index != INACTIVE).into()),
                ("UserType", "Standard".into()),
                ("TimeZoneSidKey", "GMT".into()),
                ("LocaleSidKey", "en_US".into()),
                ("EmailEncodingKey", "UTF-8".into()),
                ("LanguageLocaleKey", "en_US".into()),
                ("DefaultCurrencyIsoCode", CURRENCIES[0].0.into()),
                ("CurrencyIsoCode", CURRENCIES[0].0.into()),
            ]);
            self.put_setup_row("User", &id, members(values), FOUNDED);
        }
        let organization = object([
            ("Name", "Contoso Partner".into()),
            ("InstanceName", "CS42".into()),
            ("IsSandbox", true.into()),
            ("OrganizationType", "Enterprise Edition".into()),
            ("DefaultLocaleSidKey", "en_US".into()),
            ("TimeZoneSidKey", "GMT".into()),
        ]);
        let org_id = id::long(ORG_ID).unwrap_or_default();
        self.put_setup_row("Organization", &org_id, members(organization), FOUNDED);
        for (code, places, rate) in CURRENCIES {
            let id = self.next_id("01L");
            let rate = connector_api::Number::parse(rate).map_or(Value::Null, Value::Number);
            let values = object([
                ("IsoCode", code.into()),
                ("ConversionRate", rate),
                ("DecimalPlaces", places.into()),
                ("IsActive", true.into()),
                ("IsCorporate", (code == CURRENCIES[0].0).into()),
            ]);
            self.put_setup_row("CurrencyType", &id, members(values), FOUNDED);
        }
        let founded = moment::read_datetime(FOUNDED).unwrap_or(Timestamp::UNIX_EPOCH);
        for (index, stage) in STAGES.iter().enumerate() {
            let values = object([
                ("MasterLabel", stage.name.into()),
                ("ApiName", stage.name.into()),
                ("IsActive", true.into()),
                ("SortOrder", (index as i64 + 1).into()),
                ("IsClosed", stage.closed.into()),
                ("IsWon", stage.won.into()),
                (
                    "ForecastCategory",
                    super::opportunity::forecast_category(stage.forecast).into(),
                ),
                ("ForecastCategoryName", stage.forecast.into()),
                ("DefaultProbability", stage.probability.into()),
            ]);
            self.put_stage(members(values), founded);
        }
    }

    fn put_setup_row(&mut self, object: &str, id: &str, mut values: Map, moment: &str) {
        let founder = self.store.live("User").next().map(|row| row.id.clone());
        let by: Value = founder.unwrap_or_else(|| id.to_owned()).into();
        values.insert("Id".to_owned(), id.into());
        values.insert("IsDeleted".to_owned(), false.into());
        for field in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
            values.insert(field.to_owned(), moment.into());
        }
        for field in ["CreatedById", "LastModifiedById"] {
            values.insert(field.to_owned(), by.clone());
        }
        let row = Row {
            object: object.to_owned(),
            id: id.to_owned(),
            values,
            purged: false,
            client: None,
        };
        self.store.put(row, None);
    }
}

/// Code fields of state and country picklists, on whatever object has them.
const CODE_FIELDS: [&str; 10] = [
    "BillingStateCode",
    "BillingCountryCode",
    "ShippingStateCode",
    "ShippingCountryCode",
    "MailingStateCode",
    "MailingCountryCode",
    "OtherStateCode",
    "OtherCountryCode",
    "StateCode",
    "CountryCode",
];

/// The members of a value built by [`object`].
pub(crate) fn members(value: Value) -> Map {
    if let Value::Object(map) = value {
        map
    } else {
        Map::new()
    }
}

fn whole_milliseconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment)
}
