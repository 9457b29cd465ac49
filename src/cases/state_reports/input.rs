//! What a caller says in a report, judged field by field.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::cases::state_reports::model::Seizure;
use crate::error::Faults;
use crate::field::Field;
use crate::quantity::Quantity;

/// Longest account, in characters.
const LONGEST_TEXT: usize = 10_000;
/// Longest name of a substance, in characters.
const LONGEST_LINE: usize = 200;
/// Most seizures of one report.
const MOST_SEIZURES: usize = 200;
/// Most arrests of one report.
const MOST_ARRESTS: i32 = 10_000;

/// A report on action taken.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "summary": "The lorry was followed to the warehouse; two people were arrested at the handover.",
    "seizures": [{
        "kind": "narcotic", "substance": "heroin", "quantity": {"value": "10.6", "unit": "kg"}, "purity": "64.5"
    }],
    "arrests": 2
}))]
pub struct StateReportInput {
    /// What was done, in 1 to 10,000 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub summary: Field<String>,
    /// What was seized, at most 200 things.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Seizure>>)]
    pub seizures: Field<Vec<Seizure>>,
    /// How many people were arrested; 0 unless said.
    #[serde(default)]
    #[schema(value_type = Option<i32>)]
    pub arrests: Field<i32>,
    /// Proceeds that were secured, as an amount of money.
    #[serde(default)]
    #[schema(value_type = Option<Quantity>)]
    pub proceeds: Field<Quantity>,
    /// What went wrong, in at most 10,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub incidents: Field<String>,
    /// What it cost, as an amount of money.
    #[serde(default)]
    #[schema(value_type = Option<Quantity>)]
    pub costs: Field<Quantity>,
    /// What to do otherwise, in at most 10,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub lessons: Field<String>,
}

/// A report that was judged to be right.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) summary: String,
    pub(super) seizures: Vec<Seizure>,
    pub(super) arrests: i32,
    pub(super) proceeds: Option<Quantity>,
    pub(super) incidents: Option<String>,
    pub(super) costs: Option<Quantity>,
    pub(super) lessons: Option<String>,
}

impl StateReportInput {
    /// The report; none where a fault was noted.
    pub(super) fn judge(&self, faults: &mut Faults) -> Option<Account> {
        let summary = self.summary.text(faults, "/summary", LONGEST_TEXT);
        let seizures = self.seizures.optional(faults, "/seizures").unwrap_or_default();
        faults.check(seizures.len() <= MOST_SEIZURES, "/seizures", "expected at most 200");
        for (at, seizure) in seizures.iter().enumerate() {
            let pointer = format!("/seizures/{at}/substance");
            faults.optional_text(&pointer, seizure.substance.as_deref(), LONGEST_LINE);
        }
        let arrests = self.arrests.optional(faults, "/arrests").unwrap_or_default();
        let fine = (0..=MOST_ARRESTS).contains(&arrests);
        faults.check(fine, "/arrests", "expected a number from 0 to 10000");
        let proceeds = money(&self.proceeds, faults, "/proceeds");
        let incidents = self.incidents.optional_text(faults, "/incidents", LONGEST_TEXT);
        let costs = money(&self.costs, faults, "/costs");
        let lessons = self.lessons.optional_text(faults, "/lessons", LONGEST_TEXT);
        Some(Account { summary: summary?, seizures, arrests, proceeds, incidents, costs, lessons })
    }
}

fn money(field: &Field<Quantity>, faults: &mut Faults, pointer: &str) -> Option<Quantity> {
    let amount = field.optional(faults, pointer)?;
    faults.check(amount.unit().is_currency(), pointer, "expected an amount of money, such as usd");
    Some(amount)
}
