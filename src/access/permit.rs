//! Leave to do one thing to one thing.

use std::marker::PhantomData;

use crate::access::{Act, Resource};
use crate::country::Country;
use crate::error::{Error, Result};
use crate::ids::{AgencyId, CaseId, UserId};

/// Leave to do `A` to the thing that it names. Only the policy makes one; it cannot be copied or kept, because it
/// lives no longer than the transaction whose facts it rests on.
#[derive(Debug)]
pub struct Permit<A: Act> {
    resource: Resource,
    act: PhantomData<A>,
}

impl<A: Act> Permit<A> {
    pub(super) fn new(resource: Resource) -> Self {
        Self { resource, act: PhantomData }
    }

    /// The case that the permit was given for.
    ///
    /// # Errors
    /// A defect, when it was given for something else.
    pub fn case(&self) -> Result<CaseId> {
        match self.resource {
            Resource::Case(case) => Ok(case),
            _ => Err(Error::internal("a permit for something else was used for a case")),
        }
    }

    /// The agency that the permit was given for.
    ///
    /// # Errors
    /// A defect, when it was given for something else.
    pub fn agency(&self) -> Result<AgencyId> {
        match self.resource {
            Resource::Agency(agency) => Ok(agency),
            _ => Err(Error::internal("a permit for something else was used for an agency")),
        }
    }

    /// The country that the permit was given for.
    ///
    /// # Errors
    /// A defect, when it was given for something else.
    pub fn country(&self) -> Result<Country> {
        match self.resource {
            Resource::Country(country) => Ok(country),
            _ => Err(Error::internal("a permit for something else was used for a country")),
        }
    }

    /// The user that the permit was given for.
    ///
    /// # Errors
    /// A defect, when it was given for something else.
    pub fn user(&self) -> Result<UserId> {
        match self.resource {
            Resource::User(user) => Ok(user),
            _ => Err(Error::internal("a permit for something else was used for a user")),
        }
    }
}
