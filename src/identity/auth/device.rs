//! What a client says it is (`User-Agent`), as a person reads it: pure. It is a claim of the client and proves nothing.

/// The longest name, in characters.
const LONGEST: usize = 60;

/// What a browser's header bears, and its name. A browser also bears the marks of those that it descends from: the more
/// particular mark stands first.
const BROWSERS: [(&str, &str); 13] = [
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// The same for systems.
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// A short name for the client that sent `user_agent`, such as `Firefox 128 on Windows` or `curl 8`.
#[must_use]
pub fn device_name(user_agent: &str) -> String {
    let browser = BROWSERS
        .iter()
        .find_map(|(mark, name)| user_agent.split_once(mark).map(|(_, rest)| (*name, rest)))
        .filter(|_| user_agent.starts_with("Mozilla/"));
    let system = SYSTEMS.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| name);
    match (browser, system) {
        (Some((name, rest)), Some(system)) => format!("{} on {system}", versioned(name, rest)),
        (Some((name, rest)), None) => versioned(name, rest),
        (None, _) => product(user_agent),
    }
}

/// The name with the major version that `rest` begins with.
fn versioned(name: &str, rest: &str) -> String {
    let digits: String = rest.chars().take_while(char::is_ascii_digit).take(6).collect();
    if digits.is_empty() { name.to_owned() } else { format!("{name} {digits}") }
}

/// The first product that a header names (RFC 9110, section 10.1.5), such as a program's own name.
fn product(user_agent: &str) -> String {
    let first = user_agent.split_whitespace().next().unwrap_or_default();
    let (name, version) = first.split_once('/').unwrap_or((first, ""));
    let name: String = name.chars().filter(|char| !char.is_control()).take(LONGEST).collect();
    if name.is_empty() { "unknown".to_owned() } else { versioned(&name, version) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_which_device_it_was() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let chrome = format!("{windows} {webkit} Chrome/126.0.0.0 Safari/537.36");
        let android = format!("Mozilla/5.0 (Linux; Android 14; SM-S911B) {webkit}");
        for (sent, name) in [
            (format!("{windows} Gecko/20100101 Firefox/128.0"), "Firefox 128 on Windows"),
            (chrome.clone(), "Chrome 126 on Windows"),
            (format!("{chrome} Edg/126.0.2592.87"), "Edge 126 on Windows"),
            (format!("{chrome} OPR/111.0.0.0"), "Opera 111 on Windows"),
            (
                format!("{windows} {webkit} Chrome/124.0 YaBrowser/24.6.1 Safari/537.36"),
                "Yandex Browser 24 on Windows",
            ),
            (format!("{android} Chrome/126.0.0.0 Mobile Safari/537.36"), "Chrome 126 on Android"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/17.5 Mobile/15E148 Safari/604.1"
                    .to_owned(),
                "Safari 17 on iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/17.4.1 Safari/605.1.15"
                    .to_owned(),
                "Safari 17 on macOS",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0".to_owned(), "Firefox 127 on Linux"),
            ("curl/8.5.0".to_owned(), "curl 8"),
            ("passage-tests".to_owned(), "passage-tests"),
            ("KISUP-Connector/2.1 (Linux; Firefox/1)".to_owned(), "KISUP-Connector 2"),
            (String::new(), "unknown"),
            ("/".to_owned(), "unknown"),
            ("  \u{1}/7".to_owned(), "unknown"),
            ("x".repeat(200), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ] {
            assert_eq!(device_name(&sent), name, "{sent}");
        }
    }
}
