//! What this service provider can and cannot do, as SCIM describes it (RFC 7643, sections 5 to 7).

use serde_json::{Value, json};

use crate::identity::provisioning::scim::filter::USER;

/// The most users in one part of a list.
pub(super) const MOST_USERS: i64 = 200;

/// What is supported. Groups are not: roles are an attribute of users, and come by the provider's allow-list.
pub(super) fn config(public_url: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": MOST_USERS},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": true},
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Provisioning token",
            "description": "A long-lived token that an admin of the agency makes for its identity provider.",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{public_url}/api/v1/scim/v2/ServiceProviderConfig"),
        },
    })
}

/// The one kind of thing that there is.
pub(super) fn resource_type(public_url: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "description": "An account that the agency's identity provider vouches for.",
        "endpoint": "/Users",
        "schema": USER,
        "schemaExtensions": [],
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{public_url}/api/v1/scim/v2/ResourceTypes/User"),
        },
    })
}

/// What a user has here.
pub(super) fn schema(public_url: &str) -> Value {
    let text = |name: &str| attribute(name, "string");
    let key = json!({"required": true, "uniqueness": "server"});
    let exact = json!({"caseExact": true});
    let immutable = json!({"mutability": "immutable"});
    let name = json!([text("formatted"), text("givenName"), text("familyName")]);
    let email = json!([text("value"), text("type"), attribute("primary", "boolean")]);
    let role = json!([with(text("value"), &[&exact])]);
    let many = json!({"multiValued": true});
    let parts = |parts: &Value| json!({"subAttributes": parts});
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": USER,
        "name": "User",
        "description": "An account that the agency's identity provider vouches for.",
        "attributes": [
            with(text("externalId"), &[&key, &exact, &immutable]),
            with(text("userName"), &[&key]),
            attribute("active", "boolean"),
            text("displayName"),
            with(attribute("name", "complex"), &[&parts(&name)]),
            with(attribute("emails", "complex"), &[&many, &parts(&email)]),
            text("locale"),
            with(attribute("roles", "complex"), &[&many, &parts(&role)]),
        ],
        "meta": {
            "resourceType": "Schema",
            "location": format!("{public_url}/api/v1/scim/v2/Schemas/{USER}"),
        },
    })
}

fn attribute(name: &str, kind: &str) -> Value {
    json!({
        "name": name, "type": kind, "multiValued": false, "required": false, "caseExact": false,
        "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    })
}

/// The attribute with what is otherwise about it.
fn with(mut attribute: Value, others: &[&Value]) -> Value {
    let others = others.iter().filter_map(|other| other.as_object()).flatten();
    if let Some(fields) = attribute.as_object_mut() {
        fields.extend(others.map(|(name, value)| (name.clone(), value.clone())));
    }
    attribute
}

/// All of a kind, of which there is one.
pub(super) fn list(only: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 1, "itemsPerPage": 1, "startIndex": 1,
        "Resources": [only],
    })
}
