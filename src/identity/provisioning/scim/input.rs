//! What a provider says of somebody, read: pure. The names of attributes have no capitals that matter (RFC 7643, section
//! 2.1), null says nothing, and what is not known here is ignored.

use serde_json::{Map, Value};

use crate::email::Email;
use crate::error::Faults;
use crate::identity::provisioning::model::{LONGEST_ID, LONGEST_NAME, Profile};
use crate::identity::provisioning::scim::filter;

/// The most values that a list may have.
const MOST_VALUES: usize = 200;
/// The longest tag of a language, in characters.
const LONGEST_TAG: usize = 35;

/// A user as a provider sends one whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    /// What the provider's tokens name the user by.
    pub(super) external_id: Option<String>,
    /// Whether the user may come in; nothing is said where it is missing.
    pub(super) active: Option<bool>,
    /// Everything else.
    pub(super) profile: Profile,
}

/// Reads a whole user; every fault is noted.
pub(super) fn read(body: &Map<String, Value>, faults: &mut Faults) -> Sent {
    let mut sent = Sent { external_id: None, active: None, profile: Profile::default() };
    for (name, value) in body {
        let Some(attribute) = filter::plain(name) else { continue };
        let pointer = format!("/{name}");
        match attribute.as_str() {
            "externalid" => sent.external_id = text(value, LONGEST_ID, faults, &pointer),
            "active" => sent.active = truth(value, faults, &pointer),
            _ => set(&mut sent.profile, &attribute, value, faults, &pointer),
        }
    }
    if sent.profile.user_name.is_empty() {
        faults.add("/userName", "is missing");
    }
    sent
}

/// Sets an attribute of a profile, by its name in small letters; of a name, only what is said of it.
pub(super) fn set(
    profile: &mut Profile,
    attribute: &str,
    value: &Value,
    faults: &mut Faults,
    pointer: &str,
) {
    match attribute {
        "username" => {
            if let Some(name) = text(value, LONGEST_ID, faults, pointer) {
                profile.user_name = name;
            } else if value.is_null() || value == "" {
                faults.add(pointer, "cannot be taken away");
            }
        }
        "displayname" => profile.display_name = text(value, LONGEST_NAME, faults, pointer),
        "locale" => profile.locale = text(value, LONGEST_TAG, faults, pointer),
        "name" => set_name(profile, value, faults, pointer),
        "name.formatted" => profile.formatted = text(value, LONGEST_NAME, faults, pointer),
        "name.givenname" => profile.given_name = text(value, LONGEST_NAME, faults, pointer),
        "name.familyname" => profile.family_name = text(value, LONGEST_NAME, faults, pointer),
        "emails" => profile.email = main_email(value, faults, pointer),
        "roles" => profile.roles = Some(values(value, faults, pointer)),
        _ => {}
    }
}

fn set_name(profile: &mut Profile, value: &Value, faults: &mut Faults, pointer: &str) {
    match value {
        Value::Null => {
            (profile.formatted, profile.given_name, profile.family_name) = (None, None, None);
        }
        Value::Object(parts) => {
            for (name, value) in parts {
                let attribute = format!("name.{}", name.to_ascii_lowercase());
                set(profile, &attribute, value, faults, &format!("{pointer}/{name}"));
            }
        }
        _ => faults.add(pointer, "expected an object"),
    }
}

/// A text; null and blank are none.
pub(super) fn text(
    value: &Value,
    longest: usize,
    faults: &mut Faults,
    pointer: &str,
) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.trim(),
        _ => {
            faults.add(pointer, "expected a text");
            return None;
        }
    };
    if text.chars().count() > longest {
        faults.add(pointer, format!("expected at most {longest} characters"));
    } else if text.chars().any(char::is_control) {
        faults.add(pointer, "expected no control characters");
    } else if !text.is_empty() {
        return Some(text.to_owned());
    }
    None
}

/// True or false; some providers send the words as a text.
pub(super) fn truth(value: &Value, faults: &mut Faults, pointer: &str) -> Option<bool> {
    let said = match value {
        Value::Null => return None,
        Value::Bool(said) => Some(*said),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    if said.is_none() {
        faults.add(pointer, "expected true or false");
    }
    said
}

/// The values of a list, or the one value that stands alone; none for null.
fn list<'a>(value: &'a Value, faults: &mut Faults, pointer: &str) -> &'a [Value] {
    let values = match value {
        Value::Null => &[],
        Value::Array(values) => values.as_slice(),
        Value::Object(_) => std::slice::from_ref(value),
        _ => {
            faults.add(pointer, "expected a list");
            &[]
        }
    };
    if values.len() > MOST_VALUES {
        faults.add(pointer, format!("expected at most {MOST_VALUES} values"));
        return &[];
    }
    values
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let found = value.as_object()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// The address that counts: the primary one, or the one at work, or the first.
fn main_email(value: &Value, faults: &mut Faults, pointer: &str) -> Option<Email> {
    let values = list(value, faults, pointer);
    let primary = |value: &&Value| {
        field(value, "primary").is_some_and(|it| {
            *it == Value::Bool(true)
                || it.as_str().is_some_and(|it| it.eq_ignore_ascii_case("true"))
        })
    };
    let at_work = |value: &&Value| {
        field(value, "type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let chosen = values.iter().find(primary).or_else(|| values.iter().find(at_work));
    let chosen = chosen.or_else(|| values.first())?;
    email(field(chosen, "value").unwrap_or(&Value::Null), faults, pointer)
}

/// An address; null and blank are none.
pub(super) fn email(value: &Value, faults: &mut Faults, pointer: &str) -> Option<Email> {
    let text = text(value, LONGEST_ID, faults, pointer)?;
    faults.take(pointer, text.parse())
}

/// The values of roles: each a text, or an object with one.
pub(super) fn values(value: &Value, faults: &mut Faults, pointer: &str) -> Vec<String> {
    if let Value::String(_) = value {
        return text(value, LONGEST_ID, faults, pointer).into_iter().collect();
    }
    let mut found: Vec<String> = Vec::new();
    for (at, value) in list(value, faults, pointer).iter().enumerate() {
        let of = if value.is_string() { Some(value) } else { field(value, "value") };
        let pointer = format!("{pointer}/{at}");
        let Some(of) = of else {
            faults.add(pointer, "expected a text, or an object with a value");
            continue;
        };
        // Some directories put a whole object into the text: what is longer than a value gives nothing.
        let long = of.as_str().is_some_and(|text| text.chars().count() > LONGEST_ID);
        let text = if long { None } else { text(of, LONGEST_ID, faults, &pointer) };
        found.extend(text.filter(|text| !found.contains(text)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_all(body: &Value) -> (Sent, Vec<String>) {
        let mut faults = Faults::new();
        let sent = read(body.as_object().unwrap(), &mut faults);
        let pointers = faults.finish().err().map(|error| {
            error.faults().iter().map(|fault| fault.pointer.clone()).collect::<Vec<_>>()
        });
        (sent, pointers.unwrap_or_default())
    }

    #[test]
    fn a_user_is_read_whatever_its_capitals() {
        let (sent, faults) = read_all(&json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "USERNAME": " a.asanova ", "externalid": "7",
            "Active": "False", "Name": {"FamilyName": "Asanova", "givenName": "Aigul", "honorificPrefix": "Ms"},
            "emails": [{"value": "home@example.kg", "type": "home"}, {"value": "Work@Example.kg", "type": "Work"}],
            "roles": [{"value": "liaison", "primary": "True"}, "officers", "officers"], "locale": null,
            "password": "secret", "groups": [], "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "x"},
        }));
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!((sent.external_id.as_deref(), sent.active), (Some("7"), Some(false)));
        assert_eq!(
            sent.profile,
            Profile {
                user_name: "a.asanova".to_owned(),
                given_name: Some("Aigul".to_owned()),
                family_name: Some("Asanova".to_owned()),
                email: Some("work@example.kg".parse().unwrap()),
                roles: Some(vec!["liaison".to_owned(), "officers".to_owned()]),
                ..Profile::default()
            }
        );
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let many: Vec<Value> = (0..201).map(|number| json!(number.to_string())).collect();
        let (_, mut faults) = read_all(&json!({
            "userName": 7, "externalId": "x".repeat(256), "active": "yes", "displayName": ["x"], "name": "Aigul",
            "emails": [{"value": "no address"}], "roles": many, "locale": "a\u{7}",
        }));
        faults.sort();
        assert_eq!(
            faults,
            [
                "/active",
                "/displayName",
                "/emails",
                "/externalId",
                "/locale",
                "/name",
                "/roles",
                "/userName",
                "/userName",
            ]
        );
        assert_eq!(read_all(&json!({"emails": "a@b.example", "userName": "x"})).1, ["/emails"]);
        assert_eq!(
            read_all(&json!({"roles": [{"display": "x"}, 7], "userName": "x"})).1,
            ["/roles/0", "/roles/1"]
        );
        assert_eq!(read_all(&json!({"userName": ""})).1, ["/userName", "/userName"]);
    }

    #[test]
    fn the_primary_address_goes_first() {
        let of =
            |emails: Value| read_all(&json!({"userName": "x", "emails": emails})).0.profile.email;
        let both = json!([{"value": "a@b.example", "type": "work"}, {"value": "c@d.example", "primary": true}]);
        assert_eq!(of(both).unwrap().as_str(), "c@d.example");
        assert_eq!(of(json!([{"value": "a@b.example"}])).unwrap().as_str(), "a@b.example");
        assert_eq!(of(json!([])), None);
    }

    #[test]
    fn a_whole_object_inside_of_a_text_gives_no_role() {
        let text = json!({"id": "x".repeat(300), "value": "liaison"}).to_string();
        let (sent, faults) = read_all(&json!({"userName": "x", "roles": [{"value": text}]}));
        assert_eq!((sent.profile.roles, faults.len()), (Some(Vec::new()), 0));
    }
}
