//! Sending a browser to a provider: to sign in, or on another errand.

use reqwest::Url;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::Answer;
use crate::db::View;
use crate::error::{Error, Fault, Result};
use crate::http::{App, Call};
use crate::identity::federation::callback::LONGEST_SESSION;
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::linking;
use crate::identity::federation::linking::api::SentToProvider;
use crate::identity::federation::links;
use crate::identity::federation::metadata::Metadata;
use crate::identity::federation::store::{self, ProviderRow};
use crate::identity::federation::tokens::SKEW;
use crate::identity::federation::transaction::{self, Errand, Transaction};
use crate::ids::IdentityProviderId;

/// The longest path to go on at, in bytes: the cookie that keeps it is no longer than browsers take.
const LONGEST_PATH: usize = 1000;

/// What a sign-in is begun with.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct StartQuery {
    /// Where to go on once signed in: a path of this server, of 1000 bytes at the most.
    #[param(example = "/cases?state=active")]
    return_to: Option<String>,
}

/// Sends the browser to the provider, with what has to come back.
///
/// # Errors
/// There is no such provider in effect; it does not answer; the path to go on at leads elsewhere.
pub async fn start(app: &App, call: Call) -> Result<Answer> {
    let (address, cookie) = begin(app, &call, |_, _| Ok(Errand::SignIn)).await?;
    Ok(Answer::found(address).cookie(cookie))
}

/// Tells where to send the browser of somebody who is signed in, so that the provider vouches for the same account.
///
/// # Errors
/// There is no such provider of the own agency in effect; the sign-in is not recent; the account is none to be linked; the
/// provider does not answer; the path to go on at leads elsewhere.
pub async fn start_link(app: &App, call: Call) -> Result<Answer> {
    let errand = |view: &mut View<'_>, provider: &ProviderRow| {
        linking::may_begin(view, provider)?;
        Ok(Errand::Link(view.context().officer()?.session))
    };
    let (authorization_url, cookie) = begin(app, &call, errand).await?;
    Ok(Answer::ok(&SentToProvider { authorization_url })?.cookie(cookie))
}

/// Tells where to send the browser of somebody for whose session the provider vouches, to prove there once more who he or she
/// is: the provider is asked to have it proved, whatever it remembers.
///
/// # Errors
/// The provider does not vouch for the session; it does not answer; the path to go on at leads elsewhere.
pub async fn start_proof(app: &App, call: Call) -> Result<Answer> {
    let errand = |view: &mut View<'_>, provider: &ProviderRow| {
        let session = view.context().officer()?.session;
        let row = links::vouched(view, session)?.filter(|row| row.provider_id == provider.id);
        row.map(|row| Errand::Prove(row.session_id)).ok_or_else(Error::not_found)
    };
    let (authorization_url, cookie) = begin(app, &call, errand).await?;
    Ok(Answer::ok(&SentToProvider { authorization_url })?.cookie(cookie))
}

/// Begins an errand: where the browser goes, and the cookie that it keeps.
async fn begin(
    app: &App,
    call: &Call,
    errand: impl FnOnce(&mut View<'_>, &ProviderRow) -> Result<Errand> + Send + 'static,
) -> Result<(String, String)> {
    let (id, query) = (call.id("provider_id")?, call.query::<StartQuery>());
    let public_url = app.config.public_url();
    let url = public_url.clone();
    let (row, begun, sealed) = app
        .db
        .read(&call.context, move |view| {
            let row = in_effect(view, id)?;
            let errand = errand(view, &row)?;
            let return_to = match query?.return_to {
                None => None,
                Some(path) => Some(inside(&url, &path).ok_or_else(leads_elsewhere)?),
            };
            let begun = Transaction::begin(id, errand, return_to, view.now())?;
            let sealed = begun.seal(view.marks())?;
            Ok((row, begun, sealed))
        })
        .await?;
    let metadata = Metadata::load(&app.outbound, call.context.now, &row.issuer).await;
    let metadata = metadata.inspect_err(|failure| {
        tracing::warn!(provider = %id, %failure, "nobody can sign in there now");
    })?;
    let address = address(&metadata, &row, &begun, &public_url)?;
    Ok((address, transaction::cookie(&public_url, &sealed, transaction::LIFETIME)))
}

/// `path` as a browser understands it, where that stays on this server: dots that climb, backslashes and doubled slashes are
/// what leads elsewhere.
fn inside(public_url: &str, path: &str) -> Option<String> {
    let fine = path.len() <= LONGEST_PATH && path.starts_with('/');
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let base = Url::parse(public_url).ok()?;
    let url = base.join(path).ok().filter(|url| fine && plain && url.origin() == base.origin())?;
    let mut inside = url.path().to_owned();
    for (mark, part) in [('?', url.query()), ('#', url.fragment())] {
        if let Some(part) = part {
            inside.push(mark);
            inside.push_str(part);
        }
    }
    (!inside.starts_with("//")).then_some(inside)
}

fn leads_elsewhere() -> Error {
    let words = "expected a path of this server, of 1000 printable ASCII characters at the most";
    Error::invalid(vec![Fault::new("?return_to", words)])
}

/// The provider, where one may sign in through it.
///
/// # Errors
/// Not found.
pub fn in_effect(view: &mut View<'_>, id: IdentityProviderId) -> Result<ProviderRow> {
    let row = store::find(view, id)?.filter(|row| row.enabled && row.in_effect.is_some());
    row.ok_or_else(Error::not_found)
}

/// Where a provider sends people back to.
#[must_use]
pub fn redirect_uri(public_url: &str, id: IdentityProviderId) -> String {
    format!("{public_url}/api/v1/auth/oidc/{id}/callback")
}

fn address(
    metadata: &Metadata,
    row: &ProviderRow,
    begun: &Transaction,
    public_url: &str,
) -> Result<String> {
    let mut url = Url::parse(&metadata.authorization).map_err(|_| Failure::MetadataWrong)?;
    let mut scopes = vec!["openid"];
    scopes.extend(row.scopes.0.iter().map(String::as_str));
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &row.client_id)
        .append_pair("redirect_uri", &redirect_uri(public_url, row.id))
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", &begun.state)
        .append_pair("nonce", &begun.nonce)
        .append_pair("code_challenge", &begun.challenge())
        .append_pair("code_challenge_method", "S256");
    // Whoever is asked how old a sign-in may be has to tell how old it is (`auth_time`).
    let max_age = match begun.errand {
        Errand::SignIn | Errand::Link(_) => LONGEST_SESSION,
        Errand::Prove(_) => {
            url.query_pairs_mut().append_pair("prompt", "login");
            // Not 0, which some take for nothing, and others hold against the second in which somebody has just signed in.
            SKEW
        }
    };
    url.query_pairs_mut().append_pair("max_age", &max_age.to_string());
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_on_this_server() {
        for (path, wanted) in [
            ("/", Some("/")),
            ("/cases?state=active#last", Some("/cases?state=active#last")),
            ("/a/../b", Some("/b")),
            ("/?next=https://evil.example", Some("/?next=https://evil.example")),
            ("/@evil.example", Some("/@evil.example")),
            ("/%2F/evil.example", Some("/%2F/evil.example")),
            ("", None),
            ("cases", None),
            ("?x", None),
            ("https://evil.example/", None),
            ("https:/evil.example/", None),
            ("javascript:alert(1)", None),
            ("//evil.example", None),
            ("///evil.example", None),
            ("/\\evil.example", None),
            ("\\\\evil.example", None),
            ("/..//evil.example", None),
            ("/.//evil.example", None),
            ("/a/..//evil.example", None),
            ("/%2e//evil.example", None),
            ("/\t/evil.example", None),
            ("/\n/evil.example", None),
            (" //evil.example", None),
            ("/é", None),
        ] {
            let found = inside("https://passage.example.org", path);
            assert_eq!(found.as_deref(), wanted, "{path:?}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_PATH));
        assert_eq!(inside("https://passage.example.org", &long), None);
        assert!(inside("https://passage.example.org", &long[1..].replacen('a', "/", 1)).is_some());
    }
}
