//! Agencies' identity providers: keeping them, signing in through them, linking accounts to them.

use crate::http::Method::{Delete, Get, Patch, Post};
use crate::http::Route;
use crate::identity::federation::api as federation;
use crate::identity::federation::linking::api as linking;

pub(super) fn routes() -> Vec<Route> {
    [providers(), signing_in(), links()].concat()
}

fn providers() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/agencies/{agency_id}/identity-providers",
            "list_identity_providers",
            "Lists the identity providers of one's own agency.",
            federation::list_identity_providers,
        )
        .queried::<federation::ProviderQuery>()
        .gives::<federation::ProviderList>(200),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/identity-providers",
            "create_identity_provider",
            "Connects an identity provider; needs a recent sign-in, and takes effect when it is confirmed.",
            federation::create_identity_provider,
        )
        .takes::<federation::CreateProvider>()
        .gives::<federation::ProviderView>(201),
        Route::new(
            Get,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}",
            "get_identity_provider",
            "One identity provider.",
            federation::get_identity_provider,
        )
        .gives::<federation::ProviderView>(200),
        Route::new(
            Patch,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}",
            "edit_identity_provider",
            "Changes an identity provider; needs a recent sign-in.",
            federation::edit_identity_provider,
        )
        .takes::<federation::EditProvider>()
        .gives::<federation::ProviderView>(200)
        .guarded(),
        Route::new(
            Delete,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}",
            "remove_identity_provider",
            "Removes an identity provider; needs a recent sign-in.",
            federation::remove_identity_provider,
        ),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}/confirm",
            "confirm_identity_provider",
            "Lets what an identity provider gives take effect; needs a recent sign-in.",
            federation::confirm_identity_provider,
        )
        .gives::<federation::ProviderView>(200)
        .or(412),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}/preview",
            "preview_identity_provider",
            "Tries claims on the mappings of an identity provider; nothing is kept of it.",
            federation::preview_identity_provider,
        )
        .takes::<federation::PreviewInput>()
        .gives::<federation::PreviewView>(200),
    ]
}

fn signing_in() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/auth/oidc/{provider_id}/start",
            "start_federated_sign_in",
            "Begins to sign in through an agency's identity provider.",
            federation::start_federated_sign_in,
        )
        .public()
        .queried::<federation::StartQuery>()
        .redirects()
        .or(401)
        .or(404),
        Route::new(
            Get,
            "/api/v1/auth/oidc/{provider_id}/callback",
            "complete_federated_sign_in",
            "Completes it with what the provider sends back, and begins a session; or completes what else one was sent for.",
            federation::complete_federated_sign_in,
        )
        .public()
        .queried::<federation::CallbackQuery>()
        .gives::<federation::Completed>(200)
        .or(401)
        .or(404)
        .or(429),
        Route::new(
            Get,
            "/api/v1/auth/oidc/{provider_id}/reauthentication",
            "start_proof",
            "Begins to prove once more who one is, at the identity provider that vouches for the present session.",
            federation::start_proof,
        )
        .queried::<federation::StartQuery>()
        .gives::<linking::SentToProvider>(200),
        Route::new(
            Post,
            "/api/v1/auth/oidc/{provider_id}/backchannel-logout",
            "end_federated_sessions",
            "For identity providers: ends the sessions that a logout token names.",
            federation::end_federated_sessions,
        )
        .public()
        .takes_form::<federation::BackchannelLogout>()
        .says(200)
        .or(400)
        .or(404)
        .or(413)
        .or(415)
        .or(429),
        Route::new(
            Post,
            "/api/v1/auth/oidc/logout",
            "logout_federated",
            "Ends the present session, and tells where to end the one at the provider.",
            federation::logout_federated,
        )
        .gives::<federation::SignedOut>(200),
    ]
}

fn links() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/auth/oidc/{provider_id}/link",
            "start_link",
            "Begins to link one's own account to an identity provider of one's own agency; needs a recent sign-in.",
            linking::start_link,
        )
        .queried::<federation::StartQuery>()
        .gives::<linking::SentToProvider>(200)
        .or(409)
        .or(503),
        Route::new(
            Get,
            "/api/v1/auth/links",
            "list_links",
            "Which identity providers vouch for one's own account.",
            linking::list_links,
        )
        .gives::<linking::LinkList>(200),
        Route::new(
            Delete,
            "/api/v1/auth/links/{provider_id}",
            "remove_link",
            "Parts one's own account from an identity provider; needs a recent sign-in.",
            linking::remove_link,
        ),
        Route::new(
            Get,
            "/api/v1/users/{user_id}/links",
            "list_user_links",
            "Which identity providers vouch for an account of one's own agency, for its admins.",
            linking::list_user_links,
        )
        .gives::<linking::LinkList>(200),
        Route::new(
            Delete,
            "/api/v1/users/{user_id}/links/{provider_id}",
            "remove_user_link",
            "Parts an account of one's own agency from an identity provider, for its admins; needs a recent sign-in.",
            linking::remove_user_link,
        ),
    ]
}
