//! The live feed.

use crate::feed::api as feed;
use crate::http::Route;
use crate::machine_scope::MachineScope;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::events::<feed::FeedEvent, _, _>(
            "/api/v1/feed",
            "get_feed",
            "Follows what happens, as far as one may read it, for as long as the session lasts.",
            feed::get_feed,
        )
        .queried::<feed::FeedParams>()
        .scoped(MachineScope::FeedRead),
    ]
}
