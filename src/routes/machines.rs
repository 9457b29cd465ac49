//! Machine accounts, and the tokens that they work with.

use crate::http::Method::{Delete, Get, Patch, Post};
use crate::http::Route;
use crate::identity::machines::api as machines;

pub(super) fn routes() -> Vec<Route> {
    [vec![token()], machine_accounts(), machine_keys()].concat()
}

fn token() -> Route {
    Route::new(
        Post,
        "/api/v1/auth/token",
        "create_token",
        "Gives a machine account an access token for a signed assertion (RFC 7523).",
        machines::create_token,
    )
    .public()
    .takes_form::<machines::TokenRequest>()
    .gives::<machines::MachineToken>(200)
    .refuses::<machines::OauthError>(400)
    .refuses::<machines::OauthError>(401)
    .or(413)
    .or(429)
}

fn machine_accounts() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/machine-accounts",
            "list_machine_accounts",
            "Lists the machine accounts of one's own agency.",
            machines::list_machine_accounts,
        )
        .queried::<machines::MachineAccountQuery>()
        .gives::<machines::MachineAccountList>(200),
        Route::new(
            Post,
            "/api/v1/machine-accounts",
            "create_machine_account",
            "Makes a machine account, which waits for a confirmation; needs a recent sign-in.",
            machines::create_machine_account,
        )
        .takes::<machines::CreateMachineAccount>()
        .gives::<machines::MachineAccountView>(201),
        Route::new(
            Get,
            "/api/v1/machine-accounts/{machine_account_id}",
            "get_machine_account",
            "One machine account.",
            machines::get_machine_account,
        )
        .gives::<machines::MachineAccountView>(200),
        Route::new(
            Patch,
            "/api/v1/machine-accounts/{machine_account_id}",
            "edit_machine_account",
            "Changes a machine account; what is added waits for a confirmation; needs a recent sign-in.",
            machines::edit_machine_account,
        )
        .takes::<machines::EditMachineAccount>()
        .gives::<machines::MachineAccountView>(200)
        .guarded(),
        Route::new(
            Post,
            "/api/v1/machine-accounts/{machine_account_id}/confirm",
            "confirm_machine_account",
            "Lets a machine account, its keys, and what is to change about it take effect; needs a recent sign-in.",
            machines::confirm_machine_account,
        )
        .gives::<machines::MachineAccountView>(200)
        .or(412),
        Route::new(
            Post,
            "/api/v1/machine-accounts/{machine_account_id}/deactivate",
            "deactivate_machine_account",
            "Ends a machine account for good.",
            machines::deactivate_machine_account,
        )
        .gives::<machines::MachineAccountView>(200),
    ]
}

fn machine_keys() -> Vec<Route> {
    vec![
        Route::new(
            Post,
            "/api/v1/machine-accounts/{machine_account_id}/keys",
            "create_machine_key",
            "Gives a machine account one more key, which waits for a confirmation; needs a recent sign-in.",
            machines::create_machine_key,
        )
        .takes::<machines::CreateMachineKey>()
        .gives::<machines::MachineAccountView>(201),
        Route::new(
            Delete,
            "/api/v1/machine-accounts/{machine_account_id}/keys/{key_id}",
            "remove_machine_key",
            "Takes a key away from a machine account.",
            machines::remove_machine_key,
        ),
    ]
}
