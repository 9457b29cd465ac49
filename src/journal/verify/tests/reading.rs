//! Pages of a chain, for those who may read it.

use super::file::{AGENCY, CASE, File, context};
use super::*;
use crate::ids::CaseId;
use crate::journal::event::{Deed, SubjectKind};

#[tokio::test]
async fn a_chain_is_read_by_pages_and_its_rows_give_their_hashes() {
    use crate::access::{Caller, Facts, Officer, Role, RoleSet, act};
    use crate::agency::AgencyKind;
    use crate::journal::store;

    let file = File::new().await;
    let mut context = context();
    context.caller = Caller::Officer(Officer {
        user: crate::ids::UserId::new(context.now),
        agency: AgencyId::from_uuid(Uuid::from_u128(AGENCY)),
        agency_kind: AgencyKind::National,
        country: None,
        time_zone: "UTC".to_owned(),
        roles: RoleSet::default().with(Role::Auditor),
        session: crate::ids::SessionId::new(context.now),
        authenticated_at: context.now,
        second_factor: false,
        machine: None,
    });
    let case = crate::access::CaseFacts {
        case: CaseId::from_uuid(Uuid::from_u128(CASE)),
        membership: Some(crate::access::Membership {
            role: crate::access::MemberRole::Lead,
            status: crate::access::MemberStatus::Accepted,
        }),
        assigned: false,
        restricted: false,
        requested: false,
    };
    let read = move |view: &mut crate::db::View<'_>| {
        let permit = view.permit::<act::ReadCaseJournal>(&Facts::Case(Some(case.clone())))?;
        let mut rows = store::case_page(view, &permit, None, 4)?;
        let texts = store::texts_of(view, &rows)?;
        rows.extend(store::case_page(view, &permit, Some(4), 4)?);
        let permit = view.permit::<act::ReadAgencyJournal>(&Facts::Server)?;
        Ok((rows, texts, store::agency_page(view, &permit, None, 4)?))
    };
    let (rows, texts, own) = file.db.read(&context, read).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    for row in rows.iter().chain(&own) {
        assert_eq!(row.statement().hash().unwrap().as_slice(), row.hash);
    }
    assert_eq!(rows[0].deed(), Some(Deed::MilestoneReported));
    assert_eq!(rows[0].subject(), Some(SubjectKind::Milestone));
    assert_eq!(own.len(), 1);
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[&(rows[3].id, "note".to_owned())].text, "Дорога закрыта");
}
