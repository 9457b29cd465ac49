//! The page that shows the contract: served from the binary, so that it works offline.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::http::mount::finish;
use crate::http::problem;
use crate::ids::RequestId;

/// Where the documentation page stands.
pub const DOCS_PATH: &str = "/api/docs";
/// Where its files stand.
pub const DOCS_FILE_PATH: &str = "/api/docs/{file:.*}";

/// The page needs its own scripts and styles, and nothing from anywhere else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/// Mounts the documentation page.
pub fn mount(config: &mut ServiceConfig) {
    config.service(web::resource(DOCS_PATH).route(web::get().to(page)));
    config.service(web::resource(DOCS_FILE_PATH).route(web::get().to(page)));
}

async fn page(request: HttpRequest) -> HttpResponse {
    let id = RequestId::new(SystemClock.now());
    let file = request.match_info().get("file");
    let Some(file) = file else {
        let moved = HttpResponse::PermanentRedirect()
            .insert_header((header::LOCATION, format!("{DOCS_PATH}/")))
            .finish();
        return finish(moved, &id);
    };
    let settings = utoipa_swagger_ui::Config::from("/api/v1/openapi.json");
    let response = match utoipa_swagger_ui::serve(file, Arc::new(settings)) {
        Ok(Some(file)) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, file.content_type))
            .insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
            .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
            .body(file.bytes.into_owned()),
        Ok(None) => problem::respond(&Error::not_found(), request.path()),
        Err(error) => problem::respond(&Error::internal(error), request.path()),
    };
    finish(response, &id)
}
