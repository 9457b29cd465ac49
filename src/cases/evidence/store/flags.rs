//! Queries over permanent flags.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::access::{Act, Permit};
use crate::cases::evidence::model::FlagKind;
use crate::clock::Instant;
use crate::db::schema::evidence_flags;
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{CaseId, EvidenceId, FlagId, UserId};

/// A permanent flag's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence_flags)]
pub struct FlagRow {
    /// The flag.
    pub id: FlagId,
    /// The item.
    pub evidence_id: EvidenceId,
    /// Its case.
    pub case_id: CaseId,
    /// What is odd.
    pub kind: FlagKind,
    /// In words.
    pub explanation: String,
    /// Whose deed raised it.
    pub raised_by: UserId,
    /// When.
    pub raised_at: Instant,
}

/// The flags of some items of a case, in the order in which they were raised.
///
/// # Errors
/// When the database fails.
pub fn flags<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    ids: Vec<EvidenceId>,
) -> Result<HashMap<EvidenceId, Vec<FlagRow>>> {
    let rows: Vec<FlagRow> = evidence_flags::table
        .filter(evidence_flags::case_id.eq(permit.case()?))
        .filter(evidence_flags::evidence_id.eq_any(ids))
        .select(columns::<FlagRow>())
        .order(evidence_flags::id)
        .all(view)?;
    let mut flags: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        flags.entry(row.evidence_id).or_default().push(row);
    }
    Ok(flags)
}

/// Inserts a permanent flag on an item of the case; whatever was done under the permit raised it.
///
/// # Errors
/// When the database fails.
pub fn insert_flag<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, row: FlagRow) -> Result<()> {
    let row = FlagRow { case_id: permit.case()?, ..row };
    diesel::insert_into(evidence_flags::table).values(row).run(tx)?;
    Ok(())
}
