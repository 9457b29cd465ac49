//! Requests for authorisation.

use crate::cases::api::PageParams;
use crate::cases::authorisations::api::{self as requests, views};
use crate::http::Method::{Get, Patch, Post};
use crate::http::Route;

pub(super) fn routes() -> Vec<Route> {
    [reading(), asking(), deciding()].concat()
}

/// What is read.
fn reading() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/authorisations",
            "list_authorisations",
            "Lists the requests for authorisation.",
            requests::list_authorisations,
        )
        .queried::<PageParams>()
        .gives::<views::AuthorisationList>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}",
            "get_authorisation",
            "One request, with the version of its grant that stands or stood last.",
            requests::get_authorisation,
        )
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/dossier",
            "get_dossier",
            "What an authority needs in order to decide.",
            requests::get_dossier,
        )
        .gives::<views::DossierView>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/grants",
            "list_grants",
            "Lists the versions of the grant.",
            requests::list_grants,
        )
        .queried::<PageParams>()
        .gives::<views::GrantList>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/questions",
            "list_questions",
            "Lists what was asked and answered about a request.",
            requests::list_questions,
        )
        .queried::<PageParams>()
        .gives::<views::QuestionList>(200),
    ]
}

/// What the requesting side does.
fn asking() -> Vec<Route> {
    vec![
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations",
            "create_authorisation",
            "Drafts a request to a country.",
            requests::create_authorisation,
        )
        .takes::<requests::RequestInput>()
        .gives::<views::AuthorisationView>(201),
        Route::new(
            Patch,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}",
            "edit_authorisation",
            "Changes a draft.",
            requests::edit_authorisation,
        )
        .takes::<requests::RequestPatch>()
        .gives::<views::AuthorisationView>(200)
        .guarded(),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/submit",
            "submit_authorisation",
            "Submits a draft; the requested agency takes part from then on.",
            requests::submit_authorisation,
        )
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/withdraw",
            "withdraw_authorisation",
            "Takes a request back before it was decided.",
            requests::withdraw_authorisation,
        )
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/answer",
            "answer_question",
            "Gives the information that was asked for.",
            requests::answer_question,
        )
        .takes::<requests::TextInput>()
        .gives::<views::AuthorisationView>(200),
    ]
}

/// What the requested side does.
fn deciding() -> Vec<Route> {
    vec![
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/acknowledge",
            "acknowledge_authorisation",
            "Says that the requested agency has the request.",
            requests::acknowledge_authorisation,
        )
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/request-info",
            "request_information",
            "Asks the requesting side for information.",
            requests::request_information,
        )
        .takes::<requests::TextInput>()
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/grant",
            "grant_authorisation",
            "Grants a request, as an authority of the country.",
            requests::grant_authorisation,
        )
        .takes::<requests::GrantInput>()
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/grant-orally",
            "grant_orally",
            "Records that an authority has said yes; it lapses unless it is confirmed.",
            requests::grant_orally,
        )
        .takes::<requests::OralGrantInput>()
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/confirm",
            "confirm_grant",
            "Confirms what was granted orally.",
            requests::confirm_grant,
        )
        .may_take::<requests::NothingInput>()
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/extend",
            "extend_grant",
            "Gives the grant its next version.",
            requests::extend_grant,
        )
        .takes::<requests::GrantInput>()
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/refuse",
            "refuse_authorisation",
            "Refuses a request, for a reason.",
            requests::refuse_authorisation,
        )
        .takes::<requests::ReasonInput>()
        .gives::<views::AuthorisationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/authorisations/{authorisation_id}/revoke",
            "revoke_grant",
            "Takes a grant back at once, for a reason; legs under way must stop.",
            requests::revoke_grant,
        )
        .takes::<requests::ReasonInput>()
        .gives::<views::AuthorisationView>(200),
    ]
}
