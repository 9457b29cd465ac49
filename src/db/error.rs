//! What a database's errors mean to a caller. The words of the database go to the operator only.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Error, codes};

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                Self::new(&codes::DUPLICATE, "This exists already.")
            }
            _ if is_passing(&error) => Self::unavailable(1, &error),
            _ => Self::internal(&error),
        }
    }
}

/// Whether the same work may succeed on another try or another connection.
pub(super) fn is_passing(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand,
            _,
        )
        | DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            let message = info.message();
            [
                "deadlock detected",
                "terminating connection",
                "server closed the connection",
                "the database system is",
                "database or disk is full",
                "disk I/O error",
                "database is locked",
                "No space left",
                "canceling statement due to statement timeout",
                "could not receive data",
                "no connection to the server",
            ]
            .iter()
            .any(|words| message.contains(words))
        }
        _ => false,
    }
}
