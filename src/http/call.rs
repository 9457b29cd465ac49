//! One request, as a handler sees it.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access::Context;
use crate::country::Country;
use crate::db::Page;
use crate::error::{Error, Fault, Result};
use crate::ids::Id;
use crate::submission::Submission;

/// One request: who asks, for what, and what was handed in.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who asks, when, and under which names.
    pub context: Context,
    /// What was handed in.
    pub submission: Submission,
    /// The peer's address.
    pub address: String,
    /// What the client says it is.
    pub device: String,
    /// The last event that the client has of a stream that it goes on with.
    pub last_event_id: Option<String>,
    pub(super) cookies: Option<String>,
    pub(super) path: HashMap<String, String>,
    pub(super) query: String,
    pub(super) page_default: i64,
    pub(super) page_most: i64,
}

impl Call {
    /// A call from inside the process, which takes the same road as one from outside.
    #[must_use]
    pub fn inside(context: Context, path: &[(&str, String)], body: Option<&Value>) -> Self {
        let submission = Submission {
            content_type: Some("application/json".to_owned()),
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            if_match: None,
        };
        Self {
            context,
            submission,
            address: "127.0.0.1".to_owned(),
            device: "passage".to_owned(),
            last_event_id: None,
            cookies: None,
            path: path.iter().map(|(name, id)| ((*name).to_owned(), id.clone())).collect(),
            query: String::new(),
            page_default: 50,
            page_most: 200,
        }
    }

    /// The same call, naming the version that it changes.
    #[must_use]
    pub fn if_match(mut self, etag: Option<String>) -> Self {
        self.submission.if_match = etag;
        self
    }

    /// The cookie of that name, where the browser sent it once.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let sent = self.cookies.as_deref().unwrap_or_default();
        let pairs = sent.split(';').filter_map(|pair| pair.trim().split_once('='));
        let mut found = pairs.filter(|(known, _)| *known == name).map(|(_, value)| value);
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }

    /// The id in the path under `name`.
    ///
    /// # Errors
    /// Not found, when it is no id: nothing can be there.
    pub fn id<K>(&self, name: &str) -> Result<Id<K>> {
        let text = self.path.get(name).ok_or_else(Error::not_found)?;
        text.parse().map_err(|_| Error::not_found())
    }

    /// The country in the path under `name`.
    ///
    /// # Errors
    /// Not found, when it is no code of a country: nothing can be there.
    pub fn country(&self, name: &str) -> Result<Country> {
        let text = self.path.get(name).ok_or_else(Error::not_found)?;
        text.parse().map_err(|_| Error::not_found())
    }

    /// The query's parameters.
    ///
    /// # Errors
    /// Invalid, naming the parameter.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T> {
        if self.query.contains("%00") {
            return Err(Error::invalid(vec![Fault::new("?", "expected no U+0000 in any text")]));
        }
        serde_urlencoded::from_str(&self.query)
            .map_err(|error| Error::invalid(vec![Fault::new("?", error.to_string())]))
    }

    /// The page that `limit` and `cursor` of the query ask for.
    ///
    /// # Errors
    /// Invalid, naming both where both are not right.
    pub fn page(&self, limit: Option<&str>, cursor: Option<&str>) -> Result<Page> {
        Page::parse(limit, cursor, self.page_default, self.page_most)
    }
}
