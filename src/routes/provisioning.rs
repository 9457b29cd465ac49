//! Provisioning: the tokens that identity providers come with, and SCIM, which they speak.

use crate::http::Method::{Delete, Get, Patch, Post, Put};
use crate::http::Route;
use crate::identity::provisioning::scim::api as scim;
use crate::identity::provisioning::tokens::api as tokens;

pub(super) fn routes() -> Vec<Route> {
    let spoken = [described(), users()].concat();
    [tokens(), spoken.into_iter().map(Route::provisioning).collect()].concat()
}

fn tokens() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}/provisioning-tokens",
            "list_provisioning_tokens",
            "Lists what an identity provider brings accounts in with.",
            tokens::list_provisioning_tokens,
        )
        .queried::<tokens::ProvisioningTokenQuery>()
        .gives::<tokens::ProvisioningTokenList>(200),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}/provisioning-tokens",
            "create_provisioning_token",
            "Gives an identity provider a token, which waits for a confirmation; needs a recent sign-in.",
            tokens::create_provisioning_token,
        )
        .takes::<tokens::CreateProvisioningToken>()
        .gives::<tokens::CreatedProvisioningToken>(201),
        Route::new(
            Get,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}/provisioning-tokens/{provisioning_token_id}",
            "get_provisioning_token",
            "One token of an identity provider, without the token itself.",
            tokens::get_provisioning_token,
        )
        .gives::<tokens::ProvisioningTokenView>(200),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}/provisioning-tokens/{provisioning_token_id}/confirm",
            "confirm_provisioning_token",
            "Lets a token of an identity provider take effect; needs a recent sign-in.",
            tokens::confirm_provisioning_token,
        )
        .gives::<tokens::ProvisioningTokenView>(200)
        .or(412),
        Route::new(
            Delete,
            "/api/v1/agencies/{agency_id}/identity-providers/{provider_id}/provisioning-tokens/{provisioning_token_id}",
            "revoke_provisioning_token",
            "Takes a token of an identity provider back.",
            tokens::revoke_provisioning_token,
        ),
    ]
}

fn described() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/scim/v2/ServiceProviderConfig",
            "get_scim_config",
            "For identity providers: what is supported here, and what is not.",
            scim::get_scim_config,
        )
        .gives::<scim::ScimDocument>(200),
        Route::new(
            Get,
            "/api/v1/scim/v2/ResourceTypes",
            "list_scim_resource_types",
            "For identity providers: lists the kinds of things that there are.",
            scim::list_scim_resource_types,
        )
        .gives::<scim::ScimDocument>(200),
        Route::new(
            Get,
            "/api/v1/scim/v2/ResourceTypes/User",
            "get_scim_resource_type",
            "For identity providers: what a user is.",
            scim::get_scim_resource_type,
        )
        .gives::<scim::ScimDocument>(200),
        Route::new(
            Get,
            "/api/v1/scim/v2/Schemas",
            "list_scim_schemas",
            "For identity providers: lists the schemas that there are.",
            scim::list_scim_schemas,
        )
        .gives::<scim::ScimDocument>(200),
        Route::new(
            Get,
            "/api/v1/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            "get_scim_schema",
            "For identity providers: what a user has.",
            scim::get_scim_schema,
        )
        .gives::<scim::ScimDocument>(200),
    ]
}

fn users() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/scim/v2/Users",
            "list_scim_users",
            "For identity providers: lists the users whom they brought in.",
            scim::list_scim_users,
        )
        .queried::<scim::ScimUserQuery>()
        .gives::<scim::ScimUserList>(200),
        Route::new(
            Post,
            "/api/v1/scim/v2/Users",
            "create_scim_user",
            "For identity providers: brings a user in, whose account waits for a confirmation.",
            scim::create_scim_user,
        )
        .takes::<scim::ScimUserInput>()
        .gives::<scim::ScimUser>(201),
        Route::new(
            Get,
            "/api/v1/scim/v2/Users/{user_id}",
            "get_scim_user",
            "For identity providers: one user whom they brought in.",
            scim::get_scim_user,
        )
        .gives::<scim::ScimUser>(200),
        Route::new(
            Put,
            "/api/v1/scim/v2/Users/{user_id}",
            "replace_scim_user",
            "For identity providers: replaces what they say of a user.",
            scim::replace_scim_user,
        )
        .takes::<scim::ScimUserInput>()
        .gives::<scim::ScimUser>(200),
        Route::new(
            Patch,
            "/api/v1/scim/v2/Users/{user_id}",
            "edit_scim_user",
            "For identity providers: changes what they say of a user, in steps.",
            scim::edit_scim_user,
        )
        .takes::<scim::ScimPatch>()
        .gives::<scim::ScimUser>(200),
        Route::new(
            Delete,
            "/api/v1/scim/v2/Users/{user_id}",
            "delete_scim_user",
            "For identity providers: a user is gone; the account is ended.",
            scim::delete_scim_user,
        ),
    ]
}
