//! Plain decimals, told as strings so that no float ever touches them.
//!
//! Plain means: digits, at most one point with digits on both sides, a `-` where negative numbers are allowed; no
//! exponent, no `+`, no needless leading zero. What is written is what is kept: `10.60` stays `10.60`.
//!
//! May import: nothing of this crate.

use std::fmt;

use rust_decimal::Decimal;
use serde::Deserializer;
use serde::de::{Error, Visitor};

/// How large a plain decimal may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Digits before the point, at most.
    pub integer_digits: usize,
    /// Digits after the point, at most.
    pub decimals: usize,
    /// Whether a `-` may stand in front.
    pub negative: bool,
    /// A number of that shape, for errors.
    pub example: &'static str,
}

impl Shape {
    fn error(self) -> String {
        let Self { integer_digits, decimals, negative, example } = self;
        let sign = if negative { "" } else { ", not negative" };
        format!(
            "expected a plain decimal{sign}, with at most {integer_digits} digits before and {decimals} after the \
             point, as a string such as \"{example}\""
        )
    }
}

/// Reads a plain decimal; its scale is that of the text.
///
/// # Errors
/// In words for people, when `text` is not a plain decimal of that `shape`.
pub fn parse(text: &str, shape: Shape) -> Result<Decimal, String> {
    let digits = |part: &str, longest: usize| {
        (1..=longest).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let unsigned = if shape.negative { text.strip_prefix('-').unwrap_or(text) } else { text };
    let (integer, fraction) = match unsigned.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (unsigned, None),
    };
    let needless_zero = integer.len() > 1 && integer.starts_with('0');
    let plain = digits(integer, shape.integer_digits)
        && fraction.is_none_or(|fraction| digits(fraction, shape.decimals))
        && !needless_zero;
    let number = if plain { Decimal::from_str_exact(text).ok() } else { None };
    number
        .filter(|number| !(number.is_zero() && text.starts_with('-')))
        .ok_or_else(|| shape.error())
}

/// Reads a plain decimal from a JSON string; a JSON number is refused with words that say why.
///
/// # Errors
/// When there is no string, or one that is not a plain decimal of that `shape`.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
    shape: Shape,
) -> Result<Decimal, D::Error> {
    struct Text(Shape);

    impl Visitor<'_> for Text {
        type Value = Decimal;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "a decimal as a string such as \"{}\"", self.0.example)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
            parse(text, self.0).map_err(E::custom)
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<Decimal, E> {
            Err(E::custom(format!(
                "expected a string such as \"{}\", not a JSON number: floats lose digits",
                self.0.example
            )))
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<Decimal, E> {
            self.visit_f64(0.0)
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<Decimal, E> {
            self.visit_f64(0.0)
        }
    }

    deserializer.deserialize_any(Text(shape))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHAPE: Shape =
        Shape { integer_digits: 12, decimals: 6, negative: false, example: "10.6" };
    const SIGNED: Shape = Shape { negative: true, ..SHAPE };

    #[test]
    fn what_is_written_is_kept() {
        for text in ["0", "0.0", "7", "10.6", "10.60", "999999999999.999999", "0.000001"] {
            assert_eq!(parse(text, SHAPE).unwrap().to_string(), text);
        }
        assert_eq!(parse("-42.8746", SIGNED).unwrap().to_string(), "-42.8746");
    }

    #[test]
    fn what_is_not_plain_is_refused() {
        for text in [
            "",
            " ",
            ".",
            "1.",
            ".5",
            "+1",
            "-1",
            "-0",
            "1e3",
            "1E3",
            "01",
            "00.5",
            "1,5",
            "1_000",
            " 1",
            "1 ",
            "٣",
            "NaN",
            "0x1",
            "1.2.3",
            "1000000000000",
            "0.0000001",
        ] {
            let error = parse(text, SHAPE).unwrap_err();
            assert!(error.contains("plain decimal, not negative"), "{text}: {error}");
        }
        for text in ["--1", "-", "-.5", "-0", "-0.0", "+1"] {
            assert!(parse(text, SIGNED).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_never_panics(text in "\\PC*") {
            let _ = parse(&text, SIGNED);
        }

        #[test]
        fn every_plain_decimal_comes_back_as_written(text in "(0|[1-9][0-9]{0,11})(\\.[0-9]{1,6})?") {
            prop_assert_eq!(parse(&text, SHAPE).unwrap().to_string(), text);
        }
    }
}
