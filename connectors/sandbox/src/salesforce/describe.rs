//! Objects and fields as describe shows them.

use connector_api::{Map, Value, value::object};

use super::schema::{Field, Kind, ObjectType, Schema};

/// Rows that one collections call may hold.
const BATCH_MAX: i64 = 200;

/// All objects.
pub(crate) fn global(schema: &Schema, version: u32) -> Value {
    let objects: Vec<Value> = schema.objects().map(|of| brief(of, version)).collect();
    object([
        ("encoding", "UTF-8".into()),
        ("maxBatchSize", BATCH_MAX.into()),
        ("sobjects", objects.into()),
    ])
}

/// One object without its fields.
pub(crate) fn brief(of: &ObjectType, version: u32) -> Value {
    let path = format!("/services/data/v{version}.0/sobjects/{}", of.name);
    let standard = !of.custom();
    object([
        ("activateable", false.into()),
        ("associateEntityType", Value::Null),
        ("associateParentEntity", Value::Null),
        ("createable", of.createable.into()),
        ("custom", of.custom().into()),
        ("customSetting", false.into()),
        ("deepCloneable", false.into()),
        ("deletable", of.deletable.into()),
        ("deprecatedAndHidden", false.into()),
        ("feedEnabled", false.into()),
        ("hasSubtypes", false.into()),
        ("isInterface", false.into()),
        ("isSubtype", false.into()),
        ("keyPrefix", of.prefix.as_str().into()),
        ("label", of.label.as_str().into()),
        ("labelPlural", of.plural.as_str().into()),
        ("layoutable", of.createable.into()),
        (
            "mergeable",
            ["Account", "Contact", "Lead"].contains(&of.name.as_str()).into(),
        ),
        ("mruEnabled", (standard && of.createable).into()),
        ("name", of.name.as_str().into()),
        ("queryable", true.into()),
        ("replicateable", of.createable.into()),
        ("retrieveable", true.into()),
        ("searchable", of.createable.into()),
        ("triggerable", of.createable.into()),
        ("undeletable", of.undeletable.into()),
        ("updateable", of.updateable.into()),
        (
            "urls",
            object([
                ("sobject", path.as_str().into()),
                ("describe", format!("{path}/describe").into()),
                ("rowTemplate", format!("{path}/{{ID}}").into()),
            ]),
        ),
    ])
}

/// One object with its fields and child relationships.
pub(crate) fn object_type(schema: &Schema, of: &ObjectType, version: u32) -> Value {
    let none = || Value::Array(Vec::new());
    let children: Vec<Value> = schema
        .children(&of.name)
        .into_iter()
        .map(|child| {
            object([
                ("cascadeDelete", child.cascade.into()),
                ("childSObject", child.object.name.as_str().into()),
                ("deprecatedAndHidden", false.into()),
                ("field", child.field.into()),
                ("junctionIdListNames", none()),
                ("junctionReferenceTo", none()),
                ("relationshipName", child.name.into()),
                ("restrictedDelete", false.into()),
            ])
        })
        .collect();
    let fields: Vec<Value> = of.fields().map(field).collect();
    let mut body = brief(of, version);
    let members = object([
        ("actionOverrides", none()),
        ("childRelationships", children.into()),
        ("compactLayoutable", of.createable.into()),
        ("fields", fields.into()),
        ("listviewable", Value::Null),
        ("lookupLayoutable", Value::Null),
        ("namedLayoutInfos", none()),
        ("networkScopeFieldName", Value::Null),
        (
            "recordTypeInfos",
            Value::Array(vec![master_record_type(of, version)]),
        ),
        ("searchLayoutable", of.createable.into()),
        (
            "supportedScopes",
            Value::Array(vec![object([
                ("label", format!("All {}", of.plural).into()),
                ("name", "everything".into()),
            ])]),
        ),
    ]);
    if let (Value::Object(body), Value::Object(members)) = (&mut body, members) {
        body.extend(members);
    }
    body
}

fn master_record_type(of: &ObjectType, version: u32) -> Value {
    let path = format!(
        "/services/data/v{version}.0/sobjects/{}/describe/layouts/012000000000000AAA",
        of.name
    );
    object([
        ("active", true.into()),
        ("available", true.into()),
        ("defaultRecordTypeMapping", true.into()),
        ("developerName", "Master".into()),
        ("master", true.into()),
        ("name", "Master".into()),
        ("recordTypeId", "012000000000000AAA".into()),
        ("urls", object([("layout", path.into())])),
    ])
}

fn field(of: &Field) -> Value {
    let reference = of.reference.as_ref();
    let number = matches!(of.kind, Kind::Int | Kind::Double | Kind::Currency | Kind::Percent);
    let length = i64::from(of.length);
    let id_like = matches!(of.kind, Kind::Id | Kind::Reference);
    let text_length = if id_like { 18 } else { length };
    let (digits, precision) = match of.kind {
        Kind::Int => (i64::from(of.precision), 0),
        _ if number => (0, i64::from(of.precision)),
        _ => (0, 0),
    };
    let choices: Vec<Value> = of
        .values
        .iter()
        .map(|value| {
            object([
                ("active", true.into()),
                ("defaultValue", (of.default.as_str() == Some(value)).into()),
                ("label", value.as_str().into()),
                ("validFor", Value::Null),
                ("value", value.as_str().into()),
            ])
        })
        .collect();
    let targets: Vec<Value> = reference
        .into_iter()
        .map(|reference| reference.to.as_str().into())
        .collect();
    let parent = reference.and_then(|reference| reference.parent.clone());
    let cascade = reference.is_some_and(|reference| reference.cascade);
    let yes_no = |members: &[(&str, bool)]| -> Map {
        members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect()
    };
    let mut members = yes_no(&[
        ("aggregatable", of.filterable && of.kind != Kind::Boolean),
        ("aiPredictionField", false),
        ("autoNumber", false),
        ("calculated", false),
        ("cascadeDelete", cascade),
        ("caseSensitive", of.case_sensitive),
        ("createable", of.createable),
        ("custom", of.custom()),
        ("defaultedOnCreate", of.defaulted),
        ("dependentPicklist", false),
        ("deprecatedAndHidden", false),
        ("displayLocationInDecimal", false),
        ("encrypted", false),
        ("externalId", of.external_id),
        ("filterable", of.filterable),
        ("formulaTreatNullNumberAsZero", false),
        ("groupable", of.filterable && !number && of.kind != Kind::DateTime),
        ("highScaleNumber", false),
        ("htmlFormatted", false),
        ("idLookup", of.id_lookup),
        ("nameField", of.name_field),
        ("namePointing", false),
        ("nillable", of.nillable),
        ("permissionable", of.nillable && (of.createable || of.updateable)),
        ("polymorphicForeignKey", false),
        ("queryByDistance", false),
        ("restrictedDelete", false),
        ("restrictedPicklist", of.restricted),
        ("searchPrefilterable", id_like),
        ("sortable", of.filterable),
        ("unique", of.unique),
        ("updateable", of.updateable),
        ("writeRequiresMasterRead", false),
    ]);
    let rest = object([
        ("byteLength", (if id_like { 18 } else { length * 3 }).into()),
        ("calculatedFormula", Value::Null),
        ("compoundFieldName", Value::Null),
        ("controllerName", Value::Null),
        ("defaultValue", of.default.clone()),
        ("defaultValueFormula", Value::Null),
        ("digits", digits.into()),
        ("extraTypeInfo", Value::Null),
        ("filteredLookupInfo", Value::Null),
        ("inlineHelpText", Value::Null),
        ("label", of.label.as_str().into()),
        ("length", text_length.into()),
        ("mask", Value::Null),
        ("maskType", Value::Null),
        ("name", of.name.as_str().into()),
        ("picklistValues", choices.into()),
        ("precision", precision.into()),
        ("referenceTargetField", Value::Null),
        ("referenceTo", targets.into()),
        ("relationshipName", parent.into()),
        (
            "relationshipOrder",
            if cascade && of.custom() {
                0.into()
            } else {
                Value::Null
            },
        ),
        ("scale", i64::from(of.scale).into()),
        ("soapType", soap_type(of.kind).into()),
        ("type", type_name(of.kind).into()),
    ]);
    if let Value::Object(rest) = rest {
        members.extend(rest);
    }
    members.sort_keys();
    Value::Object(members)
}

/// The name of a kind in describe.
pub(crate) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Id => "id",
        Kind::Text => "string",
        Kind::TextArea => "textarea",
        Kind::Email => "email",
        Kind::Phone => "phone",
        Kind::Url => "url",
        Kind::Picklist => "picklist",
        Kind::MultiPicklist => "multipicklist",
        Kind::Boolean => "boolean",
        Kind::Int => "int",
        Kind::Double => "double",
        Kind::Currency => "currency",
        Kind::Percent => "percent",
        Kind::Date => "date",
        Kind::DateTime => "datetime",
        Kind::Reference => "reference",
        Kind::Address => "address",
    }
}

fn soap_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference => "tns:ID",
        Kind::Boolean => "xsd:boolean",
        Kind::Int => "xsd:int",
        Kind::Double | Kind::Currency | Kind::Percent => "xsd:double",
        Kind::Date => "xsd:date",
        Kind::DateTime => "xsd:dateTime",
        Kind::Address => "urn:address",
        _ => "xsd:string",
    }
}
