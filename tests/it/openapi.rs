//! The published contract: valid, complete, and the same as what is mounted.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;

use passage::access::Role;
use passage::cases::case::model::CaseStatus;
use passage::http::{Access, Method, Route};
use passage::routes;
use passage::text_enum::TextEnum;
use serde_json::Value;

use crate::harness::{Backend, World, both};

const VALIDATOR: &str = "PASSAGE_TEST_OPENAPI_VALIDATOR";

/// Handlers that are no function of their own name in an `api` file.
const INLINE_HANDLERS: [&str; 1] = ["get_openapi"];

/// With what an operation id may begin: what is done.
const VERBS: &str = "get list create edit change set delete accept decline leave remove invite confirm deactivate login \
     logout post refresh report dispute waive supersede verify offer refuse dispose mark unmark end cancel acknowledge \
     start complete divert resume submit withdraw request answer grant extend revoke \
     take agree preview reauthenticate recover replace";

fn mounted() -> Vec<Route> {
    routes::routes(&Arc::new(routes::contract()))
}

fn method(route: &Route) -> &'static str {
    match route.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn document() -> Value {
    serde_json::to_value(routes::contract()).unwrap()
}

fn operation<'a>(document: &'a Value, route: &Route) -> &'a Value {
    &document["paths"][route.path][method(route).to_lowercase()]
}

both! {
    /// The server publishes what the code says.
    fn the_contract_is_published(world) {
        let reply = world.nobody().get("/openapi.json").expect(200);
        assert_eq!(reply.json, document());
        assert_eq!(world.contract().document, document());
    }
}

#[test]
fn an_independent_validator_finds_nothing() {
    let Some(validator) = std::env::var_os(VALIDATOR) else {
        assert!(std::env::var_os("CI").is_none(), "{VALIDATOR} is missing: run `make test`");
        World::not_run("the OpenAPI validator", module_path!(), VALIDATOR);
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, document().to_string()).unwrap();
    let output = Command::new(validator).arg(&file).output().expect("the validator runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// Closed lists stand in the contract with the words that are sent, not with the names that the code has for them.
#[test]
fn words_are_described_as_they_are_sent() {
    fn words<T: TextEnum>() -> Vec<&'static str> {
        T::ALL.iter().map(|word| word.as_str()).collect()
    }
    let document = document();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["CaseStatus"]["enum"], serde_json::json!(words::<CaseStatus>()));
    assert_eq!(schemas["Role"]["enum"], serde_json::json!(words::<Role>()));
}

/// An entry of the journal is whole or withheld, and the contract describes both.
#[test]
fn an_entry_is_described_whole_and_withheld() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let content = &schemas["EntryContent"]["oneOf"];
    let name = |at: usize| content[at]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!([name(0), name(1)], ["EntrySaid", "EntryWithheld"], "{content}");
    assert_eq!(schemas["EntryWithheld"]["required"], serde_json::json!(["withheld"]));
    let parts = schemas["EntryView"]["allOf"].as_array().unwrap();
    let content = "#/components/schemas/EntryContent";
    assert!(parts.iter().any(|part| part["$ref"] == content), "{parts:?}");
}

/// What is read of a header or a path is described as it is read, so that whoever keeps to it is not refused for its form.
#[test]
fn headers_and_codes_are_described_as_they_are_read() {
    let document = document();
    let parameter = |path: &str, method: &str, name: &str| {
        let parameters = document["paths"][path][method]["parameters"].as_array().unwrap().clone();
        parameters.into_iter().find(|it| it["name"] == name).unwrap()["schema"].clone()
    };
    let key = parameter("/api/v1/cases", "post", "Idempotency-Key");
    assert_eq!((&key["minLength"], &key["maxLength"]), (&1.into(), &255.into()));
    let reason = parameter("/api/v1/cases/{case_id}", "get", "X-Consultation-Reason");
    assert_eq!((&reason["minLength"], &reason["pattern"]), (&1.into(), &key["pattern"]));
    let code = parameter("/api/v1/countries/{code}", "get", "code");
    assert_eq!((&code["pattern"], &code["format"]), (&"^[A-Z]{2}$".into(), &Value::Null));
}

#[test]
fn what_is_mounted_is_what_is_described() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or("nothing");
            described.insert(format!("{} {path} {id}", method.to_uppercase()));
        }
    }
    let mounted: BTreeSet<String> = mounted()
        .iter()
        .map(|route| format!("{} {} {}", method(route), route.path, route.operation))
        .collect();
    assert_eq!(described, mounted);
}

#[test]
fn operation_ids_are_unique_and_name_their_handlers() {
    let handlers = handlers();
    let mut seen = BTreeMap::new();
    for route in mounted() {
        let id = route.operation;
        if let Some(other) = seen.insert(id, route.path) {
            panic!("{id} stands for {other} and for {}", route.path);
        }
        let verb = id.split('_').next().unwrap();
        assert!(
            VERBS.split_whitespace().any(|known| known == verb),
            "{id} does not say what is done"
        );
        assert!(id.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{id}");
        let found = handlers.contains(id) || INLINE_HANDLERS.contains(&id);
        assert!(found, "there is no handler called {id}");
    }
}

/// The names of all `pub async fn name(app: App, call: Call)`.
fn handlers() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let functions = text.split("pub async fn ").skip(1);
            names.extend(
                functions.filter_map(|rest| rest.split_once('(').map(|(name, _)| name.to_owned())),
            );
        }
    }
    names
}

#[test]
fn every_parameter_and_every_answer_is_described() {
    let document = document();
    for route in mounted() {
        let (id, operation) = (route.operation, operation(&document, &route));
        assert!(
            operation["summary"].as_str().is_some_and(|text| text.ends_with('.')),
            "{id}: summary"
        );
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let named = |place: &str, name: &str| {
            parameters.iter().any(|it| {
                it["in"] == place
                    && it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name))
            })
        };
        for name in route.parameters() {
            assert!(named("path", name), "{id}: {name} is not described");
        }
        assert_eq!(route.guarded, named("header", "If-Match"), "{id}: If-Match");
        assert_eq!(route.consults, named("header", "X-Consultation-Reason"), "{id}: reason");
        assert_eq!(route.takes_key(), named("header", "Idempotency-Key"), "{id}: Idempotency-Key");
        let body = route.takes_body() || route.has_form();
        assert_eq!(body, operation["requestBody"].is_object(), "{id}: body");
        if route.path.starts_with("/api/v1/auth/") {
            assert!(!named("header", "Idempotency-Key"), "{id} takes no key");
        }
        let secured = operation["security"].as_array().is_some_and(|list| !list.is_empty());
        assert_eq!(route.access != Access::Public, secured, "{id}: security");
        check_answers(id, &route, operation);
    }
}

fn check_answers(id: &str, route: &Route, operation: &Value) {
    let responses = operation["responses"].as_object().unwrap();
    let mut wanted = vec!["500", "503"];
    if route.access == Access::SignedIn {
        wanted.extend(["400", "401", "403", "404"]);
    }
    if route.takes_body() {
        wanted.extend(["400", "413", "415"]);
    }
    if route.speaks_scim() {
        wanted.extend(["400", "401", "413", "429"]);
        // SCIM knows no 422, and nobody is there who may see what he may not do.
        let unknown = ["403", "422"].iter().find(|status| responses.contains_key(**status));
        assert_eq!(unknown, None, "{id}");
    } else if route.takes_body() {
        wanted.push("422");
    }
    if route.guarded {
        wanted.extend(["412", "428"]);
    }
    if route.access == Access::SignedIn && route.method != Method::Get {
        wanted.extend(["409", "422"]);
    }
    for status in wanted {
        assert!(responses.contains_key(status), "{id}: {status} is not described");
    }
    let done = |status: &&String| status.starts_with('2') || status.as_str() == "302";
    let successes = responses.keys().filter(done).count();
    assert_eq!(successes, 1, "{id}: one success is described");
    for (status, response) in responses {
        let described = response["description"].as_str().is_some_and(|text| !text.is_empty());
        assert!(described, "{id}: {status} has no description");
        if status.as_str() >= "400" {
            // One endpoint is known to every client of OAuth, and refuses as they expect it.
            let oauth = id == "create_token" && ["400", "401"].contains(&status.as_str());
            let (kind, name) = if oauth {
                ("application/json", "OauthError")
            } else if route.speaks_scim() {
                ("application/scim+json", "ScimError")
            } else {
                ("application/problem+json", "Problem")
            };
            let schema = &response["content"][kind]["schema"]["$ref"];
            assert_eq!(schema, &format!("#/components/schemas/{name}"), "{id}: {status}");
        }
    }
}

#[test]
fn every_body_has_an_example() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    for route in mounted().iter().filter(|route| route.takes_body() && !route.form) {
        let body = &operation(&document, route)["requestBody"]["content"]["application/json"];
        let name = body["schema"]["$ref"].as_str().unwrap_or_default();
        let schema = &schemas[name.rsplit('/').next().unwrap_or_default()];
        let own = !schema["example"].is_null() || !schema["examples"].is_null();
        let fields = schema["properties"].as_object().is_some_and(|fields| {
            fields.values().all(|it| !it["example"].is_null() || !it["examples"].is_null())
        });
        assert!(own || fields, "{}: {name} has no example", route.operation);
    }
}

#[test]
fn every_schema_that_is_referred_to_is_there() {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(name)) = fields.get("$ref") {
                    found.insert(name.clone());
                }
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = BTreeSet::new();
    walk(&document, &mut found);
    for name in found {
        let pointer = name.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{name} is missing");
    }
}

#[test]
fn the_page_that_shows_the_contract_is_there() {
    World::play(Backend::Sqlite, module_path!(), |world| {
        let moved = world.nobody().get("/api/docs").off_contract().send();
        assert_eq!((moved.status, moved.header("location")), (308, Some("/api/docs/")));
        let page = world.nobody().get("/api/docs/").off_contract().expect(200);
        let text = String::from_utf8(page.body).unwrap();
        for outside in ["http://", "https://"] {
            assert!(!text.contains(outside), "the page loads something from {outside}");
        }
    });
}
