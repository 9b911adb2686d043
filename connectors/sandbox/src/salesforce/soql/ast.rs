//! A query as it was written. Places are bytes of the text, for errors.

/// `Account.Owner.Name`
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) names: Vec<String>,
    pub(crate) at: usize,
}

/// What a query selects.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Field(Path),
    /// `MAX(Amount) biggest`; without an argument only `COUNT()`.
    Call {
        function: String,
        argument: Option<Path>,
        alias: Option<String>,
        at: usize,
    },
    /// `FIELDS(ALL)`
    Fields {
        group: String,
        at: usize,
    },
    Subquery(Box<Select>),
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a field is compared with.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    /// As quoted, escapes and all.
    Text(String),
    /// Begins with a digit: number, date, date and time.
    Number(String),
    Boolean(bool),
    Null,
    /// `LAST_N_DAYS:30`
    Days {
        word: String,
        count: Option<i64>,
    },
}

/// A literal and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct PlacedLiteral {
    pub(crate) literal: Literal,
    pub(crate) at: usize,
}

/// What a row must fulfil.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Path, Comparison, PlacedLiteral),
    Like(Path, PlacedLiteral),
    In {
        path: Path,
        negated: bool,
        literals: Vec<PlacedLiteral>,
    },
    InSelect {
        path: Path,
        negated: bool,
        select: Box<Select>,
    },
    Includes {
        path: Path,
        negated: bool,
        literals: Vec<PlacedLiteral>,
    },
}

/// `Name DESC NULLS LAST`
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) path: Path,
    pub(crate) descending: bool,
    pub(crate) nulls_last: bool,
}

/// One SELECT, at the top or inside another.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) items: Vec<Item>,
    /// An object, or a child relationship in a subquery.
    pub(crate) from: Path,
    pub(crate) alias: Option<String>,
    pub(crate) condition: Option<Condition>,
    pub(crate) group_by: Vec<Path>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<usize>,
    pub(crate) offset: usize,
}
