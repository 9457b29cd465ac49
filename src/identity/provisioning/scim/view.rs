//! Users as SCIM shows them (RFC 7643, section 4.1).

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::etag;
use crate::clock::Instant;
use crate::email::Email;
use crate::identity::provisioning::model::Profile;
use crate::identity::provisioning::scim::filter::USER;
use crate::identity::provisioning::scim::service::is_active;
use crate::identity::provisioning::scim::store::Provisioned;
use crate::ids::UserId;

/// What a list calls itself.
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimName {
    /// The whole name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
}

/// An address.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScimEmail {
    /// The address.
    pub value: Email,
    /// Always `work`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Always true: one address is kept.
    pub primary: bool,
}

/// A value that gives roles.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScimRole {
    /// The value, as the provider sent it.
    pub value: String,
}

/// What is known of the resource itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimMeta {
    /// Always `User`.
    pub resource_type: &'static str,
    /// When the account was made.
    pub created: Instant,
    /// When it was changed last.
    pub last_modified: Instant,
    /// Where it stands.
    pub location: String,
    /// Its version, the same as the `ETag`.
    pub version: String,
}

/// A user, as an identity provider brought him or her in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11",
    "externalId": "7f2d6b1e-3c1a-4f0e-9a53-2f0d9f4b7e99", "userName": "a.asanova@example.kg", "active": true,
    "displayName": "Aigul Asanova", "name": {"givenName": "Aigul", "familyName": "Asanova"},
    "emails": [{"value": "a.asanova@example.kg", "type": "work", "primary": true}], "locale": "ky-KG",
    "roles": [{"value": "passage-liaison"}],
    "meta": {
        "resourceType": "User", "created": "2026-03-01T04:30:00.000000Z",
        "lastModified": "2026-03-01T04:30:00.000000Z", "version": "\"1\"",
        "location": "https://passage.example.org/api/v1/scim/v2/Users/019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11"
    }
}))]
pub struct ScimUser {
    /// What this is: the URI of the schema.
    pub schemas: [&'static str; 1],
    /// The account.
    pub id: UserId,
    /// What the provider's tokens name the user by. It never changes.
    pub external_id: String,
    /// What the user is called there.
    pub user_name: String,
    /// False once the account was ended, here or there.
    pub active: bool,
    /// The name to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The parts of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<ScimName>,
    /// Where the user is written to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<ScimEmail>,
    /// The language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The values that give roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<ScimRole>>,
    /// What is known of the resource itself.
    pub meta: ScimMeta,
}

/// Where a user is read, below the server's own address.
pub(super) fn path(id: UserId) -> String {
    format!("/api/v1/scim/v2/Users/{id}")
}

impl ScimUser {
    /// The account as the provider sees it.
    pub(super) fn of(found: Provisioned, public_url: &str) -> Self {
        let active = is_active(&found);
        let Provisioned { user, own } = found;
        let Profile { user_name, display_name, formatted, given_name, family_name, email, .. } =
            own.profile.0.clone();
        let Profile { locale, roles, .. } = own.profile.0;
        let named = formatted.is_some() || given_name.is_some() || family_name.is_some();
        let email = email.map(|value| ScimEmail { value, kind: "work", primary: true });
        let roles = roles.map(|roles| roles.into_iter().map(|value| ScimRole { value }).collect());
        Self {
            schemas: [USER],
            id: user.id,
            external_id: own.external_id,
            user_name,
            active,
            display_name,
            name: named.then_some(ScimName { formatted, given_name, family_name }),
            emails: email.into_iter().collect(),
            locale,
            roles,
            meta: ScimMeta {
                resource_type: "User",
                created: user.created_at,
                last_modified: user.updated_at,
                location: format!("{public_url}{}", path(user.id)),
                version: etag(user.version),
            },
        }
    }
}

/// A part of the users, counted by place.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimUserList {
    /// What this is: the URI of the message.
    pub schemas: [&'static str; 1],
    /// How many there are in all.
    pub total_results: i64,
    /// How many stand here.
    pub items_per_page: usize,
    /// The place of the first, from 1 on.
    pub start_index: i64,
    /// The users, the oldest first.
    #[serde(rename = "Resources")]
    pub resources: Vec<ScimUser>,
}

impl ScimUserList {
    /// These users of so many.
    pub(super) fn of(resources: Vec<ScimUser>, total_results: i64, start_index: i64) -> Self {
        let items_per_page = resources.len();
        Self { schemas: [LIST], total_results, items_per_page, start_index, resources }
    }
}
