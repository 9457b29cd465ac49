//! Changes in steps (RFC 7644, section 3.5.2), in the dialects of those who send them: pure.
//!
//! Entra ID writes `Replace` and sends a path with each step, Okta sends one object without a path; both are the standard's.
//! One address and a list of roles is all that is kept of lists, so that a filter in a path matters only as far as it
//! selects the one that counts.

use serde_json::{Map, Value};

use crate::error::{Error, Fault, Faults, Result, codes};
use crate::identity::provisioning::model::{LONGEST_ID, Profile};
use crate::identity::provisioning::scim::filter::{self, Equals};
use crate::identity::provisioning::scim::input;

/// The most steps of one change.
const MOST_STEPS: usize = 100;

/// What a change is made to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    /// What the provider's tokens name the user by.
    pub(super) external_id: String,
    /// Whether the user may come in.
    pub(super) active: bool,
    /// Everything else.
    pub(super) profile: Profile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Add,
    Replace,
    Remove,
}

impl Operation {
    fn read(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "add" => Some(Self::Add),
            "replace" => Some(Self::Replace),
            "remove" => Some(Self::Remove),
            _ => None,
        }
    }
}

/// Where a step changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Path {
    /// The attribute with its part behind a point, in small letters.
    attribute: String,
    /// Which values of it.
    chosen: Option<Equals>,
}

impl Path {
    /// The path that `text` writes; none where it is about what is not known here.
    fn read(text: &str) -> Result<Option<Self>> {
        let wrong = || {
            let words = "Expected a path such as active, name.familyName or emails[type eq \"work\"].value.";
            Error::new(&codes::SCIM_PATH, words)
        };
        let Some(text) = filter::without_schema(text.trim()) else { return Ok(None) };
        let (before, chosen, after) = match text.split_once('[') {
            None => (text, None, ""),
            Some((before, rest)) => {
                let (inside, after) = rest.rsplit_once(']').ok_or_else(wrong)?;
                (before, Some(filter::read(inside)?), after)
            }
        };
        let attribute = format!("{before}{after}").to_ascii_lowercase();
        let parts: Vec<&str> = attribute.split('.').collect();
        if parts.len() > 2 || !parts.iter().all(|part| filter::is_name(part)) {
            return Err(wrong());
        }
        Ok(Some(Self { attribute, chosen }))
    }

    /// Whether it is about the value that counts of a list: all of them, the primary one, or the one at work.
    fn is_about_main(&self) -> bool {
        self.chosen.as_ref().is_none_or(|chosen| match chosen.attribute.as_str() {
            "primary" => chosen.is_true(),
            "type" => chosen.text().is_some_and(|kind| kind.eq_ignore_ascii_case("work")),
            _ => false,
        })
    }
}

/// Makes the change that `body` describes, all of it or nothing.
///
/// # Errors
/// It is no change; a path or a value is not right; it is about what never changes.
pub(super) fn apply(body: &Map<String, Value>, subject: &mut Subject) -> Result<()> {
    let field = |name: &str| {
        body.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let invalid = |detail: &str| Error::invalid(vec![Fault::new("/Operations", detail)]);
    let steps = field("Operations").and_then(Value::as_array);
    let steps = steps.ok_or_else(|| invalid("expected a list of changes"))?;
    if steps.is_empty() || steps.len() > MOST_STEPS {
        return Err(invalid("expected 1 to 100 changes"));
    }
    let mut faults = Faults::new();
    for (at, step) in steps.iter().enumerate() {
        one(step, subject, &mut faults, &format!("/Operations/{at}"))?;
    }
    faults.finish()
}

fn one(step: &Value, subject: &mut Subject, faults: &mut Faults, pointer: &str) -> Result<()> {
    let Some(step) = step.as_object() else {
        faults.add(pointer, "expected an object");
        return Ok(());
    };
    let field = |name: &str| {
        step.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let operation = field("op").and_then(Value::as_str).and_then(Operation::read);
    let Some(operation) = operation else {
        faults.add(format!("{pointer}/op"), "expected add, replace or remove");
        return Ok(());
    };
    let value = field("value").unwrap_or(&Value::Null);
    let pointer = format!("{pointer}/value");
    match field("path") {
        Some(Value::String(path)) => change(operation, path, value, subject, faults, &pointer),
        Some(Value::Null) | None if operation == Operation::Remove => {
            let words = "Say in path what is to be removed.";
            Err(Error::new(&codes::SCIM_NO_TARGET, words))
        }
        Some(Value::Null) | None => {
            let Some(attributes) = value.as_object() else {
                faults.add(pointer, "expected an object with what is to change");
                return Ok(());
            };
            attributes.iter().try_for_each(|(path, value)| {
                let pointer = format!("{pointer}/{path}");
                change(operation, path, value, subject, faults, &pointer)
            })
        }
        Some(_) => Err(Error::new(&codes::SCIM_PATH, "Expected a path that is a text.")),
    }
}

fn change(
    operation: Operation,
    path: &str,
    value: &Value,
    subject: &mut Subject,
    faults: &mut Faults,
    pointer: &str,
) -> Result<()> {
    let Some(path) = Path::read(path)? else { return Ok(()) };
    if matches!(path.attribute.as_str(), "roles" | "roles.value") {
        change_roles(operation, &path, value, subject, faults, pointer);
        return Ok(());
    }
    let value = if operation == Operation::Remove { &Value::Null } else { value };
    match path.attribute.as_str() {
        "externalid" => {
            let same = input::text(value, LONGEST_ID, faults, pointer);
            if same.as_ref() != Some(&subject.external_id) {
                return Err(immutable());
            }
        }
        "active" => match input::truth(value, faults, pointer) {
            Some(active) => subject.active = active,
            None if value.is_null() => faults.add(pointer, "expected true or false"),
            None => {}
        },
        "emails" | "emails.value" if !path.is_about_main() => {}
        "emails.value" => subject.profile.email = input::email(value, faults, pointer),
        attribute => input::set(&mut subject.profile, attribute, value, faults, pointer),
    }
    Ok(())
}

/// What never changes: the account is found by it.
pub(super) fn immutable() -> Error {
    let words = "externalId never changes: the account is found by it.";
    Error::new(&codes::SCIM_IMMUTABLE, words)
}

/// Which values there are afterwards. What is not understood of a path takes away rather than gives.
fn change_roles(
    operation: Operation,
    path: &Path,
    value: &Value,
    subject: &mut Subject,
    faults: &mut Faults,
    pointer: &str,
) {
    let said = input::values(value, faults, pointer);
    let mut roles = subject.profile.roles.take().unwrap_or_default();
    let named = path.chosen.as_ref().filter(|chosen| chosen.attribute == "value");
    match (operation, named.and_then(Equals::text)) {
        (Operation::Remove, Some(named)) => roles.retain(|role| role != named),
        (Operation::Remove, None) if path.chosen.is_none() && !said.is_empty() => {
            roles.retain(|role| !said.contains(role));
        }
        (Operation::Remove, None) => roles.clear(),
        (Operation::Replace, Some(named)) => {
            roles.retain(|role| role != named);
            add(&mut roles, said);
        }
        (Operation::Add, _) if path.chosen.is_none() => add(&mut roles, said),
        // Of one that is the primary one, there is one.
        (Operation::Add | Operation::Replace, _) => roles = said,
    }
    subject.profile.roles = Some(roles);
}

fn add(roles: &mut Vec<String>, said: Vec<String>) {
    for role in said {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn subject() -> Subject {
        Subject {
            external_id: "7".to_owned(),
            active: true,
            profile: Profile {
                user_name: "a.asanova".to_owned(),
                given_name: Some("Aigul".to_owned()),
                email: Some("a@b.example".parse().unwrap()),
                roles: Some(vec!["liaison".to_owned()]),
                ..Profile::default()
            },
        }
    }

    fn changed(steps: &Value) -> Subject {
        let mut subject = subject();
        let body = json!({"Operations": steps});
        apply(body.as_object().unwrap(), &mut subject).unwrap_or_else(|error| panic!("{error}"));
        subject
    }

    fn code(steps: &Value) -> &'static str {
        let body = json!({"Operations": steps});
        apply(body.as_object().unwrap(), &mut subject()).unwrap_err().code().name
    }

    #[test]
    fn every_dialect_ends_an_account() {
        for step in [
            json!({"op": "replace", "value": {"active": false}}),
            json!({"op": "Replace", "path": "active", "value": "False"}),
            json!({"op": "Replace", "path": "active", "value": false}),
            json!({"op": "add", "path": "Active", "value": false}),
            json!({"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false}),
            json!({"Op": "replace", "Value": {"ACTIVE": "false"}, "Path": null}),
        ] {
            assert!(!changed(&json!([step])).active, "{step}");
        }
    }

    #[test]
    fn names_and_the_address_change_where_the_path_says() {
        let after = changed(&json!([
            {"op": "Replace", "path": "name.familyName", "value": "Asanova"},
            {"op": "Remove", "path": "name.givenName"},
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@b.example"},
            {"op": "Add", "path": "emails[type eq \"home\"].value", "value": "home@b.example"},
            {"op": "Replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "9"},
            {"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+996 312"},
            {"op": "replace", "value": {"displayName": "Aigul", "name.formatted": "A. A.", "id": "x", "meta": {}}},
        ]));
        let profile = after.profile;
        assert_eq!(profile.family_name.as_deref(), Some("Asanova"));
        assert_eq!(profile.given_name, None);
        assert_eq!(profile.email.unwrap().as_str(), "new@b.example");
        assert_eq!(profile.display_name.as_deref(), Some("Aigul"));
        assert_eq!(profile.formatted.as_deref(), Some("A. A."));
    }

    #[test]
    fn roles_are_added_taken_away_and_replaced() {
        let roles = |steps: Value| changed(&steps).profile.roles.unwrap();
        let value = |value: &str| json!([{"value": value}]);
        let add = json!([{"op": "Add", "path": "roles", "value": value("officers")}]);
        assert_eq!(roles(add), ["liaison", "officers"]);
        let twice = json!([{"op": "add", "path": "roles", "value": value("liaison")}]);
        assert_eq!(roles(twice), ["liaison"]);
        let replace = json!([{"op": "Replace", "path": "roles", "value": value("officers")}]);
        assert_eq!(roles(replace), ["officers"]);
        let primary =
            json!([{"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "officers"}]);
        assert_eq!(roles(primary), ["officers"]);
        let instead = json!([{"op": "replace", "path": "roles[value eq \"liaison\"].value", "value": "officers"}]);
        assert_eq!(roles(instead), ["officers"]);
        for nothing in [
            json!({"op": "Remove", "path": "roles"}),
            json!({"op": "Remove", "path": "roles", "value": value("liaison")}),
            json!({"op": "remove", "path": "roles[value eq \"liaison\"]"}),
            json!({"op": "remove", "path": "roles[type eq \"any\"]"}),
            json!({"op": "replace", "path": "roles", "value": []}),
            json!({"op": "replace", "value": {"roles": null}}),
        ] {
            assert_eq!(roles(json!([nothing])), Vec::<String>::new(), "{nothing}");
        }
        let other = json!([{"op": "remove", "path": "roles[value eq \"Liaison\"]"}]);
        assert_eq!(roles(other), ["liaison"]);
    }

    #[test]
    fn what_is_no_change_is_refused() {
        let step = json!({"op": "replace", "path": "active", "value": false});
        for (steps, wanted) in [
            (json!([]), "validation-failed"),
            (json!("replace"), "validation-failed"),
            (json!([7]), "validation-failed"),
            (json!(vec![step; 101]), "validation-failed"),
            (json!([{"op": "move", "path": "active", "value": false}]), "validation-failed"),
            (json!([{"path": "active", "value": false}]), "validation-failed"),
            (json!([{"op": "replace", "path": "active", "value": "off"}]), "validation-failed"),
            (json!([{"op": "replace", "path": "active"}]), "validation-failed"),
            (json!([{"op": "remove", "path": "active"}]), "validation-failed"),
            (json!([{"op": "remove", "path": "userName"}]), "validation-failed"),
            (json!([{"op": "replace", "path": "userName", "value": ""}]), "validation-failed"),
            (json!([{"op": "replace", "value": false}]), "validation-failed"),
            (json!([{"op": "replace"}]), "validation-failed"),
            (json!([{"op": "remove"}]), "scim-no-target"),
            (json!([{"op": "replace", "path": 7, "value": 1}]), "scim-path"),
            (json!([{"op": "replace", "path": "", "value": 1}]), "scim-path"),
            (json!([{"op": "replace", "path": "a b", "value": 1}]), "scim-path"),
            (json!([{"op": "replace", "path": "a.b.c", "value": 1}]), "scim-path"),
            (
                json!([{"op": "replace", "path": "emails[type eq \"work\"", "value": 1}]),
                "scim-path",
            ),
            (json!([{"op": "replace", "path": "emails[type]", "value": 1}]), "scim-filter"),
            (json!([{"op": "replace", "path": "x'; DROP TABLE users", "value": 1}]), "scim-path"),
            (json!([{"op": "replace", "path": "externalId", "value": "8"}]), "scim-immutable"),
            (json!([{"op": "remove", "path": "externalId"}]), "scim-immutable"),
            (json!([{"op": "replace", "value": {"externalId": "8"}}]), "scim-immutable"),
        ] {
            assert_eq!(code(&steps), wanted, "{steps}");
        }
        assert!(apply(&Map::new(), &mut subject()).is_err());
        let same = json!([{"op": "replace", "path": "externalId", "value": "7"}]);
        assert_eq!(changed(&same), subject());
    }
}
