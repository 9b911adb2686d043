//! Objects and fields as data. Validation, describe and queries read this and nothing else.

use std::sync::Arc;

use connector_api::Value;
use indexmap::IndexMap;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Text,
    TextArea,
    Email,
    Phone,
    Url,
    Picklist,
    /// Several values, written with `;` between them.
    MultiPicklist,
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    Reference,
    /// A compound that is computed from its parts when read.
    Address,
}

/// Where a reference field points and what the two directions are called.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) to: String,
    /// `Account` in `Account.Name`.
    pub(crate) parent: Option<String>,
    /// `Contacts` in `(SELECT Id FROM Contacts)`.
    pub(crate) children: Option<String>,
    /// Whether rows go when the row they point to goes.
    pub(crate) cascade: bool,
}

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) kind: Kind,
    /// Characters of a text.
    pub(crate) length: u32,
    /// Digits of a number in all.
    pub(crate) precision: u32,
    /// Digits behind the point.
    pub(crate) scale: u32,
    pub(crate) nillable: bool,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    pub(crate) filterable: bool,
    pub(crate) unique: bool,
    pub(crate) external_id: bool,
    pub(crate) case_sensitive: bool,
    pub(crate) id_lookup: bool,
    pub(crate) name_field: bool,
    /// Set by the service when a create leaves it out.
    pub(crate) defaulted: bool,
    pub(crate) default: Value,
    pub(crate) values: Vec<String>,
    pub(crate) restricted: bool,
    pub(crate) reference: Option<Reference>,
    /// Nobody may see it: it looks as if it did not exist.
    pub(crate) hidden: bool,
}

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct ObjectType {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) plural: String,
    pub(crate) prefix: String,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    pub(crate) deletable: bool,
    /// Whether deleted rows wait in the recycle bin.
    pub(crate) undeletable: bool,
    fields: IndexMap<String, Field>,
}

/// A way from a row to rows that point to it.
#[derive(Clone, Debug)]
pub(crate) struct ChildRelation {
    pub(crate) object: Arc<ObjectType>,
    pub(crate) field: String,
    pub(crate) name: Option<String>,
    pub(crate) cascade: bool,
}

/// All objects, in the order they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    objects: IndexMap<String, Arc<ObjectType>>,
}

impl Field {
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            label: label_of(name),
            kind,
            length: 0,
            precision: 0,
            scale: 0,
            nillable: true,
            createable: true,
            updateable: true,
            filterable: kind != Kind::Address,
            unique: false,
            external_id: false,
            case_sensitive: false,
            id_lookup: false,
            name_field: false,
            defaulted: false,
            default: Value::Null,
            values: Vec::new(),
            restricted: false,
            reference: None,
            hidden: false,
        }
    }

    pub(crate) fn text(name: &str, length: u32) -> Self {
        Self::sized(name, Kind::Text, length)
    }

    /// A text of one of the kinds that have a length. A text area longer than 255 cannot be filtered.
    pub(crate) fn sized(name: &str, kind: Kind, length: u32) -> Self {
        let mut field = Self::new(name, kind);
        field.length = length;
        field.filterable = kind != Kind::TextArea || length <= 255;
        field
    }

    pub(crate) fn number(name: &str, kind: Kind, precision: u32, scale: u32) -> Self {
        Self {
            precision,
            scale,
            ..Self::new(name, kind)
        }
    }

    pub(crate) fn picklist(name: &str, values: &[&str]) -> Self {
        Self {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            ..Self::sized(name, Kind::Picklist, 255)
        }
    }

    pub(crate) fn boolean(name: &str) -> Self {
        Self {
            nillable: false,
            defaulted: true,
            default: Value::Bool(false),
            ..Self::new(name, Kind::Boolean)
        }
    }

    /// A reference; the parent's name is the field's without `Id`, or with `__r` for `__c`.
    pub(crate) fn reference(name: &str, to: &str, children: Option<&str>) -> Self {
        let parent = match name.strip_suffix("__c") {
            Some(custom) => Some(format!("{custom}__r")),
            None => name.strip_suffix("Id").map(str::to_owned),
        };
        Self {
            reference: Some(Reference {
                to: to.to_owned(),
                parent,
                children: children.map(str::to_owned),
                cascade: false,
            }),
            ..Self::sized(name, Kind::Reference, 18)
        }
    }

    pub(crate) fn required(mut self) -> Self {
        self.nillable = false;
        self
    }

    pub(crate) fn read_only(mut self) -> Self {
        self.createable = false;
        self.updateable = false;
        self
    }

    pub(crate) fn create_only(mut self) -> Self {
        self.updateable = false;
        self
    }

    pub(crate) fn restricted(mut self) -> Self {
        self.restricted = true;
        self
    }

    /// The key of an upsert: external id and unique.
    pub(crate) fn external(mut self) -> Self {
        self.unique = true;
        self.external_id = true;
        self.id_lookup = true;
        self
    }

    pub(crate) fn id_lookup(mut self) -> Self {
        self.id_lookup = true;
        self
    }

    pub(crate) fn name_field(mut self) -> Self {
        self.name_field = true;
        self
    }

    pub(crate) fn defaulted(mut self, value: impl Into<Value>) -> Self {
        self.defaulted = true;
        self.default = value.into();
        self
    }

    pub(crate) fn cascade(mut self) -> Self {
        if let Some(reference) = &mut self.reference {
            reference.cascade = true;
        }
        self
    }

    pub(crate) fn label(mut self, label: &str) -> Self {
        label.clone_into(&mut self.label);
        self
    }

    pub(crate) fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// Whether a create without it is refused.
    pub(crate) fn required_on_create(&self) -> bool {
        self.createable && !self.nillable && !self.defaulted
    }

    /// Whether it holds text that is trimmed and measured.
    pub(crate) fn is_text(&self) -> bool {
        matches!(
            self.kind,
            Kind::Text
                | Kind::TextArea
                | Kind::Email
                | Kind::Phone
                | Kind::Url
                | Kind::Picklist
                | Kind::MultiPicklist
        )
    }
}

impl ObjectType {
    pub(crate) fn new(name: &str, prefix: &str, fields: Vec<Field>) -> Self {
        let label = label_of(name);
        let plural = match label.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{label}s"),
        };
        let mut object = Self {
            name: name.to_owned(),
            label,
            plural,
            prefix: prefix.to_owned(),
            createable: true,
            updateable: true,
            deletable: true,
            undeletable: true,
            fields: IndexMap::new(),
        };
        object.set(
            Field::new("Id", Kind::Id)
                .read_only()
                .required()
                .defaulted(Value::Null)
                .id_lookup(),
        );
        object.set(Field::boolean("IsDeleted").read_only());
        for field in fields {
            object.set(field);
        }
        for (name, kind) in [
            ("CreatedDate", Kind::DateTime),
            ("LastModifiedDate", Kind::DateTime),
            ("SystemModstamp", Kind::DateTime),
        ] {
            object.set(
                Field::new(name, kind)
                    .read_only()
                    .required()
                    .defaulted(Value::Null),
            );
        }
        for name in ["CreatedById", "LastModifiedById"] {
            object.set(
                Field::reference(name, "User", None)
                    .read_only()
                    .required()
                    .defaulted(Value::Null),
            );
        }
        object
    }

    /// Configuration that the API only reads.
    pub(crate) fn read_only(mut self) -> Self {
        self.createable = false;
        self.updateable = false;
        self.deletable = false;
        self.undeletable = false;
        self
    }

    pub(crate) fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// Adds a field or replaces the one of the same name.
    pub(crate) fn set(&mut self, field: Field) {
        self.fields.insert(field.name.to_lowercase(), field);
    }

    /// A visible field, by its name in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .get(&name.to_lowercase())
            .filter(|field| !field.hidden)
    }

    /// Any field, for changes to the schema.
    pub(crate) fn field_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.get_mut(&name.to_lowercase())
    }

    /// The visible reference field whose parent has this name.
    pub(crate) fn parent(&self, name: &str) -> Option<&Field> {
        self.fields().find(|field| {
            let parent = field
                .reference
                .as_ref()
                .and_then(|reference| reference.parent.as_deref());
            parent.is_some_and(|parent| parent.eq_ignore_ascii_case(name))
        })
    }

    /// All visible fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.values().filter(|field| !field.hidden)
    }

    /// All fields, hidden ones too: what the service itself must keep right.
    pub(crate) fn all_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.values()
    }
}

impl Schema {
    pub(crate) fn add(&mut self, object: ObjectType) {
        self.objects.insert(object.name.to_lowercase(), Arc::new(object));
    }

    /// An object, by its name in any case.
    pub(crate) fn object(&self, name: &str) -> Option<&Arc<ObjectType>> {
        self.objects.get(&name.to_lowercase())
    }

    pub(crate) fn object_mut(&mut self, name: &str) -> Option<&mut ObjectType> {
        self.objects.get_mut(&name.to_lowercase()).map(Arc::make_mut)
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &Arc<ObjectType>> {
        self.objects.values()
    }

    pub(crate) fn object_names(&self) -> Vec<String> {
        self.objects.values().map(|object| object.name.clone()).collect()
    }

    /// Every way from a row of `parent` to rows that point to it.
    pub(crate) fn children(&self, parent: &str) -> Vec<ChildRelation> {
        let mut relations = Vec::new();
        for object in self.objects.values() {
            for field in object.all_fields() {
                if let Some(reference) = &field.reference
                    && reference.to == parent
                {
                    relations.push(ChildRelation {
                        object: object.clone(),
                        field: field.name.clone(),
                        name: reference.children.clone().filter(|_| !field.hidden),
                        cascade: reference.cascade,
                    });
                }
            }
        }
        relations
    }
}

/// `StageName` becomes `Stage Name`, `Deal_Value__c` becomes `Deal Value`.
fn label_of(name: &str) -> String {
    if let Some(custom) = name.strip_suffix("__c") {
        return custom.replace('_', " ");
    }
    let name = name
        .strip_suffix("Id")
        .filter(|rest| !rest.is_empty())
        .unwrap_or(name);
    let mut label = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && previous_lower {
            label.push(' ');
        }
        previous_lower = letter.is_ascii_lowercase();
        label.push(letter);
    }
    label
}
