//! Evidence references and their custody.

use crate::cases::api::PageParams;
use crate::cases::evidence::{api as evidence, input};
use crate::http::Method::{Get, Patch, Post, Put};
use crate::http::Route;

pub(super) fn routes() -> Vec<Route> {
    [evidence(), transfers()].concat()
}

fn evidence() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence",
            "list_evidence",
            "The evidence references of a case that one is shown.",
            evidence::list_evidence,
        )
        .queried::<PageParams>()
        .gives::<evidence::EvidenceList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence",
            "create_evidence",
            "Registers an item; the own agency is its originator and holds it.",
            evidence::create_evidence,
        )
        .takes::<input::EvidenceInput>()
        .gives::<evidence::EvidenceView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}",
            "get_evidence",
            "An evidence reference.",
            evidence::get_evidence,
        )
        .gives::<evidence::EvidenceView>(200),
        Route::new(
            Patch,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}",
            "edit_evidence",
            "Describes an item anew; facts stay.",
            evidence::edit_evidence,
        )
        .takes::<input::EvidencePatch>()
        .gives::<evidence::EvidenceView>(200)
        .guarded(),
        Route::new(
            Put,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/audience",
            "set_evidence_audience",
            "Sets to whom an item is shown; only its originator widens.",
            evidence::set_evidence_audience,
        )
        .takes::<input::AudienceInput>()
        .gives::<evidence::EvidenceView>(200)
        .guarded(),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/verify",
            "verify_evidence",
            "Holds a digest against the recorded one; a difference leaves a flag.",
            evidence::verify_evidence,
        )
        .takes::<input::VerificationInput>()
        .gives::<evidence::VerificationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/disposition",
            "dispose_evidence",
            "Settles what becomes of an item, for good.",
            evidence::dispose_evidence,
        )
        .takes::<input::DispositionInput>()
        .gives::<evidence::EvidenceView>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/custody",
            "get_custody",
            "The line of custody of an item.",
            evidence::get_custody,
        )
        .gives::<evidence::CustodyLine>(200),
    ]
}

fn transfers() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers",
            "list_transfers",
            "The transfers of an item.",
            evidence::list_transfers,
        )
        .queried::<PageParams>()
        .gives::<evidence::TransferList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers",
            "offer_transfer",
            "Offers an item to another agency, which is shown it.",
            evidence::offer_transfer,
        )
        .takes::<input::TransferInput>()
        .gives::<evidence::TransferView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers/{transfer_id}",
            "get_transfer",
            "A transfer of an item.",
            evidence::get_transfer,
        )
        .gives::<evidence::TransferView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers/{transfer_id}/accept",
            "accept_transfer",
            "Takes an offered item over; differences leave flags.",
            evidence::accept_transfer,
        )
        .may_take::<input::AcceptanceInput>()
        .gives::<evidence::TransferView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers/{transfer_id}/refuse",
            "refuse_transfer",
            "Refuses an offered item, with a reason.",
            evidence::refuse_transfer,
        )
        .takes::<input::TransferReason>()
        .gives::<evidence::TransferView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers/{transfer_id}/cancel",
            "cancel_transfer",
            "Takes an offer back, with a reason.",
            evidence::cancel_transfer,
        )
        .takes::<input::TransferReason>()
        .gives::<evidence::TransferView>(200),
    ]
}
