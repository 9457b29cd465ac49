//! An agency with its provider: which roles come of what the provider says, and how an account begins by it.

use crate::access::{Provisioner, RoleSet};
use crate::agency::AgencyKind;
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Error, Result, codes};
use crate::identity::agencies::store as agencies;
use crate::identity::federation::claims::{self, Denial};
use crate::identity::federation::store::{self as providers, ProviderRow};
use crate::identity::model::UserStatus;
use crate::identity::provisioning::model::Profile;
use crate::identity::provisioning::scim::store::{self, By};
use crate::identity::users::model::{Gate, Standing};
use crate::identity::users::store::{self as users, UserRow};
use crate::ids::UserId;

/// Who brings somebody in, and what stands in the way of roles there.
pub(super) struct House {
    pub(super) provisioner: Provisioner,
    pub(super) provider: ProviderRow,
    kind: AgencyKind,
    confirms: bool,
}

impl House {
    pub(super) fn of(tx: &mut Tx<'_>, confirms: bool) -> Result<Self> {
        let provisioner = tx.context().provisioner()?;
        let provider = providers::find(tx, provisioner.provider)?.ok_or_else(Error::not_found)?;
        let agency = agencies::find(tx, provisioner.agency)?.ok_or_else(Error::not_found)?;
        Ok(Self { provisioner, provider, kind: agency.kind, confirms })
    }

    /// The roles that the values of a profile give by what is in effect of the provider's allow-list; none where they give
    /// nothing, and why.
    pub(super) fn roles(&self, profile: &Profile) -> (RoleSet, Option<Denial>) {
        let (Some(values), Some(grants)) = (&profile.roles, self.provider.grants()) else {
            return (RoleSet::EMPTY, Some(Denial::RolesNone));
        };
        let values = values.iter().map(String::as_str);
        match claims::judge_values(values, grants, self.kind).roles {
            Ok(roles) => (roles, None),
            Err(denial) => (RoleSet::EMPTY, Some(denial)),
        }
    }

    pub(super) fn gate(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Gate> {
        let staff = users::staff(tx, self.provisioner.agency, Some(user))?;
        Ok(Gate { kind: self.kind, staff, confirm_accounts: self.confirms })
    }

    /// How an account begins, or begins again. One without a role waits until it has one.
    pub(super) fn begins(
        &self,
        tx: &mut Tx<'_>,
        row: &mut UserRow,
        profile: &Profile,
    ) -> Result<()> {
        let (roles, _) = self.roles(profile);
        let standing = Standing::new(roles, self.gate(tx, row.id)?);
        let confirmed = standing.confirmed && !roles.is_empty();
        row.roles = Json(roles);
        row.proposed_roles = None;
        row.status = if confirmed { UserStatus::Active } else { UserStatus::Invited };
        row.confirmed_at = confirmed.then(|| tx.now());
        row.confirmed_by = None;
        Ok(())
    }

    /// Nobody else whom the provider knows has this user name.
    pub(super) fn free_name(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        of: Option<UserId>,
    ) -> Result<()> {
        let same = store::any(tx, self.provider.id, &By::Name(profile.key()))?;
        match same {
            Some(same) if Some(same.user.id) != of => Err(taken("userName")),
            _ => Ok(()),
        }
    }
}

pub(super) fn taken(attribute: &str) -> Error {
    Error::new(&codes::DUPLICATE, format!("This {attribute} cannot be used: somebody has it."))
}
