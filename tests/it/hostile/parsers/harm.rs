//! What becomes of an input on its way through bad hands.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Longest input: as long as the longest that a parser is asked to take apart.
const LONGEST: usize = 64 * 1024;

/// Pieces that have made parsers stumble.
static ODD: &[&[u8]] = &[
    b"\0",
    b"\t",
    b"\r\n",
    b" ",
    b"\"",
    b"\\",
    b"'",
    b"`",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b"<",
    b",",
    b":",
    b";",
    b"=",
    b"&",
    b"#",
    b"?",
    b"/",
    b"..",
    b"../",
    b"%",
    b"%00",
    b"%ff",
    b"%2e%2e%2f",
    b"-",
    b"-0",
    b"+1",
    b"0x1f",
    b"1e999999999",
    b"0.0000000000000000000000000000000001",
    b"99999999999999999999999999999999999999",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"NaN",
    b"null",
    b"true",
    b"\\u0000",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"e\xcc\x81",
    b"\xc3\x9f",
    b"\xc4\xb0",
    b"\xef\xac\x80",
    b"\xd9\xa3",
    b"\xf0\x9f\x9a\x9a",
    b"-0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:60+23:59",
];

/// What opens, and what closes it.
static NESTING: &[(&[u8], &[u8])] =
    &[(b"[", b"]"), (b"{\"a\":", b"}"), (b"(", b")"), (b"\"", b"\""), (b"a.", b".a")];

/// An input, shown as text as far as it is any.
#[derive(Clone)]
pub struct Input(pub Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\"", self.0.escape_ascii())
    }
}

/// One thing that is done to an input.
#[derive(Debug, Clone)]
enum Harm {
    /// A bit is turned.
    Turn(Index, u8),
    /// The rest is cut off.
    Cut(Index),
    /// A piece is gone.
    Drop(Index, Index),
    /// A piece stands there so many times more.
    Repeat(Index, Index, usize),
    /// A piece stands elsewhere too.
    Copy(Index, Index, Index),
    /// Something odd is put in.
    Put(Index, &'static [u8]),
    /// Something odd takes the place of what is there.
    Over(Index, &'static [u8]),
    /// What is there is wrapped so deeply.
    Wrap(Index, Index, (&'static [u8], &'static [u8]), usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(place, bit)| Harm::Turn(place, bit)),
        1 => at().prop_map(Harm::Cut),
        2 => (at(), at()).prop_map(|(one, other)| Harm::Drop(one, other)),
        1 => (at(), at(), prop_oneof![1..4_usize, 100..2000_usize])
            .prop_map(|(one, other, times)| Harm::Repeat(one, other, times)),
        1 => (at(), at(), at()).prop_map(|(one, other, to)| Harm::Copy(one, other, to)),
        4 => (at(), select(ODD)).prop_map(|(place, odd)| Harm::Put(place, odd)),
        3 => (at(), select(ODD)).prop_map(|(place, odd)| Harm::Over(place, odd)),
        1 => (at(), at(), select(NESTING), prop_oneof![1..4_usize, 100..5000_usize])
            .prop_map(|(one, other, pair, depth)| Harm::Wrap(one, other, pair, depth)),
    ]
}

impl Harm {
    fn done_to(&self, input: &mut Vec<u8>) {
        let place = |at: &Index| at.index(input.len() + 1);
        let piece = |one: &Index, other: &Index| {
            let (one, other) = (place(one), place(other));
            one.min(other)..one.max(other)
        };
        match self {
            Self::Turn(at, bit) => {
                let at = place(at);
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Cut(at) => {
                let at = place(at);
                input.truncate(at);
            }
            Self::Drop(one, other) => {
                let piece = piece(one, other);
                input.drain(piece);
            }
            Self::Repeat(one, other, times) => {
                let piece = piece(one, other);
                let times = (*times).min(LONGEST / piece.len().max(1));
                let more = input[piece.clone()].repeat(times);
                input.splice(piece.end..piece.end, more);
            }
            Self::Copy(one, other, to) => {
                let (copy, to) = (input[piece(one, other)].to_vec(), place(to));
                input.splice(to..to, copy);
            }
            Self::Put(at, odd) => {
                let at = place(at);
                input.splice(at..at, odd.iter().copied());
            }
            Self::Over(at, odd) => {
                let at = place(at);
                let end = input.len().min(at + odd.len());
                input.splice(at..end, odd.iter().copied());
            }
            Self::Wrap(one, other, (open, close), depth) => {
                let piece = piece(one, other);
                input.splice(piece.end..piece.end, close.repeat(*depth));
                input.splice(piece.start..piece.start, open.repeat(*depth));
            }
        }
        input.truncate(LONGEST);
    }
}

/// Seeds that were harmed, seeds that were joined, and what is none at all.
pub fn harmed(seeds: &[Vec<u8>]) -> impl Strategy<Value = Input> + use<> {
    let (one, other) = (select(seeds.to_vec()), select(seeds.to_vec()));
    let harmed = (one.clone(), vec(harm(), 1..5)).prop_map(|(mut input, harms)| {
        for harm in harms {
            harm.done_to(&mut input);
        }
        input
    });
    let joined = (one, other, any::<Index>(), any::<Index>()).prop_map(|(one, other, at, from)| {
        let (head, tail) = (&one[..at.index(one.len() + 1)], &other[from.index(other.len() + 1)..]);
        [head, tail].concat()
    });
    let odd = vec(select(ODD), 1..6).prop_map(|pieces| pieces.concat());
    prop_oneof![
        12 => harmed,
        2 => joined,
        1 => odd,
        1 => vec(any::<u8>(), 0..100),
        1 => any::<String>().prop_map(String::into_bytes),
    ]
    .prop_map(Input)
}
