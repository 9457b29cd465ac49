//! Deconfliction.

use crate::cases::api::PageParams;
use crate::deconfliction::api as deconfliction;
use crate::http::Method::{Delete, Get, Post};
use crate::http::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Post,
            "/api/v1/deconfliction/checks",
            "create_check",
            "Asks whether anybody else is after the same thing; both sides are told whom to call.",
            deconfliction::create_check,
        )
        .takes::<deconfliction::CheckInput>()
        .gives::<deconfliction::CheckView>(200)
        .or(429),
        Route::new(
            Get,
            "/api/v1/deconfliction/watches",
            "list_watches",
            "Lists the watch entries of one's own agency.",
            deconfliction::list_watches,
        )
        .queried::<PageParams>()
        .gives::<deconfliction::WatchList>(200),
        Route::new(
            Post,
            "/api/v1/deconfliction/watches",
            "create_watch",
            "Begins to watch for an identifier.",
            deconfliction::create_watch,
        )
        .takes::<deconfliction::WatchInput>()
        .gives::<deconfliction::WatchView>(201)
        .or(429),
        Route::new(
            Get,
            "/api/v1/deconfliction/watches/{watch_id}",
            "get_watch",
            "One watch entry of one's own agency.",
            deconfliction::get_watch,
        )
        .gives::<deconfliction::WatchView>(200),
        Route::new(
            Delete,
            "/api/v1/deconfliction/watches/{watch_id}",
            "end_watch",
            "Ends a watch entry of one's own agency.",
            deconfliction::end_watch,
        ),
        Route::new(
            Get,
            "/api/v1/deconfliction/hits",
            "list_hits",
            "Lists the hits that concern one's own agency: what of one's own, and whom to call.",
            deconfliction::list_hits,
        )
        .queried::<PageParams>()
        .gives::<deconfliction::HitList>(200),
        Route::new(
            Get,
            "/api/v1/deconfliction/hits/{hit_id}",
            "get_hit",
            "One hit.",
            deconfliction::get_hit,
        )
        .gives::<deconfliction::HitView>(200),
    ]
}
