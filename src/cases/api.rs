//! What the paths of every part of a case share.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::cases::balance::model::Tolerance;
use crate::cases::balance::service::Rules;
use crate::cases::milestones::model::ReportLimits;
use crate::config::Config;
use crate::db::Page;
use crate::error::Result;
use crate::http::Call;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct PageParams {
    /// How many rows at the most: 1 to 200, 50 when missing.
    pub limit: Option<String>,
    /// The `next_cursor` of an earlier answer.
    pub cursor: Option<String>,
}

impl PageParams {
    /// The page that a call asks for.
    ///
    /// # Errors
    /// Invalid, naming every parameter that is not right.
    pub fn page(call: &Call) -> Result<Page> {
        let sent: Self = call.query()?;
        call.page(sent.limit.as_deref(), sent.cursor.as_deref())
    }
}

/// What reported quantities are held against, as the server is set up.
#[must_use]
pub fn balance_rules(config: &Config) -> Rules {
    let tolerance = Tolerance {
        measured: config.balance.tolerance_measured,
        estimated: config.balance.tolerance_estimated,
    };
    Rules { limits: report_limits(config), tolerance }
}

/// What reports are held against, as the server is set up.
#[must_use]
pub fn report_limits(config: &Config) -> ReportLimits {
    let seconds = |span: std::time::Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    ReportLimits {
        allowed_skew: seconds(config.journal.allowed_skew),
        late_after: seconds(config.journal.late_entry),
    }
}
