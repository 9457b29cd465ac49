//! The contract as `OpenAPI` 3.1, made from the one list of routes: what is mounted is what is described.

use std::collections::BTreeMap;

use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityRequirement,
    SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder,
    PathItem, Ref, RefOr, Required, Schema,
};
use utoipa::{PartialSchema, ToSchema};

use crate::http::problem::Problem;
use crate::http::route::{Access, Method, Route, Shape};
use crate::http::scim::{self, ScimError};
use crate::machine_scope::MachineScope;
use crate::text_enum::TextEnum as _;

const PROBLEM_JSON: &str = "application/problem+json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The document for `routes`.
#[must_use]
pub fn document(routes: &[Route]) -> OpenApi {
    let mut schemas: Vec<(String, RefOr<Schema>)> =
        vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    schemas.push((ScimError::name().into_owned(), ScimError::schema()));
    let mut paths: BTreeMap<&str, PathItem> = BTreeMap::new();
    for route in routes {
        let refusals = route.refusals.iter().map(|(_, shape)| shape);
        for shape in route.body.iter().chain(&route.answer).chain(refusals) {
            (shape.collect)(&mut schemas);
        }
        let item = PathItem::new(method(route.method), operation(route).build());
        paths.entry(route.path).or_default().merge_operations(item);
    }
    let paths =
        paths.into_iter().fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item));
    let components = schemas
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (name, schema)| {
            components.schema(name, schema)
        })
        .security_scheme(
            "access_token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("at+jwt")
                    .description(Some("The access token that signing in gives."))
                    .build(),
            ),
        )
        .security_scheme("machine_token", machine_token())
        .security_scheme(
            "provisioning_token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("What an identity provider brings accounts in with."))
                    .build(),
            ),
        );
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Passage")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Coordination of cross-border controlled deliveries. Times are RFC 3339 in UTC; quantities are \
                     decimal strings with a unit; errors are problem+json (RFC 9457). What may not be seen is answered \
                     like what does not exist.",
                ))
                .license(Some(
                    LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build(),
                )),
        )
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// How a machine account gets its access token, and what it may be for.
fn machine_token() -> SecurityScheme {
    let described = MachineScope::ALL.iter().map(|scope| {
        let (area, what) = scope.as_str().split_once('.').unwrap_or((scope.as_str(), "use"));
        (scope.to_string(), format!("May {what}: {area}."))
    });
    let scopes: Scopes = described.collect();
    let flow = ClientCredentials::new("/api/v1/auth/token", scopes);
    SecurityScheme::OAuth2(OAuth2::with_description(
        [Flow::ClientCredentials(flow)],
        "A machine account proves itself with a signed assertion (RFC 7523), and works with the access token.",
    ))
}

fn method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::Get,
        Method::Post => HttpMethod::Post,
        Method::Put => HttpMethod::Put,
        Method::Patch => HttpMethod::Patch,
        Method::Delete => HttpMethod::Delete,
    }
}

fn operation(route: &Route) -> OperationBuilder {
    let tag = route.path.trim_start_matches("/api/v1").split('/').nth(1).unwrap_or("server");
    let mut operation = OperationBuilder::new()
        .operation_id(Some(route.operation))
        .summary(Some(route.summary))
        .tag(tag);
    for name in route.parameters() {
        operation = operation.parameter(path_parameter(name));
    }
    for parameter in route.query.iter().cloned().chain(header_parameters(route)) {
        operation = operation.parameter(parameter);
    }
    if let Some(body) = &route.body {
        let required = if route.body_optional { Required::False } else { Required::True };
        let mut request = RequestBodyBuilder::new()
            .required(Some(required))
            .content(if route.form { FORM } else { "application/json" }, content(body));
        if route.speaks_scim() {
            request = request.content(scim::MEDIA_TYPE, content(body));
        } else if route.method == Method::Patch {
            request = request.content("application/merge-patch+json", content(body));
        }
        operation = operation.request_body(Some(request.build()));
    }
    operation = secured(operation, route);
    let success = ResponseBuilder::new().description(meaning(route.status));
    let success = match &route.answer {
        Some(shape) if route.tells_events() => success.content("text/event-stream", content(shape)),
        Some(shape) if route.speaks_scim() => success.content(scim::MEDIA_TYPE, content(shape)),
        Some(shape) => success.content("application/json", content(shape)),
        None => success,
    };
    operation = operation.response(route.status.to_string(), success.build());
    for status in other_statuses(route) {
        let mut response = ResponseBuilder::new().description(meaning(status));
        let own = route.refusals.iter().find(|(refused, _)| *refused == status);
        if let Some((_, shape)) = own {
            response = response.content("application/json", content(shape));
        } else if status >= 400 {
            let (kind, name) = if route.speaks_scim() {
                (scim::MEDIA_TYPE, ScimError::name())
            } else {
                (PROBLEM_JSON, Problem::name())
            };
            let error = ContentBuilder::new().schema(Some(Ref::from_schema_name(name)));
            response = response.content(kind, error.build());
        }
        operation = operation.response(status.to_string(), response.build());
    }
    operation
}

/// What the caller shows.
fn secured(operation: OperationBuilder, route: &Route) -> OperationBuilder {
    let needs = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    match (route.access, route.scope) {
        (Access::Public, _) => operation.securities(Some(Vec::new())),
        (Access::Provisioning, _) => operation.security(needs("provisioning_token")),
        (Access::SignedIn, None) => operation.security(needs("access_token")),
        (Access::SignedIn, Some(scope)) => {
            let machine = SecurityRequirement::new("machine_token", [scope.to_string()]);
            operation.security(needs("access_token")).security(machine)
        }
    }
}

fn content(shape: &Shape) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(&shape.name))).build()
}

fn path_parameter(name: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    // Countries are known by a code, everything else by an id.
    let schema = if name == "code" {
        schema.pattern(Some("^[A-Z]{2}$"))
    } else {
        schema.format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
        .build()
}

/// Printable ASCII, with no blank at either end.
const PRINTABLE: &str = "^[!-~]([ -~]*[!-~])?$";

fn header_parameters(route: &Route) -> Vec<Parameter> {
    let header = |name: &str, required, longest: usize, description: &str| {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(PRINTABLE))
            .min_length(Some(1))
            .max_length(Some(longest));
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(required)
            .description(Some(description))
            .schema(Some(text))
            .build()
    };
    let mut parameters = Vec::new();
    if route.guarded {
        let words = "The ETag of the version that is changed.";
        parameters.push(header("If-Match", Required::True, 255, words));
    }
    if route.takes_key() {
        let words = "The same key and body give the first answer again, for 24 hours.";
        parameters.push(header("Idempotency-Key", Required::False, 255, words));
    }
    if route.tells_events() {
        let words = "The id of the last event that arrived: what came after it is told first.";
        parameters.push(header("Last-Event-ID", Required::False, 255, words));
    }
    if route.consults {
        let words = "Why the case is consulted: percent-encoded UTF-8, at most 500 characters.";
        parameters.push(header("X-Consultation-Reason", Required::False, 6000, words));
    }
    parameters
}

/// Every status that the plumbing and the shape of a route bring with them, beside its own.
pub(super) fn other_statuses(route: &Route) -> Vec<u16> {
    let mut statuses = route.other.clone();
    if route.speaks_scim() {
        statuses.extend(statuses_of_scim(route));
        statuses.retain(|status| *status != route.status);
        statuses.sort_unstable();
        statuses.dedup();
        return statuses;
    }
    if route.access == Access::SignedIn {
        statuses.extend([400, 401, 403, 404, 429]);
    }
    if route.takes_body() {
        statuses.extend([400, 415, 422]);
    }
    if !route.query.is_empty() {
        statuses.push(422);
    }
    if route.guarded {
        statuses.extend([412, 428]);
    }
    if route.consults {
        statuses.push(428);
    }
    if route.method == Method::Get && route.access == Access::SignedIn && !route.tells_events() {
        statuses.push(304);
    }
    if route.method != Method::Get && route.access == Access::SignedIn {
        statuses.extend([409, 422]);
    }
    statuses.extend([413, 500, 503]);
    statuses.retain(|status| *status != route.status);
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// The same where SCIM is spoken, which knows no 422.
fn statuses_of_scim(route: &Route) -> Vec<u16> {
    let mut statuses = vec![400, 401, 413, 429, 500, 503];
    if route.method == Method::Get {
        statuses.push(304);
    } else {
        statuses.extend([409, 412]);
    }
    if route.takes_body() {
        statuses.push(415);
    }
    if route.parameters().next().is_some() {
        statuses.push(404);
    }
    statuses
}

fn meaning(status: u16) -> &'static str {
    match status {
        200 => "As asked for.",
        201 => "Made; Location says where it can be read.",
        202 => "Taken; what comes of it is not told.",
        204 => "Done.",
        302 => "Goes on at the address in Location.",
        304 => "Unchanged since the version named in If-None-Match.",
        400 => "The request cannot be read.",
        401 => "No access token, or one that is not valid.",
        403 => "The caller may see this and may not do it, or has not the scope for it.",
        404 => "It does not exist, or the caller may not see it.",
        409 => "The present state or an invariant refuses it; code and missing say why.",
        412 => "Someone changed it since the version named in If-Match.",
        413 => "The body is too large, or the path or the headers are.",
        415 => "The body is of another type.",
        422 => "Some of what was sent is not right; errors names every fault.",
        428 => "If-Match is missing, or the reason for consulting the case.",
        429 => {
            "Too many requests, failed attempts or open streams; Retry-After says when to try again."
        }
        500 => "The server failed.",
        503 => "The server cannot answer now; Retry-After says when to try again.",
        _ => "See the documentation.",
    }
}
