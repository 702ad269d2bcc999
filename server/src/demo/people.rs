//! Who lives in the town, and in which role of its regulation.

use chrono::{NaiveDate, TimeDelta};
use hokan_domain::{
    person::Part,
    profile::{Approvers, Profile, Role, RoleId},
};

use crate::app::{App, NewHolding, SetupError};

/// Somebody who lives there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lives {
    /// The name to sign in with.
    pub(super) login: &'static str,
    /// The name that others see.
    pub(super) name: &'static str,
    /// The parts.
    pub(super) parts: &'static [Part],
    /// What he is there to show.
    pub(super) what: &'static str,
    /// The division that he works in, by its place in [`DIVISIONS`].
    pub(super) division: Option<usize>,
}

/// The divisions.
pub(super) const DIVISIONS: [&str; 3] = ["税務課", "住民課", "福祉課"];

const fn lives(
    login: &'static str,
    name: &'static str,
    parts: &'static [Part],
    what: &'static str,
    division: Option<usize>,
) -> Lives {
    Lives { login, name, parts, what, division }
}

/// Everybody. The first three are the clerks of the three divisions.
pub(super) const PEOPLE: [Lives; 8] = [
    lives("sato", "佐藤 花子", &[Part::Handler], "税務課の担当者 / clerk, tax division", Some(0)),
    lives("suzuki", "鈴木 一郎", &[Part::Handler], "住民課の担当者 / clerk, residents division", Some(1)),
    lives("takahashi", "髙橋 さくら", &[Part::Handler], "福祉課の担当者 / clerk, welfare division", Some(2)),
    lives(
        "tanaka",
        "田中 健",
        &[Part::Approver, Part::Handler],
        "住民課長 / head, residents division",
        Some(1),
    ),
    lives(
        "ito",
        "伊藤 誠",
        &[Part::Witness, Part::Handler],
        "廃棄の立会者・課長の代理 / witness, deputy head",
        Some(1),
    ),
    lives("watanabe", "渡辺 恵子", &[Part::Custodian], "副町長 / deputy mayor, custodian of the rules", None),
    lives("yamamoto", "山本 隆", &[Part::Auditor], "監査委員事務局 / auditor", None),
    lives(
        "nakamura",
        "中村 学",
        &[Part::Administrator, Part::Handler],
        "情報係・システム管理者 / administrator",
        None,
    ),
];

/// The head of a division, who approves.
pub(super) const OFFICER: usize = 3;
/// Who stands by at destructions, and for the head of a division.
pub(super) const WITNESS: usize = 4;
/// Who is at the top.
pub(super) const TOP: usize = 5;
/// Who audits.
pub(super) const AUDITOR: usize = 6;
/// Who keeps the systems, and approves where a second person must.
pub(super) const SECOND: usize = 7;

/// For how many days from the town's today the deputy stands for the head.
const DEPUTY_DAYS: i64 = 20;

/// Whether both roles must approve one thing, so that two people are needed.
fn stand_together(profile: &Profile, one: &RoleId, other: &RoleId) -> bool {
    profile.gates.iter().any(|gate| match &gate.approvers {
        Approvers::All(roles) => roles.contains(one) && roles.contains(other),
        Approvers::Any(_) | Approvers::One(_) => false,
    })
}

fn approves(profile: &Profile, role: &RoleId) -> bool {
    profile.gates.iter().any(|gate| gate.approvers.roles().contains(role))
}

/// Who plays each role of a regulation: one person for those of one post, and never one person for two that
/// must approve the same thing.
pub(super) fn cast(profile: &Profile) -> Vec<(&Role, usize)> {
    let mut cast: Vec<(&Role, usize)> = Vec::new();
    for role in &profile.roles {
        let free = |who: &usize| {
            !cast.iter().any(|(held, by)| by == who && stand_together(profile, &held.id, &role.id))
        };
        let of_the_post = role.post.as_ref().and_then(|post| {
            cast.iter().find(|(held, _)| held.post.as_ref() == Some(post)).map(|(_, who)| *who)
        });
        let otherwise =
            if approves(profile, &role.id) { [OFFICER, SECOND, TOP] } else { [SECOND, OFFICER, TOP] };
        let who = match role {
            role if role.top => TOP,
            role if role.name.ja.contains("監査") => AUDITOR,
            _ => of_the_post.into_iter().chain(otherwise).find(free).unwrap_or(SECOND),
        };
        cast.push((role, who));
    }
    cast
}

/// Gives everybody his roles, and one of the officer's to his deputy for some weeks.
pub(super) async fn give_roles(app: &App, profile: &Profile, today: NaiveDate) -> Result<(), SetupError> {
    let holding = |who: usize, role: &Role, division: Option<&str>| NewHolding {
        login: PEOPLE[who].login.to_owned(),
        role: role.id.clone(),
        division: division.map(str::to_owned),
        deputy_for: None,
        from: None,
        to: None,
    };
    let cast = cast(profile);
    for (role, who) in &cast {
        if role.per_division {
            for division in DIVISIONS {
                app.grant_role(holding(*who, role, Some(division))).await?;
            }
        } else {
            app.grant_role(holding(*who, role, None)).await?;
        }
    }
    let stood_for = cast.iter().find(|(role, who)| *who == OFFICER && approves(profile, &role.id));
    if let Some((role, _)) = stood_for {
        let deputy = NewHolding {
            deputy_for: Some(PEOPLE[OFFICER].login.to_owned()),
            to: today.checked_add_signed(TimeDelta::days(DEPUTY_DAYS)),
            ..holding(WITNESS, role, role.per_division.then_some(DIVISIONS[0]))
        };
        app.grant_role(deputy).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hokan_domain::profile::SHIPPED;

    use super::*;

    /// Every gate of every regulation can be passed by the people of the town.
    #[test]
    fn whatever_two_must_approve_two_people_can() {
        for shipped in SHIPPED {
            let profile = Profile::shipped(shipped.id, &BTreeMap::new()).expect("shipped").expect("sound");
            let cast = cast(&profile);
            let who = |role: &RoleId| cast.iter().find(|(held, _)| held.id == *role).map(|(_, who)| *who);
            for gate in &profile.gates {
                let mut played: Vec<usize> = gate.approvers.roles().iter().filter_map(who).collect();
                assert!(!played.is_empty(), "{}: {:?}", shipped.id, gate.gated);
                if gate.approvers.needs_all() {
                    played.sort_unstable();
                    played.dedup();
                    let needed = gate.approvers.roles().len();
                    assert_eq!(played.len(), needed, "{}: {:?}", shipped.id, gate.gated);
                }
            }
        }
    }
}
