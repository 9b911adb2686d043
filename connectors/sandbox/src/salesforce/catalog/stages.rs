//! The stages an org has out of the box.

/// A stage and what an opportunity takes from it.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) probability: i64,
    pub(crate) closed: bool,
    pub(crate) won: bool,
    /// Value of `ForecastCategoryName`.
    pub(crate) forecast: &'static str,
}

const fn open(name: &'static str, probability: i64, forecast: &'static str) -> Stage {
    Stage {
        name,
        probability,
        closed: false,
        won: false,
        forecast,
    }
}

/// In their order.
pub(crate) const STAGES: [Stage; 10] = [
    open("Prospecting", 10, "Pipeline"),
    open("Qualification", 10, "Pipeline"),
    open("Needs Analysis", 20, "Pipeline"),
    open("Value Proposition", 50, "Pipeline"),
    open("Id. Decision Makers", 60, "Pipeline"),
    open("Perception Analysis", 70, "Pipeline"),
    open("Proposal/Price Quote", 75, "Pipeline"),
    open("Negotiation/Review", 90, "Pipeline"),
    Stage {
        name: "Closed Won",
        probability: 100,
        closed: true,
        won: true,
        forecast: "Closed",
    },
    Stage {
        name: "Closed Lost",
        probability: 0,
        closed: true,
        won: false,
        forecast: "Omitted",
    },
];
