//! The published contract, and the check that every answer keeps to it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::client::Reply;

/// The `OpenAPI` document as the server publishes it.
#[derive(Debug)]
pub struct Contract {
    /// The document.
    pub document: Value,
    operations: Vec<Operation>,
}

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// Its method, in capitals.
    pub method: String,
    /// Its path, with parameters in braces.
    pub path: String,
    /// The documented statuses with their media types.
    pub statuses: BTreeMap<u16, Vec<String>>,
}

impl Contract {
    /// The contract: fetched from the first server that is asked for it, and the same for all of them.
    pub fn published(fetch: impl FnOnce() -> Value) -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| Self::read(fetch()))
    }

    /// Reads a document.
    pub fn read(document: Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().expect("the contract has paths") {
            for (method, operation) in item.as_object().expect("a path has operations") {
                let Some(id) = operation["operationId"].as_str() else { continue };
                let responses = operation["responses"].as_object().expect("it has responses");
                let statuses = responses.iter().map(|(status, response)| {
                    let types = response["content"].as_object();
                    let types = types.map(|types| types.keys().cloned().collect());
                    (status.parse().expect("a status is a number"), types.unwrap_or_default())
                });
                operations.push(Operation {
                    id: id.to_owned(),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    statuses: statuses.collect(),
                });
            }
        }
        Self { document, operations }
    }

    /// All operations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation that `method` on `path` asks for; a literal segment goes before a parameter.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let method = if method == "HEAD" { "GET" } else { method };
        let path = path.split('?').next().unwrap_or_default();
        self.operations
            .iter()
            .filter(|operation| operation.method == method && fits(&operation.path, path))
            .min_by_key(|operation| operation.path.matches('{').count())
    }

    /// Holds an answer to the contract, and says which operation it is of.
    ///
    /// # Panics
    /// When the contract does not know the operation, the status, or the form of the answer.
    pub fn check(&self, reply: &Reply) -> &Operation {
        let asked = format!("{} {}", reply.method, reply.path);
        let Some(operation) = self.operation(&reply.method, &reply.path) else {
            panic!("{asked}: the contract knows no such operation, but {reply}");
        };
        let id = &operation.id;
        let Some(types) = operation.statuses.get(&reply.status) else {
            panic!("{id}: {} is not documented: {asked} gave {reply}", reply.status);
        };
        assert!(reply.status != 500, "{id}: {asked} gave {reply}");
        let sent = reply.header("content-type");
        if reply.method == "HEAD" {
            return operation;
        }
        match sent {
            Some(sent) => assert!(
                types.iter().any(|known| known == sent),
                "{id}: {sent} is not documented for {}: {asked} gave {reply}",
                reply.status
            ),
            None => assert!(
                types.is_empty() && reply.body.is_empty(),
                "{id}: a documented body is missing: {asked} gave {reply}"
            ),
        }
        if reply.status >= 400 && sent == Some("application/json") {
            super::machine::check_oauth_refusal(reply);
        } else if reply.status >= 400 && sent == Some("application/scim+json") {
            super::directory::check_scim_refusal(reply);
        } else if reply.status >= 400 {
            check_problem(reply);
        }
        operation
    }
}

/// Holds an error to RFC 9457 and to what our problems have beside it.
///
/// # Panics
/// When it does not keep to that.
pub fn check_problem(reply: &Reply) {
    let problem = &reply.json;
    let path = reply.path.split('?').next();
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{reply}");
    assert_eq!(problem["status"], reply.status, "{reply}");
    assert_eq!(problem["instance"].as_str(), path, "{reply}");
    for name in ["type", "title", "detail", "code"] {
        let text = problem[name].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{name} is missing in {reply}");
    }
    let known = ["type", "title", "status", "detail", "instance", "code", "errors", "missing"];
    for name in problem.as_object().expect("a problem is an object").keys() {
        assert!(known.contains(&name.as_str()), "{name} is not of the contract in {reply}");
    }
    match reply.status {
        401 => assert!(reply.header("www-authenticate").is_some(), "{reply}"),
        429 | 503 => assert!(reply.header("retry-after").is_some(), "{reply}"),
        _ => {}
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) => {
                let parameter = wanted.starts_with('{') && !given.is_empty();
                if !parameter && wanted != given {
                    return false;
                }
            }
            _ => return false,
        }
    }
}
