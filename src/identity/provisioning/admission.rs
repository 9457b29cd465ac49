//! Whether a token of provisioning is in effect: read at each request, so that whatever ends it counts from the next one on.

use diesel::prelude::*;

use crate::access::Provisioner;
use crate::clock::Instant;
use crate::credentials::secrets::SecretDigest;
use crate::db::schema::{identity_providers, provisioning_tokens};
use crate::db::{Run, Tx, View};
use crate::error::Result;
use crate::ids::{AgencyId, IdentityProviderId, ProvisioningTokenId};

/// How often at most the use of a token is noted, in seconds.
const TOUCH_SECONDS: i64 = 60;

type Row = (ProvisioningTokenId, AgencyId, IdentityProviderId, Option<Instant>);

/// The identity provider whose token has that digest, and whether it is time to note that it is in use; none when there is no
/// such token, nobody has confirmed it, its time has passed, it was taken back, or the provider was removed. A provider that
/// is only turned off goes on: nobody comes in through it, and whoever leaves is told of.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, digest: SecretDigest) -> Result<Option<(Provisioner, bool)>> {
    let now = view.now();
    let row: Option<Row> = provisioning_tokens::table
        .inner_join(identity_providers::table)
        .filter(provisioning_tokens::digest.eq(digest.as_slice()))
        .filter(provisioning_tokens::confirmed_at.is_not_null())
        .filter(provisioning_tokens::revoked_at.is_null())
        .filter(provisioning_tokens::expires_at.gt(now))
        .filter(identity_providers::removed_at.is_null())
        .select((
            provisioning_tokens::id,
            provisioning_tokens::agency_id,
            provisioning_tokens::provider_id,
            provisioning_tokens::last_used_at,
        ))
        .maybe(view)?;
    Ok(row.map(|(token, agency, provider, last_use)| {
        let due = last_use.is_none_or(|last_use| last_use.plus_seconds(TOUCH_SECONDS) <= now);
        (Provisioner { token, agency, provider }, due)
    }))
}

/// Whether the token that a provider came with is still in effect.
///
/// # Errors
/// When the database fails.
pub fn stands(view: &mut View<'_>, provisioner: Provisioner) -> Result<bool> {
    let now = view.now();
    let found: i64 = provisioning_tokens::table
        .inner_join(identity_providers::table)
        .filter(provisioning_tokens::id.eq(provisioner.token))
        .filter(provisioning_tokens::revoked_at.is_null())
        .filter(provisioning_tokens::expires_at.gt(now))
        .filter(identity_providers::removed_at.is_null())
        .count()
        .one(view)?;
    Ok(found > 0)
}

/// Notes that a token is in use, from `address`, unless another request has just done so.
///
/// # Errors
/// When the database fails.
pub fn touch(tx: &mut Tx<'_>, token: ProvisioningTokenId, address: &str) -> Result<()> {
    let now = tx.now();
    let due = provisioning_tokens::last_used_at
        .is_null()
        .or(provisioning_tokens::last_used_at.le(now.plus_seconds(-TOUCH_SECONDS)));
    diesel::update(provisioning_tokens::table.find(token))
        .filter(due)
        .set((
            provisioning_tokens::last_used_at.eq(now),
            provisioning_tokens::last_address.eq(address),
        ))
        .run(tx)?;
    Ok(())
}
