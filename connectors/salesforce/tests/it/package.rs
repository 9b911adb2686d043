//! The package in `schemas/salesforce` and the shapes used for offline checks say the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use connector_api::{Field, Shape};
use connector_salesforce::connector;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/salesforce/force-app/main/default")
}

/// The texts of an element, in order.
fn all<'a>(xml: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    xml.split(&open)
        .skip(1)
        .map(|rest| rest.split(&close).next().unwrap())
        .collect()
}

fn one<'a>(xml: &'a str, element: &str) -> Option<&'a str> {
    all(xml, element).first().copied()
}

/// All field files: object, field name, text.
fn fields() -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for object in fs::read_dir(root().join("objects")).unwrap() {
        let object = object.unwrap();
        for file in fs::read_dir(object.path().join("fields")).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            let name = name.strip_suffix(".field-meta.xml").unwrap().to_owned();
            let object = object.file_name().into_string().unwrap();
            found.insert((object, name), fs::read_to_string(file.path()).unwrap());
        }
    }
    found
}

fn shapes() -> BTreeMap<(String, String), Field> {
    let descriptor = connector().descriptor();
    let mut found = BTreeMap::new();
    for object in &descriptor.objects {
        for (name, field) in &object.shape.as_object().unwrap().fields {
            if name.ends_with("__c") {
                found.insert((object.name.to_owned(), name.clone()), field.clone());
            }
        }
    }
    found
}

fn shape_of(xml: &str) -> Shape {
    let number = |element| one(xml, element).unwrap().parse().unwrap();
    match one(xml, "type").unwrap() {
        "Text" => Shape::text_max(number("length")),
        "LongTextArea" => {
            assert_eq!(one(xml, "visibleLines"), Some("4"));
            Shape::text_max(number("length"))
        }
        "Url" => Shape::text_max(255),
        "Checkbox" => {
            assert_eq!(one(xml, "defaultValue"), Some("false"));
            Shape::Boolean
        }
        "Currency" | "Number" => Shape::Number {
            precision: Some(number("precision")),
            scale: Some(number("scale")),
        },
        "MasterDetail" => Shape::text_max(18),
        "Picklist" => {
            assert_eq!(one(xml, "restricted"), Some("true"));
            let values: Vec<&str> = all(xml, "value")
                .into_iter()
                .map(|value| {
                    assert_eq!(one(value, "fullName"), one(value, "label"));
                    one(value, "fullName").unwrap()
                })
                .collect();
            Shape::one_of(&values)
        }
        other => panic!("`{other}` is not expected in the package"),
    }
}

#[test]
fn the_package_and_the_shapes_hold_the_same_fields() {
    let files = fields();
    let shapes = shapes();
    let names = |keys: Vec<&(String, String)>| keys.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(names(files.keys().collect()), names(shapes.keys().collect()));
    assert_eq!(files.len(), 16);
    for (key, xml) in &files {
        assert_eq!(one(xml, "fullName"), Some(key.1.as_str()));
        assert_eq!(shape_of(xml), shapes[key].shape, "{key:?}");
        let required = one(xml, "required") == Some("true") || one(xml, "type") == Some("MasterDetail");
        assert_eq!(required, shapes[key].required, "{key:?}");
    }
}

#[test]
fn the_referral_identifier_is_an_external_id_and_unique() {
    for object in ["Opportunity", "Lead"] {
        let files = fields();
        let xml = &files[&(object.to_owned(), "Referral_Identifier__c".to_owned())];
        for (element, value) in [
            ("externalId", "true"),
            ("unique", "true"),
            ("caseSensitive", "false"),
            ("length", "100"),
        ] {
            assert_eq!(one(xml, element), Some(value), "{object} {element}");
        }
    }
}

#[test]
fn the_solutions_are_details_of_the_opportunity() {
    let files = fields();
    let object = "Microsoft_Partner_Center_Solution__c";
    let lookup = &files[&(object.to_owned(), "Opportunity__c".to_owned())];
    assert_eq!(one(lookup, "referenceTo"), Some("Opportunity"));
    let relationship = one(lookup, "relationshipName").unwrap();
    assert_eq!(relationship, "Microsoft_Partner_Center_Solutions");
    let descriptor = connector().descriptor();
    let opportunity = descriptor
        .object("Opportunity")
        .unwrap()
        .shape
        .as_object()
        .unwrap();
    assert!(opportunity.fields.contains_key(&format!("{relationship}__r")));
    // A master-detail field takes neither of these; the deployment would be refused.
    assert_eq!(
        (one(lookup, "required"), one(lookup, "deleteConstraint")),
        (None, None)
    );
    let path = root().join(format!("objects/{object}/{object}.object-meta.xml"));
    let xml = fs::read_to_string(path).unwrap();
    assert_eq!(one(&xml, "sharingModel"), Some("ControlledByParent"));
    assert_eq!(one(&xml, "deploymentStatus"), Some("Deployed"));
    assert_eq!(all(&xml, "label"), ["Microsoft Solution", "Solution Name"]);
}

#[test]
fn the_permission_set_covers_every_field_that_may_stand_in_one() {
    let xml = fs::read_to_string(root().join("permissionsets/Co_sell_Sync.permissionset-meta.xml")).unwrap();
    let mut granted: Vec<&str> = all(&xml, "fieldPermissions")
        .into_iter()
        .map(|entry| {
            assert_eq!(
                (one(entry, "editable"), one(entry, "readable")),
                (Some("true"), Some("true"))
            );
            one(entry, "field").unwrap()
        })
        .collect();
    granted.sort_unstable();
    let mut expected: Vec<String> = fields()
        .into_iter()
        .filter(|(_, xml)| one(xml, "required") != Some("true") && one(xml, "type") != Some("MasterDetail"))
        .map(|((object, field), _)| format!("{object}.{field}"))
        .collect();
    expected.sort_unstable();
    assert_eq!(granted, expected);
    let objects: Vec<&str> = all(&xml, "objectPermissions")
        .into_iter()
        .map(|entry| one(entry, "object").unwrap())
        .collect();
    assert!(objects.contains(&"Microsoft_Partner_Center_Solution__c"));
}
