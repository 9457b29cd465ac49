//! The journal of the caller's own agency: what belongs to no case.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::{Facts, act};
use crate::answer::Answer;
use crate::db::Cursor;
use crate::error::Result;
use crate::http::{App, Call};
use crate::journal::event::ChainOf;
use crate::journal::store::{self, JournalRow};
use crate::journal::view::{EntryView, JournalPage};

/// Which page of the journal.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct JournalParams {
    /// How many entries at the most: 1 to 200, 50 when missing.
    pub limit: Option<String>,
    /// The `next_cursor` of an earlier answer.
    pub cursor: Option<String>,
}

/// Reads the journal of the caller's own agency.
///
/// # Errors
/// As the contract says.
pub async fn list_agency_journal(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let permit = view.permit::<act::ReadAgencyJournal>(&Facts::Server)?;
        let sent: JournalParams = call.query()?;
        let page = call.page(sent.limit.as_deref(), sent.cursor.as_deref())?;
        let after = page.after.map(Cursor::number);
        let rows = store::agency_page(view, &permit, after, page.fetch())?;
        let rows = page.cut(rows, |row: &JournalRow| Cursor::after_number(row.sequence));
        let texts = store::texts_of(view, &rows.items)?;
        let page = rows.map(|row| EntryView::whole(row, &texts));
        let chain = ChainOf::Agency(view.context().officer()?.agency).id();
        Answer::ok(&JournalPage { chain, items: page.items, next_cursor: page.next_cursor })
    })
    .await
}
