//! SCIM over HTTP.

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::answer::Answer;
use crate::error::{Error, Fault, Result};
use crate::http::{App, Call};
use crate::identity::provisioning::scim::discovery::{self, MOST_USERS};
use crate::identity::provisioning::scim::filter::USER;
use crate::identity::provisioning::scim::service::{self, Wanted};
use crate::identity::provisioning::scim::store::Provisioned;
use crate::identity::provisioning::scim::view::path;
pub use crate::identity::provisioning::scim::view::{ScimUser, ScimUserList};

/// How many users a part of a list has when nothing is said.
const USUAL_USERS: i64 = 100;

/// A description that SCIM has of itself: RFC 7643, sections 5 to 7.
#[derive(Debug, ToSchema)]
#[schema(value_type = Object)]
pub struct ScimDocument(#[expect(dead_code, reason = "it only names a schema")] Value);

/// A user as an identity provider sends one. What is not known here is ignored.
#[derive(Debug)]
pub struct ScimUserInput;

impl PartialSchema for ScimUserInput {
    fn schema() -> RefOr<Schema> {
        let example = json!({
            "schemas": [USER],
            "externalId": "7f2d6b1e-3c1a-4f0e-9a53-2f0d9f4b7e99",
            "userName": "a.asanova@example.kg",
            "active": true,
            "displayName": "Aigul Asanova",
            "emails": [{"value": "a.asanova@example.kg", "type": "work", "primary": true}],
            "roles": [{"value": "passage-liaison"}],
        });
        object("A user (RFC 7643, section 4.1). What is not known here is ignored.", example)
    }
}

impl ToSchema for ScimUserInput {}

/// A change in steps.
#[derive(Debug)]
pub struct ScimPatch;

impl PartialSchema for ScimPatch {
    fn schema() -> RefOr<Schema> {
        let example = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": false}],
        });
        object("A change in steps (RFC 7644, section 3.5.2).", example)
    }
}

impl ToSchema for ScimPatch {}

/// An object whose shape the standard gives, and whose fields others than our own clients send.
fn object(description: &str, example: Value) -> RefOr<Schema> {
    ObjectBuilder::new().description(Some(description)).examples([example]).into()
}

/// Which users. What else is asked is ignored: every user is shown whole.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(rename_all = "camelCase")]
pub struct ScimUserQuery {
    /// One attribute that equals one value: `userName`, `externalId` or `id`.
    #[param(example = "userName eq \"a.asanova@example.kg\"")]
    filter: Option<String>,
    /// The place of the first, from 1 on.
    #[param(example = "1")]
    start_index: Option<String>,
    /// How many at the most: 100 when missing, never more than 200.
    #[param(example = "100")]
    count: Option<String>,
}

impl ScimUserQuery {
    /// What is wanted. Numbers that are out of bounds are brought into them (RFC 7644, section 3.4.2.4).
    fn read(&self) -> Result<Wanted> {
        let number = |name: &str, sent: &Option<String>, usual: i64| match sent {
            None => Ok(usual),
            Some(text) => text.trim().parse::<i64>().map_err(|_| {
                Error::invalid(vec![Fault::new(format!("?{name}"), "expected a whole number")])
            }),
        };
        let first = number("startIndex", &self.start_index, 1)?.max(1);
        let most = number("count", &self.count, USUAL_USERS)?.clamp(0, MOST_USERS);
        let by = self.filter.as_deref().map(Wanted::filter).transpose()?;
        Ok(Wanted { by, skipped: first - 1, most })
    }
}

fn shown(found: Provisioned, public_url: &str) -> Result<Answer> {
    let version = found.user.version;
    Ok(Answer::ok(&ScimUser::of(found, public_url))?.version(version))
}

/// What this service provider can and cannot do.
///
/// # Errors
/// Never.
pub async fn get_scim_config(app: App, _: Call) -> Result<Answer> {
    Answer::ok(&discovery::config(&app.config.public_url()))
}

/// Lists the kinds of things that there are.
///
/// # Errors
/// Never.
pub async fn list_scim_resource_types(app: App, _: Call) -> Result<Answer> {
    Answer::ok(&discovery::list(&discovery::resource_type(&app.config.public_url())))
}

/// What a user is.
///
/// # Errors
/// Never.
pub async fn get_scim_resource_type(app: App, _: Call) -> Result<Answer> {
    Answer::ok(&discovery::resource_type(&app.config.public_url()))
}

/// Lists the schemas that there are.
///
/// # Errors
/// Never.
pub async fn list_scim_schemas(app: App, _: Call) -> Result<Answer> {
    Answer::ok(&discovery::list(&discovery::schema(&app.config.public_url())))
}

/// What a user has.
///
/// # Errors
/// Never.
pub async fn get_scim_schema(app: App, _: Call) -> Result<Answer> {
    Answer::ok(&discovery::schema(&app.config.public_url()))
}

/// Lists the users whom the provider brought in.
///
/// # Errors
/// The filter is not understood; a number is none.
pub async fn list_scim_users(app: App, call: Call) -> Result<Answer> {
    let url = app.config.public_url();
    app.read(call, move |view, call| {
        let wanted = call.query::<ScimUserQuery>()?.read()?;
        let (found, total) = service::list(view, &wanted)?;
        let users = found.into_iter().map(|found| ScimUser::of(found, &url)).collect();
        Answer::ok(&ScimUserList::of(users, total, wanted.skipped + 1))
    })
    .await
}

/// Brings a user in.
///
/// # Errors
/// Invalid; the provider knows somebody of that name or id already; people ended the account.
pub async fn create_scim_user(app: App, call: Call) -> Result<Answer> {
    let (url, confirms) = (app.config.public_url(), app.config.identity.confirm_accounts);
    app.write(call, move |tx, call| {
        service::create(tx, &call.submission, confirms)?.try_map(|found| {
            let (location, version) = (format!("{url}{}", path(found.user.id)), found.user.version);
            Ok(Answer::created(&ScimUser::of(found, &url), location)?.version(version))
        })
    })
    .await
}

/// One user whom the provider brought in.
///
/// # Errors
/// Not found.
pub async fn get_scim_user(app: App, call: Call) -> Result<Answer> {
    let (id, url) = (call.id("user_id")?, app.config.public_url());
    app.read(call, move |view, _| shown(service::read(view, id)?, &url)).await
}

/// Replaces what the provider says of a user.
///
/// # Errors
/// Not found; stale where a version is named; invalid; the name is taken; people ended the account.
pub async fn replace_scim_user(app: App, call: Call) -> Result<Answer> {
    let (id, url) = (call.id("user_id")?, app.config.public_url());
    let confirms = app.config.identity.confirm_accounts;
    app.write(call, move |tx, call| {
        service::replace(tx, id, &call.submission, confirms)?.try_map(|found| shown(found, &url))
    })
    .await
}

/// Changes what the provider says of a user, in steps.
///
/// # Errors
/// Not found; stale where a version is named; not understood; the name is taken; people ended the account.
pub async fn edit_scim_user(app: App, call: Call) -> Result<Answer> {
    let (id, url) = (call.id("user_id")?, app.config.public_url());
    let confirms = app.config.identity.confirm_accounts;
    app.write(call, move |tx, call| {
        service::edit(tx, id, &call.submission, confirms)?.try_map(|found| shown(found, &url))
    })
    .await
}

/// Lets a user be gone.
///
/// # Errors
/// Not found; stale where a version is named.
pub async fn delete_scim_user(app: App, call: Call) -> Result<Answer> {
    let id = call.id("user_id")?;
    app.write(call, move |tx, call| {
        Ok(service::delete(tx, id, &call.submission)?.map(|()| Answer::empty()))
    })
    .await
}
