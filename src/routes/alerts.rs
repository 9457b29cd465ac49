//! Alerts.

use crate::http::Method::{Get, Post};
use crate::http::Route;
use crate::watch::api as alerts;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/alerts",
            "list_alerts",
            "Lists the alerts that one is called by, newest first.",
            alerts::list_alerts,
        )
        .queried::<alerts::AlertParams>()
        .gives::<alerts::AlertList>(200),
        Route::new(Get, "/api/v1/alerts/{alert_id}", "get_alert", "One alert.", alerts::get_alert)
            .gives::<alerts::AlertView>(200),
        Route::new(
            Post,
            "/api/v1/alerts/{alert_id}/acknowledge",
            "acknowledge_alert",
            "Acknowledges an alert; it is not passed on any further.",
            alerts::acknowledge_alert,
        )
        .gives::<alerts::AlertView>(200),
    ]
}
