//! Members and the moves of their membership. All are commands.

pub use crate::access::{MemberRole, MemberStatus};
use crate::agency::AgencyKind;
use crate::cases::reason::Reason;
use crate::error::{Refusal, codes};

/// A membership, as far as its rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// As what.
    pub role: MemberRole,
    /// Where it stands.
    pub status: MemberStatus,
    /// Whether the agency is in control of a consignment.
    pub in_control: bool,
    /// Whether a grant of the agency counts, or will: only who takes part can take it back.
    pub grants: bool,
}

/// What is wrong with an agency of that kind in that role: nothing, or words that say what would be right.
///
/// # Errors
/// When the role is not for such agencies.
pub fn check_role(role: MemberRole, kind: AgencyKind) -> Result<(), String> {
    let detail = match (kind, role) {
        (AgencyKind::Operator, _) => {
            "the agency that runs the server is never a member; expected a national or regional agency"
        }
        (AgencyKind::Regional, MemberRole::Partner | MemberRole::Authority) => {
            "a regional centre takes part as coordinator or observer"
        }
        (AgencyKind::National, MemberRole::Coordinator) => {
            "only a regional centre is coordinator; expected partner, authority or observer"
        }
        _ => return Ok(()),
    };
    Err(detail.to_owned())
}

/// What is wrong with inviting an agency of that kind into that role.
///
/// # Errors
/// When the role is not for such agencies, or is the lead's, who is never invited.
pub fn check_invitation(role: MemberRole, kind: AgencyKind) -> Result<(), String> {
    if role == MemberRole::Lead {
        let detail = "a case has one lead, who opened it; expected partner, authority, coordinator or observer";
        return Err(detail.to_owned());
    }
    check_role(role, kind)
}

/// Invites an agency whose membership, if it ever had one, stands at `former`.
///
/// # Errors
/// When it is invited or takes part already.
pub fn invite(former: Option<MemberStatus>) -> Result<MemberStatus, Refusal> {
    match former {
        None | Some(MemberStatus::Declined | MemberStatus::Left | MemberStatus::Removed) => {
            Ok(MemberStatus::Invited)
        }
        Some(status @ (MemberStatus::Invited | MemberStatus::Accepted)) => {
            let detail = format!("The agency is a member already: {status}.");
            Err(Refusal::new(&codes::MEMBERSHIP_EXISTS, detail))
        }
    }
}

/// Whether an agency that is asked to authorise something takes part already, or will once it accepts.
///
/// # Errors
/// When it observes, or is invited to: who observes decides nothing.
pub fn may_be_asked(present: Option<(MemberStatus, MemberRole)>) -> Result<bool, Refusal> {
    match present {
        Some((MemberStatus::Invited | MemberStatus::Accepted, MemberRole::Observer)) => {
            let detail = "The agency observes the case, and who observes decides nothing; remove it first, and it takes \
                          part as an authority when it is asked.";
            Err(Refusal::new(&codes::STATE, detail))
        }
        Some((MemberStatus::Accepted, _) | (MemberStatus::Invited, MemberRole::Partner)) => {
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Accepts an invitation.
///
/// # Errors
/// When there is none that is open.
pub fn accept(member: Member) -> Result<MemberStatus, Refusal> {
    invited(member).map(|()| MemberStatus::Accepted)
}

/// Declines an invitation.
///
/// # Errors
/// When there is none that is open.
pub fn decline(member: Member) -> Result<MemberStatus, Refusal> {
    invited(member).map(|()| MemberStatus::Declined)
}

/// Leaves a case.
///
/// # Errors
/// When the agency does not take part, is the lead, is in control or has given a grant that counts.
pub fn leave(member: Member) -> Result<MemberStatus, Refusal> {
    if member.status != MemberStatus::Accepted {
        return Err(stands_at(member, "only who takes part leaves"));
    }
    may_go(member).map(|()| MemberStatus::Left)
}

/// Removes a member, for a reason.
///
/// # Errors
/// When the agency is neither invited nor takes part, is the lead, is in control or has given a grant that counts.
pub fn remove(member: Member, _reason: &Reason) -> Result<MemberStatus, Refusal> {
    if !matches!(member.status, MemberStatus::Invited | MemberStatus::Accepted) {
        return Err(stands_at(member, "only who is invited or takes part is removed"));
    }
    may_go(member).map(|()| MemberStatus::Removed)
}

fn invited(member: Member) -> Result<(), Refusal> {
    if member.status == MemberStatus::Invited {
        Ok(())
    } else {
        Err(stands_at(member, "only an open invitation is answered"))
    }
}

fn may_go(member: Member) -> Result<(), Refusal> {
    if member.role == MemberRole::Lead {
        Err(Refusal::new(&codes::STATE, "The lead stays; a case is never without one."))
    } else if member.in_control {
        let detail = "The agency is in control of a consignment; hand control over first.";
        Err(Refusal::new(&codes::STATE, detail))
    } else if member.grants {
        let detail = "A grant of the agency counts in this case, and nobody else could take it back; its authority \
                      revokes it first.";
        Err(Refusal::new(&codes::STATE, detail))
    } else {
        Ok(())
    }
}

fn stands_at(member: Member, rule: &str) -> Refusal {
    Refusal::new(&codes::STATE, format!("The membership is {}; {rule}.", member.status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_enum::TextEnum;

    fn member(role: MemberRole, status: MemberStatus, in_control: bool) -> Member {
        Member { role, status, in_control, grants: false }
    }

    #[test]
    fn the_words_are_those_of_the_contract() {
        assert_eq!(MemberRole::words(), "lead, partner, authority, coordinator, observer");
        assert_eq!(MemberStatus::words(), "invited, accepted, declined, left, removed");
    }

    #[test]
    fn each_kind_of_agency_has_its_roles() {
        let roles = |kind| {
            let fit = MemberRole::ALL.iter().filter(|role| check_role(**role, kind).is_ok());
            fit.map(|role| role.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(roles(AgencyKind::National), ["lead", "partner", "authority", "observer"]);
        assert_eq!(roles(AgencyKind::Regional), ["lead", "coordinator", "observer"]);
        assert!(roles(AgencyKind::Operator).is_empty());
        for kind in AgencyKind::ALL {
            assert!(check_invitation(MemberRole::Lead, *kind).is_err());
        }
        assert!(check_invitation(MemberRole::Partner, AgencyKind::National).is_ok());
        assert!(check_invitation(MemberRole::Partner, AgencyKind::Regional).is_err());
    }

    #[test]
    fn who_is_gone_can_be_invited_again_and_who_is_there_cannot() {
        assert_eq!(invite(None), Ok(MemberStatus::Invited));
        for status in MemberStatus::ALL {
            let result = invite(Some(*status));
            match status {
                MemberStatus::Invited | MemberStatus::Accepted => {
                    assert_eq!(result.unwrap_err().code, &codes::MEMBERSHIP_EXISTS);
                }
                _ => assert_eq!(result, Ok(MemberStatus::Invited)),
            }
        }
    }

    #[test]
    fn every_move_from_every_state_and_role() {
        let reason: Reason = "Not on the route any more".parse().unwrap();
        for role in MemberRole::ALL {
            for status in MemberStatus::ALL {
                for (in_control, grants) in
                    [(false, false), (true, false), (false, true), (true, true)]
                {
                    let member = Member { grants, ..member(*role, *status, in_control) };
                    let open = *status == MemberStatus::Invited;
                    let there = *status == MemberStatus::Accepted;
                    let may_go = *role != MemberRole::Lead && !in_control && !grants;
                    assert_eq!(accept(member).is_ok(), open);
                    assert_eq!(decline(member).is_ok(), open);
                    assert_eq!(leave(member).is_ok(), there && may_go);
                    assert_eq!(remove(member, &reason).is_ok(), (open || there) && may_go);
                }
            }
        }
    }

    #[test]
    fn a_refusal_says_why() {
        let reason: Reason = "Leak".parse().unwrap();
        let lead = leave(member(MemberRole::Lead, MemberStatus::Accepted, true)).unwrap_err();
        assert_eq!((lead.code, lead.detail.contains("lead stays")), (&codes::STATE, true));
        let holder = member(MemberRole::Partner, MemberStatus::Accepted, true);
        assert!(remove(holder, &reason).unwrap_err().detail.contains("hand control over first"));
        let authority =
            Member { grants: true, ..member(MemberRole::Authority, MemberStatus::Accepted, false) };
        assert!(leave(authority).unwrap_err().detail.ends_with("its authority revokes it first."));
        let gone = member(MemberRole::Partner, MemberStatus::Left, false);
        assert_eq!(
            accept(gone).unwrap_err().detail,
            "The membership is left; only an open invitation is answered."
        );
    }
}
