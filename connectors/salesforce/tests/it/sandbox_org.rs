//! The connector against the sandbox, which is written from the same documents by other hands.

use std::sync::Arc;
use std::time::Duration;

use connector_api::call::reference;
use connector_api::{
    CallContext, ChangesetCall, CheckStatus, Connection, ErrorClass, OperationCall, OperationError,
    OperationOutput, PollCall, PollOutput, Secret, Setting, Settings, Value, value::object,
};
use connector_salesforce::connector;
use sandbox::{Sandbox, SandboxOptions};

use crate::org::{context, json};

struct Org {
    ours: Arc<dyn Connection>,
    seller: Arc<dyn Connection>,
    _sandbox: Sandbox,
}

impl Org {
    async fn start() -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let told = sandbox.credentials().salesforce;
        let text = |value: &str| Setting::Text(value.to_owned());
        let secret = |value: &str| Setting::Secret(Secret::new("test", value));
        let ours = connect([
            ("login_url", text(&told.login_url)),
            ("grant", text("jwt_bearer")),
            ("client_id", text(&told.client_id)),
            ("username", text(&told.username)),
            ("private_key", secret(&told.private_key)),
        ]);
        let seller = connect([
            ("login_url", text(&told.login_url)),
            ("grant", text("client_credentials")),
            ("client_id", text(&told.seller.client_id)),
            ("client_secret", secret(&told.seller.client_secret)),
        ]);
        Self {
            ours,
            seller,
            _sandbox: sandbox,
        }
    }

    async fn poll(&self, cursor: Option<&Value>) -> PollOutput {
        let watch = json(
            r#"[{"side":"salesforce.Opportunity","fields":["Amount"]},
                {"side":"salesforce.Account","fields":["Name","BillingCountry"]},
                {"side":"salesforce.Opportunity","relationship":"OpportunityContactRoles","fields":["IsPrimary","Contact.Email"]},
                {"side":"salesforce.Opportunity","relationship":"Microsoft_Partner_Center_Solutions__r","fields":["Solution_Id__c"]}]"#,
        );
        let call = PollCall {
            trigger: "record_created_or_modified".into(),
            inputs: json(r#"{"object":"Opportunity"}"#),
            cursor: cursor.cloned(),
            watch: Some(watch),
        };
        self.ours.poll(call).await.unwrap()
    }
}

fn connect<const N: usize>(values: [(&str, Setting); N]) -> Arc<dyn Connection> {
    let fixed = [
        ("requests_per_second", Setting::Integer(1000)),
        ("poll_overlap", Setting::Duration(Duration::from_secs(2))),
    ];
    let values = values.into_iter().chain(fixed);
    let settings = Settings {
        name: "salesforce".into(),
        values: values.map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    connector().connect(settings).unwrap()
}

async fn call(
    connection: &Arc<dyn Connection>,
    operation: &str,
    inputs: &str,
) -> Result<OperationOutput, OperationError> {
    in_context(connection, operation, inputs, context()).await
}

async fn in_context(
    connection: &Arc<dyn Connection>,
    operation: &str,
    inputs: &str,
    context: CallContext,
) -> Result<OperationOutput, OperationError> {
    let call = OperationCall {
        operation: operation.into(),
        inputs: json(inputs),
        context,
    };
    connection.call(call).await
}

fn id(output: &OperationOutput) -> String {
    output.body.get("id").unwrap().as_str().unwrap().to_owned()
}

fn deal() -> Vec<ChangesetCall> {
    let call = |action: &str, operation: &str, inputs: Value| ChangesetCall {
        action: action.into(),
        operation: operation.into(),
        inputs,
    };
    let create =
        |object_name: &str, fields: Value| object([("object", object_name.into()), ("fields", fields)]);
    vec![
        call(
            "account",
            "create_record",
            create(
                "Account",
                json(r#"{"Name":"O'Neill \\ Söhne","BillingCountry":"DE"}"#),
            ),
        ),
        call(
            "opportunity",
            "upsert_record",
            object([
                ("object", "Opportunity".into()),
                ("external_id_field", "Referral_Identifier__c".into()),
                ("external_id", "ref-1".into()),
                (
                    "fields",
                    object([
                        ("Name", "Deal".into()),
                        ("StageName", "Prospecting".into()),
                        ("CloseDate", "2027-01-31".into()),
                        ("Amount", json("1234567890123456.78")),
                        ("AccountId", reference("account")),
                    ]),
                ),
            ]),
        ),
        call(
            "contact",
            "create_record",
            create(
                "Contact",
                object([("LastName", "Ng".into()), ("AccountId", reference("account"))]),
            ),
        ),
        call(
            "role",
            "create_record",
            create(
                "OpportunityContactRole",
                object([
                    ("OpportunityId", reference("opportunity")),
                    ("ContactId", reference("contact")),
                    ("IsPrimary", true.into()),
                ]),
            ),
        ),
        call(
            "solutions",
            "create_records",
            object([
                ("object", "Microsoft_Partner_Center_Solution__c".into()),
                (
                    "records",
                    json(r#"[{"Name":"One","Solution_Id__c":"s-1"},{"Name":"Two","Solution_Id__c":"s-2"}]"#),
                ),
                ("set", object([("Opportunity__c", reference("opportunity"))])),
            ]),
        ),
    ]
}

#[tokio::test]
async fn the_org_of_the_sandbox_has_everything() {
    let org = Org::start().await;
    let items = org.ours.check().await;
    let wrong: Vec<_> = items
        .iter()
        .filter(|item| item.status != CheckStatus::Ok)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[tokio::test]
async fn a_deal_is_made_in_one_call_found_again_and_followed() {
    let org = Org::start().await;
    let started = org.poll(None).await;
    let outputs = org.ours.changeset(deal(), context()).await.unwrap();
    let opportunity = id(&outputs[1]);
    assert_eq!(outputs[1].body.get("created"), Some(&true.into()));

    let query = r#"{"query":"SELECT Id, Amount, Account.Name, (SELECT Id, Contact.LastName FROM OpportunityContactRoles), (SELECT Solution_Id__c FROM Microsoft_Partner_Center_Solutions__r ORDER BY Solution_Id__c) FROM Opportunity WHERE Account.Name = :name AND Amount > :least AND StageName IN :stages AND CloseDate = :closes AND Account.Name LIKE :like","parameters":{"name":"O'Neill \\ Söhne","least":1000,"stages":["Prospecting","x'y"],"closes":{"date":"2027-01-31"},"like":{"starts_with":"O'N"}}}"#;
    let found = call(&org.ours, "query", query).await.unwrap();
    let record = found.body.at(&["records", "0"]).expect("the deal is found");
    assert_eq!(record.get("Amount").unwrap().to_json(), "1234567890123456.78");
    assert_eq!(
        record.at(&["OpportunityContactRoles", "0", "Contact", "LastName"]),
        Some(&"Ng".into())
    );
    assert_eq!(
        record.get("Microsoft_Partner_Center_Solutions__r"),
        Some(&json(r#"[{"Solution_Id__c":"s-1"},{"Solution_Id__c":"s-2"}]"#))
    );

    // The same call again, as after a lost answer: nothing is made twice.
    #[allow(
        clippy::disallowed_methods,
        reason = "the sandbox behind this test keeps the machine's time"
    )]
    let again = CallContext {
        look_since: Some(jiff::Timestamp::now()),
        ..context()
    };
    let repeated = org.ours.changeset(deal(), again).await.unwrap();
    for (first, second) in outputs.iter().zip(&repeated) {
        assert_eq!(first.body, second.body);
    }

    let polled = org.poll(Some(&started.cursor)).await;
    let [record] = &polled.records[..] else {
        panic!("one deal: {:?}", polled.records)
    };
    assert_eq!(record.id, opportunity);
    assert!(record.ours);
    assert_eq!(record.body.at(&["Account", "BillingCountry"]), Some(&"DE".into()));
    let quiet = org.poll(Some(&polled.cursor)).await;
    assert!(quiet.records.is_empty(), "{:?}", quiet.records);

    let solution = outputs[4].body.at(&["ids", "0"]).unwrap().as_str().unwrap();
    let inputs = format!(r#"{{"object":"Microsoft_Partner_Center_Solution__c","ids":["{solution}"]}}"#);
    call(&org.seller, "delete_records", &inputs).await.unwrap();
    let polled = org.poll(Some(&quiet.cursor)).await;
    let [record] = &polled.records[..] else {
        panic!("one deal: {:?}", polled.records)
    };
    assert!(!record.ours);
    assert_eq!(
        record
            .body
            .get("Microsoft_Partner_Center_Solutions__r")
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let account = id(&outputs[0]);
    let inputs = format!(r#"{{"object":"Account","id":"{account}","fields":{{"BillingCountry":"FR"}}}}"#);
    call(&org.seller, "update_record", &inputs).await.unwrap();
    let polled = org.poll(Some(&polled.cursor)).await;
    assert_eq!(
        polled.records[0].body.at(&["Account", "BillingCountry"]),
        Some(&"FR".into())
    );
}

#[tokio::test]
async fn every_operation_is_understood() {
    let org = Org::start().await;
    let us = &org.ours;
    let account = call(
        us,
        "create_record",
        r#"{"object":"Account","fields":{"Name":"Acme"}}"#,
    )
    .await
    .unwrap();
    let account = id(&account);
    #[allow(
        clippy::disallowed_methods,
        reason = "the sandbox behind this test keeps the machine's time"
    )]
    let again = CallContext {
        look_since: Some(jiff::Timestamp::now()),
        ..context()
    };
    let repeated = in_context(
        us,
        "create_record",
        r#"{"object":"Account","fields":{"Name":"Acme"}}"#,
        again,
    )
    .await
    .unwrap();
    assert_eq!(id(&repeated), account);

    let inputs = format!(
        r#"{{"object":"Account","records":[{{"Name":"A"}},{{"Name":"B"}}],"set":{{"ParentId":"{account}"}}}}"#
    );
    let two = call(us, "create_records", &inputs).await.unwrap();
    assert_eq!(two.body.get("ids").unwrap().as_array().unwrap().len(), 2);

    let upsert = r#"{"object":"Lead","external_id_field":"Referral_Identifier__c","external_id":"a/b ü","fields":{"LastName":"Ng","Company":"Acme","Status":"Open - Not Contacted"}}"#;
    for created in [true, false] {
        let lead = call(us, "upsert_record", upsert).await.unwrap();
        assert_eq!(lead.body.get("created"), Some(&created.into()));
    }

    let inputs = format!(r#"{{"object":"Account","id":"{account}","fields":["Id","Name"]}}"#);
    let read = call(us, "get_record", &inputs).await.unwrap();
    assert_eq!(read.body, json(&format!(r#"{{"Id":"{account}","Name":"Acme"}}"#)));

    let inputs = format!(
        r#"{{"object":"Account","id":"{account}","fields":{{"Name":"New"}},"if_unmodified_since":"2020-01-01T00:00:00Z"}}"#
    );
    let error = call(us, "update_record", &inputs).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Conflict, "{error}");

    for (inputs, code) in [
        (
            r#"{"object":"Opportunity","fields":{"Name":"x"}}"#,
            "REQUIRED_FIELD_MISSING",
        ),
        (r#"{"object":"Account","fields":{"Nmae":"x"}}"#, "INVALID_FIELD"),
        (r#"{"object":"Accounts","fields":{"Name":"x"}}"#, "NOT_FOUND"),
        (
            r#"{"object":"Opportunity","fields":{"Name":"x","StageName":"Prospecting","CloseDate":"2027-01-01","How_can_Microsoft_help__c":"Tea"}}"#,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
    ] {
        let error = call(us, "create_record", inputs).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, code),
            "{error}"
        );
    }
    let described = call(us, "describe_object", r#"{"object":"Opportunity"}"#)
        .await
        .unwrap();
    assert_eq!(described.body.get("name"), Some(&"Opportunity".into()));

    let inputs = format!(r#"{{"object":"Account","id":"{account}"}}"#);
    for _ in 0..2 {
        call(us, "delete_record", &inputs).await.unwrap();
    }
}

#[tokio::test]
async fn a_failed_changeset_leaves_nothing_behind() {
    let org = Org::start().await;
    let mut calls = deal();
    calls[2].inputs = json(r#"{"object":"Contact","fields":{"FirstName":"Nobody"}}"#);
    let error = org.ours.changeset(calls, context()).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.failed_call, error.field.as_deref()),
        ("REQUIRED_FIELD_MISSING", Some(2), Some("LastName"))
    );
    let query = r#"{"query":"SELECT Id FROM Opportunity WHERE Referral_Identifier__c = 'ref-1'"}"#;
    let found = call(&org.ours, "query", query).await.unwrap();
    assert_eq!(found.body.get("total_size"), Some(&0_i64.into()));
}
