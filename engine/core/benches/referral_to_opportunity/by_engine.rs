//! The flow as the engine runs it: the files of `flow/` on a host with two connections.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use connector_api::{
    BoxFuture, CheckItem, Connection, Descriptor, Effect, ErrorClass, Field, ObjectDescriptor, OperationCall,
    OperationDescriptor, OperationError, OperationOutput, Shape, Value, WebhookRequest, value::object,
};
use engine_core::catalog::Catalog;
use engine_core::run::{Clock, StoreCarrier};
use engine_core::service::{Host, HostOptions, HttpCall, Timing};
use engine_core::solution::{SolutionFile, load};
use engine_core::store::DiskStore;

use crate::Services;

const FLOW: &str = "referral-event-to-opportunity";
const FILES: [(&str, &str); 3] = [
    ("solution.yaml", include_str!("flow/solution.yaml")),
    (
        "referral-event-to-opportunity.yaml",
        include_str!("flow/referral-event-to-opportunity.yaml"),
    ),
    ("mappings/deal.yaml", include_str!("flow/mappings/deal.yaml")),
];

pub(crate) struct ByEngine {
    host: Host,
    secret: String,
}

impl ByEngine {
    pub(crate) async fn new(folder: &Path, services: Services) -> Self {
        let files: Vec<SolutionFile> = FILES
            .iter()
            .map(|(path, text)| SolutionFile {
                path: (*path).to_owned(),
                shown: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        let (checked, found) = engine_core::check::check(&load(&files), &catalog());
        let checked = checked.unwrap_or_else(|| panic!("the flow of the bench is wrong: {found:#?}"));
        let store = Arc::new(DiskStore::open(folder).unwrap());
        let connection: Arc<dyn Connection> = Arc::new(Over(services));
        let host = Host::new(HostOptions {
            solution: checked.solution().clone(),
            files,
            catalog: (**checked.catalog()).clone(),
            connections: BTreeMap::from([
                ("partner_center".to_owned(), connection.clone()),
                ("salesforce".to_owned(), connection),
            ]),
            environment: object([]),
            store: store.clone(),
            carrier: Arc::new(StoreCarrier::new(store, Clock::System)),
            timing: Timing::default(),
            public_url: Some("http://localhost".into()),
            off: BTreeSet::new(),
        })
        .await
        .unwrap();
        host.start().await.unwrap();
        let address = host.flow_url(FLOW).unwrap();
        let secret = address.rsplit('/').next().unwrap_or_default().to_owned();
        Self { host, secret }
    }

    pub(crate) async fn run(&self, body: &[u8]) -> Result<Value, String> {
        let answer = self
            .host
            .accept_http(HttpCall {
                flow: FLOW.to_owned(),
                secret: self.secret.clone(),
                method: "POST".to_owned(),
                queries: Vec::new(),
                request: WebhookRequest {
                    headers: Vec::new(),
                    body: body.to_vec(),
                },
            })
            .await;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(format!("{status}: {}", answer.body)),
        }
    }
}

/// Both connections: the engine's calls as calls of the services.
struct Over(Services);

impl Connection for Over {
    fn check(&self) -> BoxFuture<'_, Vec<CheckItem>> {
        Box::pin(async { Vec::new() })
    }

    fn call(&self, call: OperationCall) -> BoxFuture<'_, Result<OperationOutput, OperationError>> {
        Box::pin(async move {
            let text = |name: &str| call.inputs.get(name).and_then(Value::as_str).unwrap_or_default();
            let fields = call.inputs.get("fields").unwrap_or(&Value::Null);
            let answer = match call.operation.as_str() {
                "get_referral" => self.0.get_referral(text("id")).await,
                "query" => self.0.find_account(text("name")).await,
                "create_record" => self.0.create_account(fields).await,
                "upsert_record" => self.0.upsert_opportunity(text("id"), fields).await,
                other => Err(format!("there is no operation {other}")),
            };
            let body = answer.map_err(|message| {
                OperationError::new(ErrorClass::UnexpectedResponse, "upstream", message)
            })?;
            Ok(OperationOutput {
                status: Some(200),
                body,
                ..OperationOutput::default()
            })
        })
    }
}

fn catalog() -> Catalog {
    let text = || Field::required(Shape::text(), "");
    let optional = |shape| Field::optional(shape, "");
    let referral = Shape::open_object([
        ("id", text()),
        ("name", text()),
        ("status", text()),
        ("customerProfile", Field::required(Shape::open_object([]), "")),
        ("details", Field::required(Shape::open_object([]), "")),
    ]);
    let written = || Shape::open_object([("id", text())]);
    let fields = || Field::required(Shape::open_object([]), "");
    let operation = |name, effect, inputs, output| OperationDescriptor {
        name,
        doc: "",
        effect,
        inputs,
        output,
    };
    let service = |name, operations, objects| Descriptor {
        name,
        doc: "",
        settings: Vec::new(),
        operations,
        triggers: Vec::new(),
        webhook: None,
        objects,
    };
    let partner_center = service(
        "partner_center",
        vec![operation(
            "get_referral",
            Effect::Read,
            Shape::object([("id", text())]),
            referral.clone(),
        )],
        vec![ObjectDescriptor {
            name: "Referral",
            shape: referral,
        }],
    );
    let salesforce = service(
        "salesforce",
        vec![
            operation(
                "create_record",
                Effect::Create,
                Shape::object([("object", text()), ("fields", fields())]),
                written(),
            ),
            operation(
                "query",
                Effect::Read,
                Shape::object([("name", text())]),
                Shape::open_object([]),
            ),
            operation(
                "upsert_record",
                Effect::Idempotent,
                Shape::object([("object", text()), ("id", text()), ("fields", fields())]),
                written(),
            ),
        ],
        vec![ObjectDescriptor {
            name: "Opportunity",
            shape: Shape::open_object([
                ("Name", Field::required(Shape::text_max(120), "")),
                ("CloseDate", optional(Shape::Date)),
                ("StageName", optional(Shape::text())),
            ]),
        }],
    );
    Catalog::new([Arc::new(partner_center), Arc::new(salesforce)])
}
