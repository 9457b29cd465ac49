//! Passkeys.

use crate::http::Method::{Delete, Get, Patch, Post};
use crate::http::Route;
use crate::identity::auth::api as auth;
use crate::identity::factors::passkeys::api as passkeys;

pub(super) fn routes() -> Vec<Route> {
    [signing_in(), own()].concat()
}

fn signing_in() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/auth/passkeys/challenges/request",
            "get_passkey_challenge",
            "A challenge for signing in with a passkey.",
            auth::get_passkey_challenge,
        )
        .public()
        .gives::<passkeys::Challenge>(200)
        .or(409),
        Route::new(
            Post,
            "/api/v1/auth/passkeys/sign-in",
            "login_with_passkey",
            "Signs in with a passkey.",
            auth::login_with_passkey,
        )
        .public()
        .takes::<auth::PasskeyLogin>()
        .gives::<auth::Tokens>(200)
        .or(401)
        .or(409)
        .or(429),
    ]
}

fn own() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/auth/passkeys/challenges/creation",
            "get_creation_challenge",
            "A challenge for making a passkey; needs a recent sign-in.",
            passkeys::get_creation_challenge,
        )
        .before_second_factor()
        .gives::<passkeys::Challenge>(200)
        .or(409),
        Route::new(
            Get,
            "/api/v1/auth/passkeys",
            "list_passkeys",
            "One's own passkeys.",
            passkeys::list_passkeys,
        )
        .before_second_factor()
        .gives::<passkeys::PasskeyList>(200),
        Route::new(
            Post,
            "/api/v1/auth/passkeys",
            "create_passkey",
            "Keeps the passkey that the device has made; needs a recent sign-in.",
            passkeys::create_passkey,
        )
        .before_second_factor()
        .takes::<passkeys::CreatePasskey>()
        .gives::<passkeys::CreatedPasskey>(201),
        Route::new(
            Get,
            "/api/v1/auth/passkeys/{passkey_id}",
            "get_passkey",
            "One of one's own passkeys.",
            passkeys::get_passkey,
        )
        .before_second_factor()
        .gives::<passkeys::PasskeyView>(200),
        Route::new(
            Patch,
            "/api/v1/auth/passkeys/{passkey_id}",
            "edit_passkey",
            "Gives a passkey another name.",
            passkeys::edit_passkey,
        )
        .before_second_factor()
        .takes::<passkeys::EditPasskey>()
        .gives::<passkeys::PasskeyView>(200)
        .guarded(),
        Route::new(
            Delete,
            "/api/v1/auth/passkeys/{passkey_id}",
            "remove_passkey",
            "Removes a passkey; needs a recent sign-in.",
            passkeys::remove_passkey,
        )
        .before_second_factor(),
    ]
}
