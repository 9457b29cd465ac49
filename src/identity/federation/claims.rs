//! From a provider's claims to roles, by allow-list only: pure. Whatever is not plainly right gives nothing.

use serde_json::{Map, Value};

use crate::access::RoleSet;
use crate::agency::AgencyKind;
use crate::identity::federation::model::Grants;
use crate::identity::model::check_roles;
use crate::text_enum;

/// The most values that a role claim may have. Providers that cut long lists would otherwise decide by chance.
const MOST_VALUES: usize = 200;

text_enum! {
    /// Why claims give no role.
    pub enum Denial {
        /// The role claim is no list of texts.
        ClaimsMalformed = "claims_malformed",
        /// It has more values than anybody looks through.
        GroupsTooMany = "groups_too_many",
        /// None of its values gives a role, or it is not there.
        RolesNone = "roles_none",
        /// Its values together give roles that exclude each other, or that the agency cannot have.
        RolesConflict = "roles_conflict",
    }
}

/// What came of looking through the claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The roles, or why there are none.
    pub roles: Result<RoleSet, Denial>,
    /// The values that give something.
    pub matched: Vec<String>,
    /// The values that give nothing.
    pub ignored: Vec<String>,
}

/// The role claim among `claims`: by its name or, where it begins with a slash, by JSON pointer.
#[must_use]
pub fn role_claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(found) = claims.get(name) {
        return Some(found);
    }
    let (first, rest) = name.strip_prefix('/')?.split_once('/')?;
    let first = first.replace("~1", "/").replace("~0", "~");
    claims.get(&first)?.pointer(&format!("/{rest}"))
}

/// The roles that `claims` give in an agency of that kind.
#[must_use]
pub fn judge(claims: &Map<String, Value>, grants: &Grants, kind: AgencyKind) -> Outcome {
    let mut outcome =
        Outcome { roles: Err(Denial::RolesNone), matched: Vec::new(), ignored: Vec::new() };
    let Some(found) = role_claim(claims, &grants.claim) else { return outcome };
    let Some(values) = found.as_array() else {
        outcome.roles = Err(Denial::ClaimsMalformed);
        return outcome;
    };
    if values.len() > MOST_VALUES {
        outcome.roles = Err(Denial::GroupsTooMany);
        return outcome;
    }
    let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
    let Some(texts) = texts else {
        outcome.roles = Err(Denial::ClaimsMalformed);
        return outcome;
    };
    judge_values(texts, grants, kind)
}

/// The roles that these values of the role claim give in an agency of that kind.
#[must_use]
pub fn judge_values<'a>(
    values: impl IntoIterator<Item = &'a str>,
    grants: &Grants,
    kind: AgencyKind,
) -> Outcome {
    let mut outcome =
        Outcome { roles: Err(Denial::RolesNone), matched: Vec::new(), ignored: Vec::new() };
    let mut roles = RoleSet::EMPTY;
    for value in values {
        let given = grants.of(value);
        let list = if given.is_empty() { &mut outcome.ignored } else { &mut outcome.matched };
        list.push(value.to_owned());
        roles = roles.union(given);
    }
    outcome.roles = if roles.is_empty() {
        Err(Denial::RolesNone)
    } else if check_roles(roles, kind).is_empty() {
        Ok(roles)
    } else {
        Err(Denial::RolesConflict)
    };
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::identity::federation::model::RoleMapping;
    use serde_json::json;

    fn grants(claim: &str) -> Grants {
        let mapping = |value: &str, role: Role| RoleMapping {
            value: value.to_owned(),
            roles: RoleSet::EMPTY.with(role),
        };
        Grants {
            claim: claim.to_owned(),
            mappings: vec![
                mapping("liaison", Role::LiaisonOfficer),
                mapping("officer", Role::CaseOfficer),
                mapping("audit", Role::Auditor),
                mapping("centre", Role::Coordinator),
            ],
        }
    }

    fn roles(claims: &Value) -> Result<RoleSet, Denial> {
        judge(claims.as_object().unwrap(), &grants("groups"), AgencyKind::National).roles
    }

    #[test]
    fn known_values_give_their_roles_and_unknown_ones_nothing() {
        let claims = json!({"groups": ["liaison", "king", "officer", "Liaison"]});
        let outcome = judge(claims.as_object().unwrap(), &grants("groups"), AgencyKind::National);
        let both = RoleSet::EMPTY.with(Role::LiaisonOfficer).with(Role::CaseOfficer);
        assert_eq!(outcome.roles, Ok(both));
        assert_eq!(outcome.matched, ["liaison", "officer"]);
        assert_eq!(outcome.ignored, ["king", "Liaison"]);
    }

    #[test]
    fn whatever_is_not_plainly_right_gives_nothing() {
        let many: Vec<String> = (0..500).map(|number| format!("group {number}")).collect();
        for (claims, wanted) in [
            (json!({}), Denial::RolesNone),
            (json!({"groups": []}), Denial::RolesNone),
            (json!({"groups": ["king"]}), Denial::RolesNone),
            (json!({"Groups": ["liaison"]}), Denial::RolesNone),
            (json!({"groups": "liaison"}), Denial::ClaimsMalformed),
            (json!({"groups": {"liaison": true}}), Denial::ClaimsMalformed),
            (json!({"groups": null}), Denial::ClaimsMalformed),
            (json!({"groups": ["liaison", 7]}), Denial::ClaimsMalformed),
            (json!({"groups": [["liaison"]]}), Denial::ClaimsMalformed),
            (json!({"groups": many}), Denial::GroupsTooMany),
            (json!({"groups": ["liaison", "audit"]}), Denial::RolesConflict),
            (json!({"groups": ["centre"]}), Denial::RolesConflict),
        ] {
            assert_eq!(roles(&claims), Err(wanted), "{claims}");
        }
    }

    #[test]
    fn a_claim_inside_of_another_is_found_by_its_pointer_and_a_name_goes_first() {
        let claims =
            json!({"realm_access": {"roles": ["officer"]}, "https://a/b": ["liaison"], "/x": []});
        let claims = claims.as_object().unwrap();
        for (name, found) in [
            ("/realm_access/roles", Some(json!(["officer"]))),
            ("https://a/b", Some(json!(["liaison"]))),
            ("/https:~1~1a~1b/0", Some(json!("liaison"))),
            ("/x", Some(json!([]))),
            ("realm_access/roles", None),
            ("/realm_access", None),
            ("/realm_access/other", None),
        ] {
            assert_eq!(role_claim(claims, name), found.as_ref(), "{name}");
        }
    }
}
