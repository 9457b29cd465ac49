//! The filters that are understood (RFC 7644, section 3.4.2.2): one attribute that equals one value. Pure.

use serde_json::Value;

use crate::error::{Error, Result, codes};

/// The schema of users, which may stand before an attribute.
pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// An attribute that equals a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Equals {
    /// The attribute, in small letters, without the schema of users before it.
    pub(super) attribute: String,
    /// The value.
    pub(super) value: Value,
}

impl Equals {
    /// The value as a text.
    pub(super) fn text(&self) -> Option<&str> {
        self.value.as_str()
    }

    /// Whether the value is true, or the text for it: some providers write it so.
    pub(super) fn is_true(&self) -> bool {
        self.value == Value::Bool(true)
            || self.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }
}

/// Reads `attribute eq value`.
///
/// # Errors
/// It is any other filter, or none.
pub(super) fn read(text: &str) -> Result<Equals> {
    let parts = || {
        let (attribute, rest) = text.trim().split_once(' ')?;
        let (operator, value) = rest.trim_start().split_once(' ')?;
        let value: Value = serde_json::from_str(value.trim()).ok()?;
        let simple = matches!(value, Value::String(_) | Value::Bool(_));
        let fine = simple && operator.eq_ignore_ascii_case("eq");
        let attribute = plain(attribute).filter(|name| is_name(name))?;
        fine.then_some(Equals { attribute, value })
    };
    parts().ok_or_else(|| {
        let words = "Only filters such as userName eq \"a.asanova\" are understood.";
        Error::new(&codes::SCIM_FILTER, words)
    })
}

/// An attribute in small letters, without the schema of users before it; none where it is of another schema.
pub(super) fn plain(attribute: &str) -> Option<String> {
    without_schema(attribute).map(str::to_ascii_lowercase)
}

/// A path without the schema of users before it; none where it is of another schema.
pub(super) fn without_schema(path: &str) -> Option<&str> {
    let begins =
        |with: &str| path.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with));
    if !begins("urn:") {
        return Some(path);
    }
    let rest = begins(USER).then(|| path.get(USER.len()..)).flatten()?;
    rest.strip_prefix(':')
}

/// Whether `name` is the name of an attribute (RFC 7643, section 2.1).
pub(super) fn is_name(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name = name.strip_prefix('$').unwrap_or(name);
    name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic()) && name.bytes().all(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_attribute_that_equals_a_value_is_understood() {
        for (text, attribute, value) in [
            (r#"userName eq "a@b.example""#, "username", json!("a@b.example")),
            (r#" USERNAME  EQ  "x" "#, "username", json!("x")),
            (r#"userName eq "say \"hello\" or not""#, "username", json!("say \"hello\" or not")),
            (r#"externalId eq "\u0041й""#, "externalid", json!("Aй")),
            ("active eq true", "active", json!(true)),
            (
                r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "x""#,
                "username",
                json!("x"),
            ),
        ] {
            let wanted = Equals { attribute: attribute.to_owned(), value };
            assert_eq!(read(text).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn whatever_else_is_no_filter_here() {
        for text in [
            "",
            "userName",
            "userName eq",
            "userName eq x",
            r#"userName eq "x"#,
            r#"userName eq "x" or userName eq "y""#,
            r#"userName eq "x" or active eq true"#,
            r#"userName co "x""#,
            "userName pr",
            r#"not (userName eq "x")"#,
            r#"(userName eq "x")"#,
            r#"emails[type eq "work"] eq "x""#,
            r#"userName' OR '1'='1 eq "x""#,
            "userName eq 7",
            "userName eq null",
            r#"userName eq ["x"]"#,
            r#"userName eq {"x": 1}"#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User eq "x""#,
        ] {
            assert_eq!(read(text).unwrap_err().code().name, "scim-filter", "{text}");
        }
        assert!(read(&"(".repeat(100_000)).is_err());
        assert!(read(&format!("userName eq {}", "[".repeat(100_000))).is_err());
    }
}
