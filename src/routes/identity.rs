//! Agencies, accounts, signing in.

use crate::http::Method::{Delete, Get, Patch, Post};
use crate::http::Route;
use crate::identity::agencies::api as agencies;
use crate::identity::auth::api as auth;
use crate::identity::auth::api::{addresses, sessions_of};
use crate::identity::factors::api as factors;
use crate::identity::recovery::api as recovery;
use crate::identity::users::api as users;
use crate::machine_scope::MachineScope;

pub(super) fn routes() -> Vec<Route> {
    [agencies(), users(), auth(), passwords(), factors(), sessions()].concat()
}

fn agencies() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/agencies",
            "list_agencies",
            "Lists all agencies.",
            agencies::list_agencies,
        )
        .queried::<agencies::AgencyQuery>()
        .gives::<agencies::AgencyList>(200)
        .scoped(MachineScope::DirectoryRead),
        Route::new(
            Post,
            "/api/v1/agencies",
            "create_agency",
            "Makes an agency.",
            agencies::create_agency,
        )
        .takes::<agencies::CreateAgency>()
        .gives::<agencies::AgencyView>(201),
        Route::new(
            Get,
            "/api/v1/agencies/{agency_id}",
            "get_agency",
            "One agency.",
            agencies::get_agency,
        )
        .gives::<agencies::AgencyView>(200)
        .scoped(MachineScope::DirectoryRead),
        Route::new(
            Patch,
            "/api/v1/agencies/{agency_id}",
            "edit_agency",
            "Changes an agency, or its contact point only.",
            agencies::edit_agency,
        )
        .takes::<agencies::EditAgency>()
        .gives::<agencies::AgencyView>(200)
        .guarded(),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/authority",
            "mark_authority",
            "Marks an agency as holding authority for its country; needs a recent sign-in.",
            agencies::mark_authority,
        )
        .gives::<agencies::AgencyView>(200),
        Route::new(
            Delete,
            "/api/v1/agencies/{agency_id}/authority",
            "unmark_authority",
            "Takes the mark of authority away.",
            agencies::unmark_authority,
        ),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/authority/confirm",
            "confirm_authority",
            "Confirms the mark of another agency of one's own country; needs a recent sign-in.",
            agencies::confirm_authority,
        )
        .gives::<agencies::AgencyView>(200),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/admin-recovery",
            "recover_admin",
            "Gives an agency an admin again, once somebody of the agency confirms it; needs a recent sign-in.",
            recovery::recover_admin,
        )
        .takes::<recovery::RecoverAdmin>()
        .gives::<recovery::RecoveryBegun>(201),
    ]
}

fn users() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/users",
            "list_users",
            "Lists the accounts of one's own agency.",
            users::list_users,
        )
        .queried::<users::UserQuery>()
        .gives::<users::UserList>(200),
        Route::new(
            Post,
            "/api/v1/users",
            "create_user",
            "Makes an account; needs a recent sign-in where its roles give power over others.",
            users::create_user,
        )
        .takes::<users::CreateUser>()
        .gives::<users::CreatedUser>(201),
        Route::new(Get, "/api/v1/users/{user_id}", "get_user", "One account.", users::get_user)
            .gives::<users::UserView>(200),
        Route::new(
            Patch,
            "/api/v1/users/{user_id}",
            "edit_user",
            "Changes an account; needs a recent sign-in where added roles give power over others.",
            users::edit_user,
        )
        .takes::<users::EditUser>()
        .gives::<users::UserView>(200)
        .guarded(),
        Route::new(
            Post,
            "/api/v1/users/{user_id}/confirm",
            "confirm_user",
            "Lets an account, or the roles proposed for it, take effect; needs a recent sign-in.",
            users::confirm_user,
        )
        .gives::<users::UserView>(200),
        Route::new(
            Post,
            "/api/v1/users/{user_id}/invitation",
            "create_invitation",
            "Invites somebody once more, in the place of an invitation that was lost or ran out.",
            users::create_invitation,
        )
        .gives::<users::RenewedInvitation>(200),
        Route::new(
            Post,
            "/api/v1/users/{user_id}/deactivate",
            "deactivate_user",
            "Ends an account and all its sessions.",
            users::deactivate_user,
        )
        .gives::<users::UserView>(200),
    ]
}

fn auth() -> Vec<Route> {
    vec![
        Route::new(Post, "/api/v1/auth/login", "login", "Begins a session.", auth::login)
            .public()
            .takes::<auth::Login>()
            .gives::<auth::Tokens>(200)
            .or(401)
            .or(429),
        Route::new(
            Post,
            "/api/v1/auth/refresh",
            "refresh_session",
            "Goes on with a session.",
            auth::refresh_session,
        )
        .public()
        .takes::<auth::Refresh>()
        .gives::<auth::Tokens>(200)
        .or(401),
        Route::new(
            Post,
            "/api/v1/auth/invitations/accept",
            "accept_invitation",
            "Sets the first password of an account.",
            auth::accept_invitation,
        )
        .public()
        .takes::<auth::AcceptInvitation>()
        .or(401),
        Route::new(
            Post,
            "/api/v1/auth/logout",
            "logout",
            "Ends the present session.",
            auth::logout,
        )
        .before_second_factor(),
        Route::new(
            Get,
            "/api/v1/auth/me",
            "get_me",
            "Who one is, for whom, and in which session.",
            auth::get_me,
        )
        .before_second_factor()
        .gives::<auth::Me>(200),
        Route::new(
            Get,
            "/api/v1/auth/sessions",
            "list_sessions",
            "Lists one's own sessions.",
            auth::list_sessions,
        )
        .before_second_factor()
        .queried::<auth::SessionQuery>()
        .gives::<auth::SessionList>(200),
        Route::new(
            Delete,
            "/api/v1/auth/sessions/{session_id}",
            "end_session",
            "Ends one of one's own sessions.",
            auth::end_session,
        )
        .before_second_factor(),
    ]
}

fn sessions() -> Vec<Route> {
    vec![
        Route::new(
            Delete,
            "/api/v1/auth/sessions",
            "end_sessions",
            "Ends all of one's own sessions, the present one on demand.",
            sessions_of::end_sessions,
        )
        .queried::<sessions_of::EndSessionsQuery>(),
        Route::new(
            Get,
            "/api/v1/users/{user_id}/sessions",
            "list_user_sessions",
            "Lists the sessions of an account of one's own agency, for its admins.",
            sessions_of::list_user_sessions,
        )
        .queried::<auth::SessionQuery>()
        .gives::<sessions_of::UserSessionList>(200),
        Route::new(
            Delete,
            "/api/v1/users/{user_id}/sessions",
            "end_user_sessions",
            "Ends all sessions of an account of one's own agency, for its admins.",
            sessions_of::end_user_sessions,
        ),
        Route::new(
            Delete,
            "/api/v1/users/{user_id}/sessions/{session_id}",
            "end_user_session",
            "Ends a session of an account of one's own agency, for its admins.",
            sessions_of::end_user_session,
        ),
    ]
}

fn passwords() -> Vec<Route> {
    vec![
        Route::new(
            Post,
            "/api/v1/auth/password-resets",
            "request_password_reset",
            "Mails what a new password is set with, if anybody has this address.",
            auth::request_password_reset,
        )
        .public()
        .takes::<auth::RequestReset>()
        .accepted()
        .or(409)
        .or(429),
        Route::new(
            Post,
            "/api/v1/auth/password-resets/accept",
            "accept_password_reset",
            "Sets a new password with what was mailed, and ends all sessions.",
            auth::accept_password_reset,
        )
        .public()
        .takes::<auth::AcceptReset>()
        .or(401)
        .or(429),
        Route::new(
            Post,
            "/api/v1/auth/address",
            "request_address_change",
            "Mails what confirms one's new address, to that address; needs a recent sign-in.",
            addresses::request_address_change,
        )
        .takes::<addresses::ChangeAddress>()
        .accepted(),
        Route::new(
            Post,
            "/api/v1/auth/address/accept",
            "accept_address_change",
            "Confirms one's new address with what was mailed there.",
            addresses::accept_address_change,
        )
        .public()
        .takes::<addresses::AcceptAddress>()
        .or(401)
        .or(409)
        .or(429),
        Route::new(
            Post,
            "/api/v1/auth/reauthenticate",
            "reauthenticate",
            "Proves once more who one is, so that what is dangerous is open for a quarter of an hour.",
            auth::reauthenticate,
        )
        .before_second_factor()
        .takes::<auth::Reauthenticate>()
        .gives::<auth::Reauthenticated>(200)
        .or(429),
        Route::new(
            Post,
            "/api/v1/auth/password",
            "change_password",
            "Changes one's own password, and ends one's other sessions.",
            auth::change_password,
        )
        .before_second_factor()
        .takes::<auth::ChangePassword>()
        .gives::<auth::PasswordChanged>(200)
        .or(429),
    ]
}

fn factors() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/auth/factors",
            "get_factors",
            "What one proves beside the password.",
            factors::get_factors,
        )
        .before_second_factor()
        .gives::<factors::FactorsView>(200),
        Route::new(
            Delete,
            "/api/v1/auth/factors",
            "remove_factors",
            "Takes one's own second factors away; needs a recent sign-in.",
            factors::remove_factors,
        )
        .before_second_factor(),
        Route::new(
            Post,
            "/api/v1/auth/factors/totp",
            "create_totp",
            "Begins to set up a device for one-time passwords; needs a recent sign-in.",
            factors::create_totp,
        )
        .before_second_factor()
        .gives::<factors::BegunTotp>(200),
        Route::new(
            Post,
            "/api/v1/auth/factors/totp/confirm",
            "confirm_totp",
            "Takes the device into use and gives recovery codes; needs a recent sign-in.",
            factors::confirm_totp,
        )
        .before_second_factor()
        .takes::<factors::ConfirmTotp>()
        .gives::<factors::RecoveryCodes>(200),
        Route::new(
            Post,
            "/api/v1/auth/factors/recovery-codes",
            "create_recovery_codes",
            "Puts new recovery codes in the place of the former ones; needs a recent sign-in.",
            factors::create_recovery_codes,
        )
        .before_second_factor()
        .gives::<factors::RecoveryCodes>(200),
        Route::new(
            Delete,
            "/api/v1/users/{user_id}/factors",
            "remove_user_factors",
            "Takes the second factors of an account away whose user lost them; needs a recent sign-in.",
            factors::remove_user_factors,
        ),
    ]
}
