//! IANA time zones, from the data that is bundled with the server.
//!
//! May import: nothing of this crate.

use jiff::tz::TimeZoneDatabase;

/// The name of the IANA zone `name` as the time zone database writes it: `asia/bishkek` is `Asia/Bishkek`.
///
/// # Errors
/// In words for people, when there is no such zone.
pub fn canonical(name: &str) -> Result<String, String> {
    // The machine's own data may be missing, or know other zones than the next node's.
    TimeZoneDatabase::bundled()
        .get(name)
        .ok()
        .and_then(|zone| zone.iana_name().map(str::to_owned))
        .ok_or_else(|| "expected an IANA time zone such as Asia/Bishkek".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_iana_names() {
        assert_eq!(canonical("Asia/Bishkek").unwrap(), "Asia/Bishkek");
        assert_eq!(canonical("asia/almaty").unwrap(), "Asia/Almaty");
        assert_eq!(canonical("UTC").unwrap(), "UTC");
        for wrong in ["", "+06", "KG", "Asia/Atlantis", "../Asia/Bishkek", "Etc/Unknown"] {
            let error = canonical(wrong).unwrap_err();
            assert!(error.contains("Asia/Bishkek"), "{wrong}: {error}");
        }
    }
}
