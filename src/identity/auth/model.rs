//! What a refresh token that somebody presents means: pure.

/// A refresh token, as its row and those of its successors say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// Whether it was used before.
    pub used: bool,
    /// Whether another token took its place before it was used.
    pub superseded: bool,
    /// Whether its successor, or the token that took its place, was used.
    pub followed: bool,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It gets a successor.
    Valid,
    /// The answer with its successor was lost: it gets another one, which takes the successor's place.
    AnswerLost,
    /// Another one took its place.
    Replaced,
    /// Two parties hold tokens of one session: the session ends.
    Reused,
}

impl Presented {
    /// What it means that it is presented.
    #[must_use]
    pub fn meaning(self) -> Meaning {
        match self {
            Self { followed: true, .. } => Meaning::Reused,
            Self { superseded: true, .. } => Meaning::Replaced,
            Self { used: true, .. } => Meaning::AnswerLost,
            Self { used: false, .. } => Meaning::Valid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_works_until_its_successor_does() {
        let fresh = Presented { used: false, superseded: false, followed: false };
        assert_eq!(fresh.meaning(), Meaning::Valid);
        let used = Presented { used: true, ..fresh };
        assert_eq!(used.meaning(), Meaning::AnswerLost);
        assert_eq!(Presented { followed: true, ..used }.meaning(), Meaning::Reused);
    }

    #[test]
    fn a_token_that_was_replaced_never_works_and_tells_of_theft_once_its_rival_was_used() {
        let replaced = Presented { used: false, superseded: true, followed: false };
        assert_eq!(replaced.meaning(), Meaning::Replaced);
        assert_eq!(Presented { followed: true, ..replaced }.meaning(), Meaning::Reused);
    }
}
