//! The directory of countries.

use crate::directory::api as directory;
use crate::http::Method::{Get, Put};
use crate::http::Route;
use crate::machine_scope::MachineScope;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/countries",
            "list_countries",
            "Lists all countries in the order of their codes, and how their profiles stand.",
            directory::list_countries,
        )
        .queried::<directory::PageParams>()
        .gives::<directory::CountryList>(200)
        .scoped(MachineScope::DirectoryRead),
        Route::new(
            Get,
            "/api/v1/countries/{code}",
            "get_country",
            "One country: what it is called and what it asks of a controlled delivery.",
            directory::get_country,
        )
        .gives::<directory::CountryView>(200)
        .scoped(MachineScope::DirectoryRead),
        Route::new(
            Put,
            "/api/v1/countries/{code}",
            "set_country",
            "Keeps the profile of a country, whole; If-Match \"0\" where there is none yet.",
            directory::set_country,
        )
        .takes::<directory::ProfileInput>()
        .gives::<directory::CountryView>(200)
        .guarded(),
        Route::new(
            Get,
            "/api/v1/countries/{code}/history",
            "list_country_history",
            "Lists the versions of a country's profile, the newest first: who kept what, and when.",
            directory::list_country_history,
        )
        .queried::<directory::PageParams>()
        .gives::<directory::ProfileHistory>(200)
        .scoped(MachineScope::DirectoryRead),
    ]
}
