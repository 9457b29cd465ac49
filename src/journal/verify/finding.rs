//! What a verification finds, in words that name it.

use std::fmt;

use crate::ids::{ChainId, EntryId};
use crate::journal::ChainKind;

/// What a verification looked at and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many chains there are.
    pub chains: u64,
    /// How many entries were checked.
    pub entries: u64,
    /// How many texts were erased; their entries stand.
    pub erased_texts: u64,
    /// How many entries were withheld from an export: their place in the chain was checked, not what they say.
    pub withheld: u64,
    /// Everything that is not as it was written; empty when the journal is whole.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A chain, as findings name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainName {
    /// What it tells of, where that is known.
    pub kind: Option<ChainKind>,
    /// Its id: that of the case or agency.
    pub id: ChainId,
}

/// An entry, as findings name it: what is stored of it, which may itself be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Where it stands in its chain.
    pub sequence: i64,
    /// Its id, where that can be read.
    pub id: Option<EntryId>,
    /// What it says was done, where that can be read.
    pub action: Option<String>,
}

/// One thing that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The chain; none where the journal as a whole is meant.
    pub chain: Option<ChainName>,
    /// The entry; none where the chain as a whole is meant.
    pub entry: Option<Place>,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// What the entry says is not what its hash stands for.
    Changed,
    /// The entry agrees with its own hash, and the entry after it follows another hash.
    Replaced,
    /// The entry does not follow the one before, and the one after does not follow it.
    Unlinked,
    /// Entries are missing.
    Dropped {
        /// The first that is missing.
        first: i64,
        /// The last that is missing.
        last: i64,
    },
    /// Two entries stand in each other's place.
    Swapped {
        /// The other one.
        with: Place,
    },
    /// Entries stand in a place that is not theirs.
    Moved {
        /// How many from this one on.
        count: u64,
        /// Where this one belongs.
        from: i64,
    },
    /// The entry is a copy, or stands where another one stands already.
    Doubled {
        /// The place of the other one.
        of: i64,
    },
    /// The entry stands behind a later one in an export.
    OutOfOrder,
    /// The chain's head is not its last entry.
    HeadMismatch {
        /// The place that the head gives.
        head: i64,
        /// The place of the last entry.
        last: i64,
    },
    /// The chain has no entry at all.
    Empty,
    /// There are entries, and no chain that they belong to.
    NoChain,
    /// The chain's case or agency does not exist, or is of another kind.
    Unfounded,
    /// The case or agency exists and has no chain.
    Untold,
    /// A text is not the one that the entry holds the digest of.
    TextChanged {
        /// The text's name.
        name: String,
    },
    /// A text stands beside an entry that has none of that name.
    TextStray {
        /// The text's name.
        name: String,
    },
    /// Texts stand beside an entry that does not exist.
    TextsWithoutEntry {
        /// The entry that they name.
        id: EntryId,
    },
    /// Several entries have the same id.
    SharedId {
        /// The id.
        id: EntryId,
    },
    /// Something is stored that the server cannot have written.
    Unreadable,
}

impl Finding {
    pub(super) fn of_journal(flaw: Flaw) -> Self {
        Self { chain: None, entry: None, flaw }
    }

    /// Where in its chain a finding stands.
    pub(super) fn order(&self) -> i64 {
        match (&self.entry, &self.flaw) {
            (Some(place), _) => place.sequence,
            (None, Flaw::Dropped { first, .. }) => *first,
            (None, _) => i64::MAX,
        }
    }
}

impl fmt::Display for ChainName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(formatter, "{kind} {}", self.id),
            None => write!(formatter, "chain {}", self.id),
        }
    }
}

impl fmt::Display for Place {
    /// On one line, whatever is stored.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "entry {}", self.sequence)?;
        match &self.action {
            Some(action) => write!(formatter, " ({})", action.escape_debug()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.chain {
            Some(chain) => write!(formatter, "{chain}: ")?,
            None => formatter.write_str("journal: ")?,
        }
        if let Some(entry) = &self.entry {
            write!(formatter, "{entry} ")?;
        }
        write!(formatter, "{}", self.flaw)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => formatter.write_str("was changed"),
            Self::Replaced => formatter
                .write_str("was changed and given a new hash: the entry after it follows another"),
            Self::Unlinked => formatter.write_str(
                "does not follow the entry before it: one of the two was changed and given a new hash",
            ),
            Self::Dropped { first, last } if first == last => {
                write!(formatter, "entry {first} is missing")
            }
            Self::Dropped { first, last } => {
                write!(formatter, "entries {first} to {last} are missing")
            }
            Self::Swapped { with } => write!(formatter, "was swapped with {with}"),
            Self::Moved { count: 1, from } => write!(formatter, "was moved here from {from}"),
            Self::Moved { count, from } => {
                write!(formatter, "and the {} after it were moved here from {from} on", count - 1)
            }
            Self::Doubled { of } => write!(formatter, "is a double of entry {of}"),
            Self::OutOfOrder => formatter.write_str("stands behind a later one"),
            Self::HeadMismatch { head, last } if head == last => {
                write!(formatter, "the head does not fit entry {last}, the last: one was changed")
            }
            Self::HeadMismatch { head, last } => {
                write!(formatter, "the head is at {head}, the last entry at {last}")
            }
            Self::Empty => formatter.write_str("has no entry"),
            Self::NoChain => formatter.write_str("has entries and is not in the list of chains"),
            Self::Unfounded => formatter.write_str("tells of nothing that exists"),
            Self::Untold => formatter.write_str("exists and has no chain"),
            Self::TextChanged { name } => {
                write!(formatter, "has another text {name:?} than it holds the digest of")
            }
            Self::TextStray { name } => {
                write!(formatter, "has a text {name:?} that it does not know of")
            }
            Self::TextsWithoutEntry { id } => {
                write!(formatter, "there are texts of entry {id}, which does not exist")
            }
            Self::SharedId { id } => write!(formatter, "several entries have the id {id}"),
            Self::Unreadable => {
                formatter.write_str("holds something that the server cannot have written")
            }
        }
    }
}
