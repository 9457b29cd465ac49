//! The journals.

use crate::cases::api::PageParams;
use crate::cases::journal as case_journal;
use crate::http::Method::Get;
use crate::http::Route;
use crate::identity::journal as agency_journal;
use crate::journal::view::JournalPage;
use crate::machine_scope::MachineScope;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/journal",
            "list_agency_journal",
            "Reads the journal of one's own agency: what belongs to no case.",
            agency_journal::list_agency_journal,
        )
        .queried::<agency_journal::JournalParams>()
        .gives::<JournalPage>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/journal",
            "list_case_journal",
            "Reads the journal of a case, as far as one may read what each entry is about.",
            case_journal::list_case_journal,
        )
        .queried::<PageParams>()
        .gives::<JournalPage>(200)
        .scoped(MachineScope::JournalRead),
    ]
}
