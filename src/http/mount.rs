//! Mounting the routes: the one place where a request becomes a call and an answer becomes a response.

use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::time::Instant as Stopwatch;

use actix_web::guard;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method as HttpMethod, StatusCode};
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::percent_decode_str;
use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::access::{Caller, Context, IdempotencyKey, Officer, Provisioner};
use crate::answer::Answer;
use crate::clock::Instant;
use crate::credentials::secrets::{self, Purpose, SecretDigest};
use crate::credentials::tokens::Claims;
use crate::db::Tx;
use crate::error::{Error, Result, codes};
use crate::http::app::signed_out;
use crate::http::problem;
use crate::http::route::{Access, Handler, Method, Route};
use crate::http::{App, Call, Events, Holder, Provisioning, Resolved};
use crate::http::{body, peer, scim};
use crate::ids::RequestId;
use crate::submission::Submission;

const REQUEST_ID: &str = "x-request-id";
const CONSULTATION_REASON: &str = "x-consultation-reason";
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LAST_EVENT_ID: &str = "last-event-id";
/// Longest consultation reason, in characters.
const LONGEST_REASON: usize = 500;
/// Longest path with its query, in bytes.
const LONGEST_TARGET: usize = 8 * 1024;
/// Largest headers together, in bytes.
const LARGEST_HEAD: usize = 32 * 1024;

/// Mounts `routes`, and answers everything else with a problem.
pub fn mount(config: &mut ServiceConfig, routes: Vec<Route>, app: &App) {
    let mut by_path: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in routes {
        by_path.entry(route.path).or_default().push(route);
    }
    for (path, routes) in by_path {
        let mut resource = web::resource(path);
        let allowed = allowed(&routes);
        for route in routes {
            let (app, method) = (app.clone(), route.method);
            resource = resource.route(
                web::route()
                    .guard(guard::fn_guard(move |context| {
                        method_fits(method, &context.head().method)
                    }))
                    .to(move |request: HttpRequest, payload: Payload| {
                        serve(route.clone(), app.clone(), request, payload)
                    }),
            );
        }
        let refuse = move |request: HttpRequest| ready(method_not_allowed(&request, &allowed));
        config.service(resource.default_service(web::to(refuse)));
    }
    config.default_service(web::to(nothing_here));
}

fn method_fits(method: Method, sent: &HttpMethod) -> bool {
    match method {
        Method::Get => matches!(*sent, HttpMethod::GET | HttpMethod::HEAD),
        Method::Post => *sent == HttpMethod::POST,
        Method::Put => *sent == HttpMethod::PUT,
        Method::Patch => *sent == HttpMethod::PATCH,
        Method::Delete => *sent == HttpMethod::DELETE,
    }
}

/// The methods that a path knows, as the `Allow` header names them.
fn allowed(routes: &[Route]) -> String {
    let names = routes.iter().map(|route| match route.method {
        Method::Get => "GET, HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    });
    names.collect::<Vec<_>>().join(", ")
}

fn method_not_allowed(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let error = Error::new(&codes::METHOD_NOT_ALLOWED, "This path does not know that method.");
    let mut response = problem::respond(&error, request.path());
    if let Ok(allowed) = header::HeaderValue::from_str(allowed) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    finish(response, &request_id(request, None))
}

async fn nothing_here(request: HttpRequest) -> HttpResponse {
    finish(problem::respond(&Error::not_found(), request.path()), &request_id(&request, None))
}

/// The client's own request id where it is valid, otherwise a new one.
fn request_id(request: &HttpRequest, now: Option<Instant>) -> RequestId {
    text(request.headers(), REQUEST_ID).and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        RequestId::new(now.unwrap_or_else(|| {
            use crate::clock::Clock;
            crate::clock::SystemClock.now()
        }))
    })
}

async fn serve(route: Route, app: App, request: HttpRequest, payload: Payload) -> HttpResponse {
    let stopwatch = Stopwatch::now();
    let now = app.clock.now();
    let id = request_id(&request, Some(now));
    let user = tracing::field::Empty;
    let span = tracing::info_span!("request", id = id.as_str(), operation = route.operation, user);
    let result = perform(&route, &app, &request, payload, now, &id).instrument(span.clone()).await;
    let _entered = span.enter();
    let (response, code) = match result {
        Ok(Performed::Answered(answer)) => (respond(&route, &request, answer), None),
        Ok(Performed::Tells(events)) => (events.into_response(request.method()), None),
        Err(error) => (problem::respond(&error, request.path()), Some(error.code().name)),
    };
    let status = response.status().as_u16();
    // Who was refused what stands here; what was done and read stands in the database.
    tracing::info!(status, code, micros = stopwatch.elapsed().as_micros(), "answered");
    let labels = [("operation", route.operation.to_owned()), ("status", status.to_string())];
    metrics::counter!("passage_requests_total", &labels).increment(1);
    metrics::histogram!("passage_request_seconds", "operation" => route.operation)
        .record(stopwatch.elapsed().as_secs_f64());
    finish(response, &id)
}

/// What a handler gave.
enum Performed {
    Answered(Answer),
    Tells(Events),
}

async fn perform(
    route: &Route,
    app: &App,
    request: &HttpRequest,
    payload: Payload,
    now: Instant,
    id: &RequestId,
) -> Result<Performed> {
    let mut context = Context {
        caller: Caller::Nobody,
        now,
        request: id.clone(),
        operation: route.operation,
        reason_required: app.config.access.require_consultation_reason,
        matches: app.config.limits.matches,
        consultation_reason: None,
        idempotency: None,
    };
    within_measure(request)?;
    let shown = match route.access {
        Access::SignedIn => Shown::Token(verify_token(app, request, now)?),
        Access::Provisioning => Shown::Secret(provisioning_token(request)?),
        Access::Public => Shown::Nothing,
    };
    let body = body::read(request.headers(), payload, &app.config.limits).await?;
    // A body may take its time. What counts is who the caller is, and what the time is, when it is there.
    context.now = app.clock.now();
    let address = client_address(app, request);
    context.caller = find_caller(route, app, &context, shown, &address).await?;
    let headers = request.headers();
    context.consultation_reason = consultation_reason(headers)?;
    let submission = Submission {
        content_type: text(headers, header::CONTENT_TYPE.as_str()),
        body,
        if_match: text(headers, header::IF_MATCH.as_str()),
    };
    if route.takes_key() {
        context.idempotency = idempotency_key(request, &submission)?;
    }
    let path = request
        .match_info()
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect::<HashMap<_, _>>();
    let call = Call {
        context,
        submission,
        address,
        device: text(headers, "user-agent").unwrap_or_default().chars().take(200).collect(),
        last_event_id: text(headers, LAST_EVENT_ID),
        cookies: text(headers, header::COOKIE.as_str()),
        path,
        query: request.query_string().to_owned(),
        page_default: i64::from(app.config.limits.page_default),
        page_most: i64::from(app.config.limits.page_max),
    };
    match &route.handler {
        Handler::Answers(handler) => handler(app.clone(), call).await.map(Performed::Answered),
        Handler::Tells(handler) => handler(app.clone(), call).await.map(Performed::Tells),
    }
}

/// What a caller shows.
enum Shown {
    /// An access token.
    Token(Claims),
    /// A token of provisioning, by its digest.
    Secret(SecretDigest),
    /// Nothing, where nothing is asked for.
    Nothing,
}

/// Who asks, as the database knows him or her now, and may call this route at all.
async fn find_caller(
    route: &Route,
    app: &App,
    context: &Context,
    shown: Shown,
    address: &str,
) -> Result<Caller> {
    match shown {
        Shown::Token(claims) => {
            let officer = find_officer(app, context, claims, address).await?;
            tracing::Span::current().record("user", tracing::field::display(officer.user));
            if app.lacks_second_factor(&officer) && !route.before_second_factor {
                return Err(second_factor_first());
            }
            route.admits(&officer)?;
            app.pace.count(officer.user.uuid(), officer.agency)?;
            Ok(Caller::Officer(officer))
        }
        Shown::Secret(digest) => {
            let provisioner = find_provisioner(app, context, digest, address).await?;
            tracing::Span::current().record("user", tracing::field::display(provisioner.token));
            app.pace.count(provisioner.token.uuid(), provisioner.agency)?;
            Ok(Caller::Provisioner(provisioner))
        }
        Shown::Nothing => Ok(Caller::Nobody),
    }
}

fn client_address(app: &App, request: &HttpRequest) -> String {
    let client = |peer: std::net::SocketAddr| {
        peer::client(peer.ip(), request.headers(), &app.config.server).to_string()
    };
    request.peer_addr().map(client).unwrap_or_default()
}

/// What the client sends as `Authorization: Bearer …`.
fn bearer(request: &HttpRequest) -> Result<String> {
    let sent = text(request.headers(), header::AUTHORIZATION.as_str()).ok_or_else(signed_out)?;
    let (scheme, token) = sent.split_once(' ').ok_or_else(signed_out)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim().to_owned())
    } else {
        Err(signed_out())
    }
}

fn verify_token(app: &App, request: &HttpRequest, now: Instant) -> Result<Claims> {
    app.tokens.verify(&bearer(request)?, now).map_err(|fault| {
        tracing::info!(%fault, "access token refused");
        signed_out()
    })
}

fn provisioning_token(request: &HttpRequest) -> Result<SecretDigest> {
    let sent = Zeroizing::new(bearer(request)?);
    secrets::digest(Purpose::Provisioning, &sent).ok_or_else(signed_out)
}

async fn find_provisioner(
    app: &App,
    context: &Context,
    digest: SecretDigest,
    address: &str,
) -> Result<Provisioner> {
    let Provisioning { find, touch, .. } = app.provisioning;
    let found = app.db.read(context, move |view| find(view, digest)).await?;
    let (provisioner, touch_due) = found.ok_or_else(signed_out)?;
    if touch_due {
        let address = address.to_owned();
        let touch = move |tx: &mut Tx<'_>| touch(tx, provisioner.token, &address);
        if let Err(error) = app.db.housekeep(context, touch).await {
            tracing::warn!(code = error.code().name, "a token's use was not noted");
        }
    }
    Ok(provisioner)
}

async fn find_officer(
    app: &App,
    context: &Context,
    claims: Claims,
    address: &str,
) -> Result<Officer> {
    let (resolve, idle, holder) = (app.resolve, app.idle_seconds(), Holder::from(&claims));
    let found = app.db.read(context, move |view| resolve(view, holder, idle)).await?;
    let Resolved { officer, touch_due } = found.ok_or_else(signed_out)?;
    if touch_due {
        let (touch, session, address) = (app.touch, officer.session, address.to_owned());
        // Best effort: the request itself does not wait for luck with this.
        if let Err(error) = app.db.housekeep(context, move |tx| touch(tx, session, &address)).await
        {
            tracing::warn!(code = error.code().name, "a session's use was not noted");
        }
    }
    Ok(officer)
}

/// Told before anything is looked up: it says nothing of what exists.
fn second_factor_first() -> Error {
    let words = "Your role needs a second factor: set one up, or prove the one that you have.";
    Error::new(&codes::SECOND_FACTOR_SETUP_REQUIRED, words)
}

/// That the head of a request is no longer than anybody needs.
fn within_measure(request: &HttpRequest) -> Result<()> {
    let target = request.path().len() + request.query_string().len();
    let head: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if target > LONGEST_TARGET || head > LARGEST_HEAD {
        let words = format!(
            "The path with its query takes at most {LONGEST_TARGET} bytes, the headers {LARGEST_HEAD}."
        );
        return Err(Error::new(&codes::TOO_LARGE, words));
    }
    Ok(())
}

fn consultation_reason(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(sent) = headers.get(CONSULTATION_REASON) else { return Ok(None) };
    let wrong = || {
        Error::new(
            &codes::MALFORMED,
            format!(
                "X-Consultation-Reason is percent-encoded UTF-8 of 1 to {LONGEST_REASON} characters."
            ),
        )
    };
    let sent = sent.to_str().map_err(|_| wrong())?;
    let reason = percent_decode_str(sent).decode_utf8().map_err(|_| wrong())?;
    let reason = reason.trim();
    let fine = (1..=LONGEST_REASON).contains(&reason.chars().count())
        && !reason.chars().any(char::is_control);
    if fine { Ok(Some(reason.to_owned())) } else { Err(wrong()) }
}

fn idempotency_key(
    request: &HttpRequest,
    submission: &Submission,
) -> Result<Option<IdempotencyKey>> {
    let mut lines = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(sent) = lines.next() else { return Ok(None) };
    let alone = lines.next().is_none();
    let key = sent.to_str().map(|text| text.trim().trim_matches('"')).unwrap_or_default();
    if !alone
        || !(1..=255).contains(&key.len())
        || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    {
        return Err(Error::new(
            &codes::MALFORMED,
            "Idempotency-Key is sent once, with 1 to 255 printable ASCII characters, such as a UUID.",
        ));
    }
    let digest = |parts: &[&[u8]]| -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    };
    let if_match = submission.if_match.as_deref().unwrap_or_default();
    Ok(Some(IdempotencyKey {
        key: digest(&[
            request.method().as_str().as_bytes(),
            request.path().as_bytes(),
            key.as_bytes(),
        ]),
        request: digest(&[
            request.query_string().as_bytes(),
            if_match.as_bytes(),
            &submission.body,
        ]),
    }))
}

fn respond(route: &Route, request: &HttpRequest, answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(etag) = &answer.etag {
        let known = text(request.headers(), header::IF_NONE_MATCH.as_str());
        let reads = matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD);
        if reads && known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag)) {
            return HttpResponse::NotModified()
                .insert_header((header::ETAG, etag.as_str()))
                .finish();
        }
    }
    let mut response = HttpResponse::build(status);
    if let Some(etag) = answer.etag {
        response.insert_header((header::ETAG, etag));
    }
    if let Some(location) = answer.location {
        response.insert_header((header::LOCATION, location));
    }
    if let Some(cookie) = answer.cookie {
        response.insert_header((header::SET_COOKIE, cookie));
    }
    match answer.body {
        None => response.finish(),
        Some(body) => {
            let kind = if route.speaks_scim() { scim::MEDIA_TYPE } else { "application/json" };
            response.insert_header((header::CONTENT_TYPE, kind)).body(body)
        }
    }
}

/// The headers that every response carries.
pub(super) fn finish(mut response: HttpResponse, id: &RequestId) -> HttpResponse {
    let fixed = [
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        let name = header::HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, header::HeaderValue::from_static(value));
        }
    }
    if let Ok(value) = header::HeaderValue::from_str(id.as_str()) {
        headers.insert(header::HeaderName::from_static(REQUEST_ID), value);
    }
    response
}

/// A header's value; lines of the same name are one list (RFC 9110, section 5.3).
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines: Result<Vec<&str>, _> =
        headers.get_all(name).map(header::HeaderValue::to_str).collect();
    lines.ok().filter(|lines| !lines.is_empty()).map(|lines| lines.join(", "))
}
