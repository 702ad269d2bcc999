//! Two at once.

use futures_util::future::join_all;
use hokan_domain::event::Receiver;
use hokan_mobile_api::request::{ActRequest, HomeRef};
use hokan_server::app::{rebuild_check, verify};
use hokan_tests::{
    database::TestDatabase,
    on_both_databases,
    town::{Town, event, seen},
};

on_both_databases! {
    /// Two people accept the same hand-over at once: one gets it, the other is told who has it.
    async fn of_two_who_accept_at_once_one_gets_it_and_the_other_hears_who(db: TestDatabase) {
        let town = Town::on(&db).await;
        for index in 0..10 {
            let item = town.item(index).await;
            let scan = seen(&town.labels[index]);
            let offer = ActRequest::Offer { to: Receiver::AnyHandler, note: None, scan: Some(scan.clone()) };
            let offered = town.app.act(&town.handlers[0], item.id, event(), offer).await.expect("an offer");
            let hand_over = offered.item.offer.expect("it waits").hand_over;
            let answers = join_all(town.handlers[1..3].iter().map(|caller| {
                let accept = ActRequest::Accept { hand_over, scan: scan.clone() };
                town.app.act(caller, item.id, event(), accept)
            }))
            .await;
            let mut won = Vec::new();
            let mut lost = Vec::new();
            for answer in answers {
                match answer {
                    Ok(answer) => won.push(answer),
                    Err(problem) => lost.push(problem),
                }
            }
            assert_eq!((won.len(), lost.len()), (1, 1));
            let holder = won[0].item.custody.person.clone().expect("somebody has it");
            let problem = &lost[0];
            assert_eq!(problem.code, "hand-over-settled");
            assert!(problem.detail.contains(&holder.name), "{}", problem.detail);
            assert!(problem.source.is_some(), "the refusal cites its rule");
        }
    }

    /// Sixteen callers share commits; each act is answered for itself, and the ledger has no gap.
    async fn acts_that_share_a_commit_stand_and_fall_alone(db: TestDatabase) {
        let town = Town::on(&db).await;
        let mut items = Vec::new();
        for index in 0..16 {
            items.push(town.item(index).await);
        }
        for _ in 0..5 {
            // Half of them may, half of them may not: nobody's refusal undoes another's act.
            let answers = join_all(items.iter().enumerate().map(|(index, item)| {
                let caller = &town.handlers[index % 2];
                let scan = seen(&town.labels[index]);
                town.app.act(caller, item.id, event(), ActRequest::PutAway { home: HomeRef::Id(town.cabinet), scan })
            }))
            .await;
            for (index, answer) in answers.iter().enumerate() {
                assert_eq!(answer.is_ok(), index % 2 == 0, "{index}: {answer:?}");
            }
            for index in (0..16).step_by(2) {
                let take = ActRequest::TakeOut { scan: seen(&town.labels[index]), purpose: None };
                town.app.act(&town.handlers[0], items[index].id, event(), take).await.expect("taken out");
            }
        }
        let keys = [town.app.key().signer().expect("a key").verifier()];
        let verdict = verify(town.app.store(), &keys, &[]).await.expect("a check");
        assert_eq!(verdict.problems, Vec::<String>::new());
        // Three handlers set up, one printing, 16 registrations, 5 rounds of 8 puts and 8 takes.
        assert_eq!(verdict.entries, 3 + 1 + 16 + 5 * 16);
        assert_eq!(rebuild_check(town.app.store()).await.expect("a check").problems, Vec::<String>::new());
    }
}
