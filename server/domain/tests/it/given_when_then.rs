//! Given an item as it stands, when somebody asks for an act, then it becomes these events or is refused for
//! this reason.
//!
//! Each refusal has a test that bears its code as its name: search for `not_current_holder` to find what
//! leads to `not-current-holder`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use chrono::TimeDelta;
use hokan_domain::{
    contents::Kept,
    custody::{Act, ActKind, OfferTo, Registration, Resting, decide, label_target, open_acts, register},
    event::{Event, Receiver, Scan, ScanMethod},
    ids::{ContainerId, ItemId, PersonId},
    item::{Custody, ItemKind},
    label::{LabelState, LabelTarget, ReplaceReason},
    observation::Observed,
    person::{Part, Person},
    profile::Profile,
    refusal::{Reason, Refusal, Source},
    text::{Lang, Nameless},
};
use uuid::Uuid;

use crate::register::{
    Book, CABINET, CASE, ITEM, Register, SATO, SUZUKI, TANAKA, VAULT, at_the_desk, camera, citing_profile,
    contents, destruction, encrypted, first_label, handler, label, morning, nobody, profile, put_away,
    speaks, take_out, text,
};

// ------------------------------------------------------------------------------------------ situations

fn offer_to(person: PersonId) -> Act {
    Act::Offer { to: OfferTo::Person(handler(person)), note: None, scan: None }
}

fn put_in_cabinet() -> Act {
    put_away(CABINET)
}

/// Sato has it.
fn held() -> Register {
    Register::begin()
}

/// Sato has it and offered it to Suzuki.
fn offered() -> Register {
    let mut register = held();
    register.done(SATO, &offer_to(SUZUKI));
    register
}

/// Sato has it and offered it to Suzuki, who did not answer in time.
fn lapsed() -> Register {
    let mut register = offered();
    register.wait(register.profile.hand_over_expires);
    register
}

/// Suzuki took it over from Sato.
fn handed_over() -> Register {
    let mut register = offered();
    register.done(SUZUKI, &register.fitting(ActKind::Accept, SUZUKI));
    register
}

/// Suzuki has it and offered it.
fn offered_on(to: OfferTo) -> Register {
    let mut register = handed_over();
    register.done(SUZUKI, &Act::Offer { to, note: None, scan: None });
    register
}

/// Sato had it; an hour later Suzuki's phone tells of this.
fn observed(observed: Observed) -> Register {
    let mut register = held();
    register.wait(TimeDelta::hours(1));
    register.observe(SUZUKI, observed, register.now - TimeDelta::minutes(1));
    register
}

/// Sato put it into the cabinet.
fn stored() -> Register {
    let mut register = held();
    register.done(SATO, &put_in_cabinet());
    register
}

// ----------------------------------------------------------------------------------- what a refusal is

/// Asks in vain for what a rule of the product forbids: gives the reason, having checked that it speaks and
/// cites its source.
fn refused(register: &Register, actor: &Person, act: &Act) -> Reason {
    let id = Register::fresh_id(&mut register.clone());
    let judge =
        |profile: &Profile| decide(&register.item, act, id, actor, profile, register.now).unwrap_err();
    let refusal = judge(&register.profile);
    assert_eq!(refusal.source, Source::Product(refusal.reason.rule()), "nobody else asks for it");
    let cited = judge(&citing_profile());
    assert_eq!(cited.reason, refusal.reason, "a citation changes no judgement");
    assert!(matches!(&cited.source, Source::Clause(_)), "the clause of the regulation is cited first");
    told(&refusal.reason);
    refusal.reason
}

/// The reason is told in both languages, and the rule of the product or the clause that asks for the same is
/// cited.
fn told(reason: &Reason) {
    for (profile, ja, en) in [(profile(), "Hokanの規則", "Hokan's rule"), (citing_profile(), "第", "第")]
    {
        let refusal = Refusal { reason: reason.clone(), source: profile.source(reason.rule()) };
        speaks(&refusal);
        for lang in [Lang::Ja, Lang::En] {
            let cited = refusal.source.cite(lang);
            assert!(cited.contains(lang.pick(ja, en)), "{cited}");
        }
    }
    let clause = citing_profile().source(reason.rule()).cite(Lang::Ja);
    assert!(clause.starts_with("保護規程 第") && clause.ends_with("条第1項"), "a clause: {clause}");
    assert!(
        reason.code().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
        "the code is a stable word: {}",
        reason.code()
    );
}

// --------------------------------------------------------------------------------------- what is allowed

/// What a handler finds open around an item that he holds, beside the acts of hand-over, where nothing was
/// asked for, held back, lost or destroyed.
const MINE: &str = "
    witness                not-destroyed
    confirm-disposal       permission-not-needed
    approve                request-settled
    turn-down              request-settled
    record-protection      -
    ask                    -
    withdraw-request       request-settled
    end-permission         request-settled
    erase-contents         no-such-contents
    record-retention-event no-such-contents
    place-hold             not-approver
    lift-hold              hold-lifted
    sanitize               permission-missing
    destroy                permission-missing
    report-fault           -
    check-fault            -
    report-lost            -
    report-found           not-lost
    settle-discrepancy     discrepancy-settled
    assign                 -
    designate-home         -";

/// What differs from [`MINE`] where somebody else has it.
const THEIRS: &str = "
    record-protection      not-current-holder
    erase-contents         not-current-holder
    sanitize               not-current-holder
    destroy                not-current-holder";

/// What differs where it rests in its home: whoever stands there may describe it.
const STORED: &str = "
    sanitize               not-current-holder
    destroy                not-current-holder";

/// What differs where it is out on a carry-out that only a phone told of.
const OUT: &str = "
    record-protection      item-out
    erase-contents         item-out
    sanitize               not-current-holder
    destroy                not-current-holder
    settle-discrepancy     not-approver";

/// What differs where somebody else destroyed it without order, as his phone told.
const GONE: &str = "
    witness                -
    record-protection      item-gone
    ask                    item-gone
    erase-contents         item-gone
    record-retention-event item-gone
    place-hold             item-gone
    sanitize               item-gone
    destroy                item-gone
    report-fault           item-gone
    check-fault            item-gone
    report-lost            item-gone
    report-found           item-gone
    settle-discrepancy     not-approver
    assign                 item-gone
    designate-home         item-gone";

/// The rows of these tables by their first word; a later table goes before an earlier one.
fn rows<'t>(tables: &[&'t str]) -> BTreeMap<&'t str, &'t str> {
    let words: Vec<_> = tables.iter().flat_map(|table| table.split_whitespace()).collect();
    words.chunks(2).map(|row| (row[0], row[1])).collect()
}

/// Every act in every situation, as Sato sees it: what the page says beforehand and what the server then
/// decides are the same.
#[test]
fn every_act_in_every_situation() {
    let me = OfferTo::Person(handler(SATO));
    let tanaka = OfferTo::Person(handler(TANAKA));
    let mut late = offered_on(me.clone());
    late.wait(late.profile.hand_over_expires);
    let situations = [
        (
            "held by me",
            held(),
            [MINE, ""],
            "accept          hand-over-settled
             refuse          hand-over-settled
             take-out        already-holder
             offer           -
             put-away        -
             withdraw        hand-over-settled
             record-contents -
             replace-label   -",
        ),
        (
            "held by me and offered to Suzuki",
            offered(),
            [MINE, ""],
            "accept          already-holder
             refuse          already-holder
             take-out        already-holder
             offer           hand-over-pending
             put-away        hand-over-pending
             withdraw        -
             record-contents -
             replace-label   -",
        ),
        (
            "held by me, my offer lapsed",
            lapsed(),
            [MINE, ""],
            "accept          hand-over-lapsed
             refuse          hand-over-lapsed
             take-out        already-holder
             offer           -
             put-away        -
             withdraw        -
             record-contents -
             replace-label   -",
        ),
        (
            "held by Suzuki",
            handed_over(),
            [MINE, THEIRS],
            "accept          hand-over-settled
             refuse          hand-over-settled
             take-out        not-stored
             offer           not-current-holder
             put-away        not-current-holder
             withdraw        hand-over-settled
             record-contents not-current-holder
             replace-label   not-current-holder",
        ),
        (
            "held by Suzuki and offered to me",
            offered_on(me),
            [MINE, THEIRS],
            "accept          -
             refuse          -
             take-out        not-stored
             offer           not-current-holder
             put-away        not-current-holder
             withdraw        not-offerer
             record-contents not-current-holder
             replace-label   not-current-holder",
        ),
        (
            "held by Suzuki and offered to any handler",
            offered_on(OfferTo::AnyHandler),
            [MINE, THEIRS],
            "accept          -
             refuse          -
             take-out        not-stored
             offer           not-current-holder
             put-away        not-current-holder
             withdraw        not-offerer
             record-contents not-current-holder
             replace-label   not-current-holder",
        ),
        (
            "held by Suzuki and offered to Tanaka",
            offered_on(tanaka),
            [MINE, THEIRS],
            "accept          not-addressee
             refuse          not-addressee
             take-out        not-stored
             offer           not-current-holder
             put-away        not-current-holder
             withdraw        not-offerer
             record-contents not-current-holder
             replace-label   not-current-holder",
        ),
        (
            "held by Suzuki, the offer to me lapsed",
            late,
            [MINE, THEIRS],
            "accept          hand-over-lapsed
             refuse          hand-over-lapsed
             take-out        not-stored
             offer           not-current-holder
             put-away        not-current-holder
             withdraw        not-offerer
             record-contents not-current-holder
             replace-label   not-current-holder",
        ),
        (
            "in the cabinet",
            stored(),
            [MINE, STORED],
            "accept          hand-over-settled
             refuse          hand-over-settled
             take-out        -
             offer           not-current-holder
             put-away        not-current-holder
             withdraw        hand-over-settled
             record-contents -
             replace-label   -",
        ),
        (
            "out on a carry-out",
            observed(Observed::Departed { carry_out: None }),
            [MINE, OUT],
            "accept          hand-over-settled
             refuse          hand-over-settled
             take-out        item-out
             offer           not-current-holder
             put-away        not-current-holder
             withdraw        hand-over-settled
             record-contents item-out
             replace-label   item-out",
        ),
        (
            "destroyed by Suzuki",
            observed(Observed::Destroyed { destruction: destruction("shred-flash") }),
            [MINE, GONE],
            "accept          hand-over-settled
             refuse          hand-over-settled
             take-out        item-gone
             offer           not-current-holder
             put-away        not-current-holder
             withdraw        hand-over-settled
             record-contents item-gone
             replace-label   item-gone",
        ),
    ];
    for (situation, register, [first, then], table) in situations {
        let expected = rows(&[first, then, table]);
        let offered: Vec<_> = open_acts(&register.item, &handler(SATO), &register.profile, register.now);
        let told: BTreeMap<_, _> = offered
            .iter()
            .map(|(kind, open)| (kind.code(), open.as_ref().map_or_else(|no| no.reason.code(), |()| "-")))
            .collect();
        assert_eq!(told, expected, "{situation}: what the page says");
        for (kind, open) in offered {
            let act = register.fitting(kind, SATO);
            let decided = register.clone().act(&handler(SATO), &act);
            assert_eq!(decided.map(|_| ()), open, "{situation}, {}: what the server decides", kind.code());
        }
    }
}

/// A phone asks in this order, so that what is waited for stands first.
#[test]
fn every_kind_of_act_is_offered_once_in_the_order_of_the_list() {
    let register = held();
    let offered = open_acts(&register.item, &handler(SATO), &register.profile, register.now);
    assert!(offered.iter().map(|(kind, _)| *kind).eq(ActKind::ALL));
    for kind in ActKind::ALL {
        assert_eq!(register.fitting(kind, SATO).kind(), kind);
    }
}

#[test]
fn whoever_registers_an_item_holds_it_with_the_label_and_contents_that_he_stated() {
    let registration = Registration {
        kind: ItemKind::HardDisk,
        label: label(5),
        label_state: LabelState::Blank,
        title: text(1),
        control_number: Some(text(2)),
        serial: Some(text(3)),
        contents: vec![contents(1), contents(2)],
        division: None,
        protection: Some((encrypted(), true)),
    };
    let events = register(&registration, &handler(SUZUKI), &profile()).unwrap();
    let expected = [
        Event::Registered {
            item_kind: ItemKind::HardDisk,
            label: label(5),
            title: text(1),
            control_number: Some(text(2)),
            serial: Some(text(3)),
            holder: SUZUKI,
        },
        Event::ProtectionRecorded { by: SUZUKI, secrecy: encrypted(), key_apart: true },
        Event::ContentsRecorded { contents: contents(1) },
        Event::ContentsRecorded { contents: contents(2) },
    ];
    assert_eq!(events, expected);
}

#[test]
fn an_offer_bears_the_id_of_its_act_and_changes_no_custody() {
    let mut register = held();
    let scan = Some(camera(first_label()));
    let act = Act::Offer { to: OfferTo::Person(handler(SUZUKI)), note: Some(text(4)), scan: scan.clone() };
    let events = register.done(SATO, &act);
    let [
        Event::HandOverOffered {
            hand_over,
            from: SATO,
            to: Receiver::Person(SUZUKI),
            expires_at,
            note,
            scan: seen,
        },
    ] = events.as_slice()
    else {
        panic!("an offer to Suzuki: {events:?}");
    };
    assert_eq!(*hand_over, register.timeline[2].stamp.event.into());
    assert_eq!(*expires_at, register.now + register.profile.hand_over_expires);
    assert_eq!((*note, seen), (Some(text(4)), &scan));
    assert_eq!(register.item.custody.value, Custody::Held { by: SATO });
    assert_eq!(
        register.item.pending_offer(register.now).map(|offer| offer.to),
        Some(Receiver::Person(SUZUKI))
    );
}

#[test]
fn accepting_passes_custody_and_ends_the_offer() {
    let mut register = offered();
    let hand_over = register.hand_over();
    let scan = Scan { label: first_label(), method: ScanMethod::Typed };
    let events = register.done(SUZUKI, &Act::Accept { hand_over, scan: scan.clone() });
    let accepted = Event::HandOverAccepted { hand_over: Some(hand_over), from: Some(SATO), to: SUZUKI, scan };
    assert_eq!(events, [accepted]);
    assert_eq!(register.item.custody.value, Custody::Held { by: SUZUKI });
    assert_eq!(register.item.unanswered_offer(), None);
}

#[test]
fn whichever_handler_comes_first_takes_over_what_is_offered_to_any() {
    let mut register = offered_on(OfferTo::AnyHandler);
    register.done(TANAKA, &register.fitting(ActKind::Accept, TANAKA));
    assert_eq!(register.item.holder(), Some(TANAKA));
}

#[test]
fn refusing_leaves_the_item_with_the_offerer_who_may_offer_again() {
    let mut register = offered();
    let hand_over = register.hand_over();
    let events = register.done(SUZUKI, &Act::Refuse { hand_over, note: Some(text(5)) });
    assert_eq!(
        events,
        [Event::HandOverRefused { hand_over: Some(hand_over), by: SUZUKI, note: Some(text(5)), scan: None }]
    );
    assert_eq!(register.item.holder(), Some(SATO));
    assert_eq!(register.item.unanswered_offer(), None);
    register.done(SATO, &offer_to(TANAKA));
    assert_eq!(register.item.unanswered_offer().map(|offer| offer.to), Some(Receiver::Person(TANAKA)));
}

#[test]
fn withdrawing_ends_the_offer() {
    let mut register = offered();
    let hand_over = register.hand_over();
    let events = register.done(SATO, &Act::Withdraw { hand_over });
    assert_eq!(events, [Event::HandOverWithdrawn { hand_over, by: SATO }]);
    assert_eq!((register.item.holder(), register.item.unanswered_offer()), (Some(SATO), None));
}

#[test]
fn an_offer_can_be_accepted_until_its_last_millisecond() {
    let mut register = offered();
    register.wait(register.profile.hand_over_expires - TimeDelta::milliseconds(1));
    register.done(SUZUKI, &register.fitting(ActKind::Accept, SUZUKI));
    assert_eq!(register.item.holder(), Some(SUZUKI));
}

#[test]
fn after_a_lapse_the_holder_may_offer_to_somebody_else() {
    let mut register = lapsed();
    register.done(SATO, &offer_to(TANAKA));
    assert_eq!(
        register.item.pending_offer(register.now).map(|offer| offer.to),
        Some(Receiver::Person(TANAKA))
    );
}

#[test]
fn what_is_put_away_rests_in_its_home_and_nobody_holds_it() {
    for home in [CABINET, CASE] {
        let mut register = held();
        let scan = Scan { label: first_label(), method: ScanMethod::Desk };
        let act = Act::PutAway { home: Resting::plain(home), scan: scan.clone() };
        assert_eq!(register.done(SATO, &act), [Event::PutAway { by: SATO, home, scan, zone: None }]);
        assert_eq!(register.item.custody.value, Custody::Stored { home, by: SATO });
        assert_eq!(register.item.holder(), None);
    }
}

#[test]
fn whoever_takes_it_out_holds_it() {
    let mut register = stored();
    let events = register.done(TANAKA, &take_out(camera(first_label())));
    let (from, scan) = (Some(CABINET), camera(first_label()));
    assert_eq!(events, [Event::TakenOut { by: TANAKA, from, scan, purpose: None }]);
    assert_eq!(register.item.holder(), Some(TANAKA));
}

#[test]
fn a_new_label_takes_the_place_of_the_old_one() {
    let mut register = stored();
    let act = Act::ReplaceLabel { label: label(2), state: LabelState::Blank, reason: ReplaceReason::Damaged };
    let events = register.done(TANAKA, &act);
    let replaced = Event::LabelReplaced { old: first_label(), new: label(2), reason: ReplaceReason::Damaged };
    assert_eq!(events, [replaced]);
    assert_eq!(register.item.label.value, label(2));
}

#[test]
fn contents_are_added_to_those_that_are_there() {
    let mut register = stored();
    for number in [1, 2] {
        let events = register.done(TANAKA, &Act::RecordContents { contents: contents(number) });
        assert_eq!(events, [Event::ContentsRecorded { contents: contents(number) }]);
    }
    assert_eq!(register.item.contents, [1, 2].map(|number| Kept::new(contents(number), register.now)));
}

/// Ids of acts are made by phones, so their order means nothing: acts within one millisecond follow the
/// ledger.
#[test]
fn acts_within_one_millisecond_take_effect_in_the_order_of_the_ledger() {
    let mut register = held();
    for (from, to) in [(SATO, SUZUKI), (SUZUKI, TANAKA), (TANAKA, SATO)] {
        register.done(from, &offer_to(to));
        register.done(to, &register.fitting(ActKind::Accept, to));
        assert_eq!((register.item.holder(), register.item.unanswered_offer()), (Some(to), None));
    }
    register.done(SATO, &put_in_cabinet());
    register.done(SUZUKI, &register.fitting(ActKind::ReplaceLabel, SUZUKI));
    assert_ne!(register.item.label.value, first_label());
    register.done(SUZUKI, &register.fitting(ActKind::TakeOut, SUZUKI));
    assert_eq!(register.item.holder(), Some(SUZUKI));
    assert_eq!(register.now, morning(), "all of it within one millisecond");
}

/// An observation by somebody who does not have the item must not open a way around its holder.
#[test]
fn nothing_can_be_taken_over_on_an_offer_by_somebody_who_does_not_have_it() {
    let mut register = held();
    register.wait(TimeDelta::hours(1));
    let observed = Observed::Offered { to: Receiver::Person(SUZUKI) };
    register.observe(TANAKA, observed, morning() + TimeDelta::minutes(1));
    assert_eq!(register.item.unanswered_offer(), None);
    let hand_over = register.timeline[2].stamp.event.into();
    let accept = Act::Accept { hand_over, scan: register.scan() };
    let settled = Reason::HandOverSettled { custody: Custody::Held { by: SATO } };
    assert_eq!(refused(&register, &handler(SUZUKI), &accept), settled);
}

/// What somebody else observed does not take a hand-over away from those whom it concerns.
#[test]
fn a_stranger_neither_replaces_nor_ends_an_offer() {
    let mut register = offered();
    register.wait(TimeDelta::hours(1));
    let at = morning() + TimeDelta::minutes(1);
    let standing = register.hand_over();
    register.observe(TANAKA, Observed::Offered { to: Receiver::AnyHandler }, at);
    register.observe(TANAKA, Observed::Refused { hand_over: None, note: None }, at);
    register.observe(TANAKA, Observed::Refused { hand_over: Some(standing), note: None }, at);
    assert_eq!(register.hand_over(), standing);
    register.done(SUZUKI, &register.fitting(ActKind::Accept, SUZUKI));
    assert_eq!(register.item.holder(), Some(SUZUKI));
}

/// A phone in a vault may decline an offer that was withdrawn meanwhile and followed by another.
#[test]
fn a_late_refusal_of_one_offer_does_not_end_the_next() {
    let mut register = offered();
    let first = register.hand_over();
    register.wait(TimeDelta::minutes(1));
    register.done(SATO, &Act::Withdraw { hand_over: first });
    register.done(SATO, &offer_to(SUZUKI));
    let second = register.hand_over();
    register.wait(TimeDelta::minutes(5));
    let declined = Observed::Refused { hand_over: Some(first), note: None };
    register.observe(SUZUKI, declined, register.now - TimeDelta::minutes(1));
    assert_eq!(register.hand_over(), second);
    let declined = Observed::Refused { hand_over: None, note: None };
    register.observe(SUZUKI, declined, register.now - TimeDelta::seconds(1));
    assert_eq!(register.item.unanswered_offer(), None, "one that names no offer ends the one that stands");
}

// -------------------------------------------------------------------------------- what is refused, and why

/// What people do by a role of theirs, or whoever learns of it, without being handlers.
const BY_ROLE: [ActKind; 10] = [
    ActKind::Approve,
    ActKind::TurnDown,
    ActKind::WithdrawRequest,
    ActKind::EndPermission,
    ActKind::PlaceHold,
    ActKind::LiftHold,
    ActKind::Witness,
    ActKind::ConfirmDisposal,
    ActKind::SettleDiscrepancy,
    ActKind::ReportLost,
];

/// Nobody but a designated handler gets or handles an item, whatever other part he plays and whoever offers.
///
/// req: NG-028
#[test]
fn not_designated() {
    let others: BTreeSet<_> = Part::ALL.into_iter().filter(|part| *part != Part::Handler).collect();
    let suspended = Person { active: false, ..handler(SATO) };
    let undesignated = Person { parts: others, ..handler(SATO) };
    let nobody = nobody(SATO);
    let situations = [held(), offered(), handed_over(), offered_on(OfferTo::AnyHandler), stored()];
    for person in [suspended, undesignated, nobody] {
        for register in &situations {
            for kind in ActKind::ALL {
                let act = register.fitting(kind, SATO);
                let has_it = register.item.custody.value.holder() == Some(SATO);
                match kind {
                    // Whose authority ended gives back what he has.
                    ActKind::Offer | ActKind::PutAway if person.active && has_it => {
                        if let Err(refusal) = register.clone().act(&person, &act) {
                            assert_ne!(refusal.reason, Reason::NotDesignated, "{}", kind.code());
                        }
                    }
                    _ if !BY_ROLE.contains(&kind) => {
                        let reason = refused(register, &person, &act);
                        assert_eq!(reason, Reason::NotDesignated, "{}", kind.code());
                    }
                    ActKind::ReportLost if person.active => {
                        register.clone().act(&person, &act).unwrap();
                    }
                    _ => {
                        register.clone().act(&person, &act).unwrap_err();
                    }
                }
            }
        }
        let refusal = register(&blank_registration(), &person, &profile()).unwrap_err();
        assert_eq!(refusal.reason, Reason::NotDesignated, "register");
    }
}

/// An item cannot be offered to somebody who could not receive it.
///
/// req: NG-028
#[test]
fn receiver_not_designated() {
    let register = held();
    let suspended = Person { active: false, ..handler(SUZUKI) };
    let approver = Person { parts: [Part::Approver].into(), ..handler(SUZUKI) };
    for person in [suspended, approver] {
        let act = Act::Offer { to: OfferTo::Person(person), note: None, scan: None };
        let reason = refused(&register, &handler(SATO), &act);
        assert_eq!(reason, Reason::ReceiverNotDesignated { person: SUZUKI });
        assert!(reason.sentence(Lang::Ja, &Book).contains("鈴木さん"));
    }
}

/// The acts of custody need the part of a handler, for which there is a reason of its own. This one speaks
/// for the acts around them, such as printing labels.
#[test]
fn part_missing() {
    for part in Part::ALL {
        let reason = Reason::PartMissing { part };
        told(&reason);
        assert!(reason.is_about_authority());
        for lang in [Lang::Ja, Lang::En] {
            assert!(reason.sentence(lang, &Book).contains(part.name(lang)));
        }
    }
}

#[test]
fn not_current_holder() {
    let kinds = [ActKind::Offer, ActKind::PutAway, ActKind::ReplaceLabel, ActKind::RecordContents];
    for kind in kinds {
        let register = handed_over();
        let reason = refused(&register, &handler(SATO), &register.fitting(kind, SATO));
        assert_eq!(reason, Reason::NotCurrentHolder { custody: Custody::Held { by: SUZUKI } });
        assert!(reason.sentence(Lang::Ja, &Book).contains("鈴木さん"), "it says who has it");
    }
    let register = stored();
    for kind in [ActKind::Offer, ActKind::PutAway] {
        let reason = refused(&register, &handler(SATO), &register.fitting(kind, SATO));
        assert_eq!(reason, Reason::NotCurrentHolder { custody: Custody::Stored { home: CABINET, by: SATO } });
        assert!(reason.sentence(Lang::Ja, &Book).contains("第一保管庫"), "it says where it rests");
    }
}

#[test]
fn already_holder() {
    for (register, kind) in
        [(held(), ActKind::TakeOut), (offered(), ActKind::Accept), (offered(), ActKind::Refuse)]
    {
        let act = register.fitting(kind, SATO);
        assert_eq!(refused(&register, &handler(SATO), &act), Reason::AlreadyHolder, "{}", kind.code());
    }
    let mut register = held();
    register.done(SATO, &Act::Offer { to: OfferTo::AnyHandler, note: None, scan: None });
    let act = register.fitting(ActKind::Accept, SATO);
    assert_eq!(refused(&register, &handler(SATO), &act), Reason::AlreadyHolder, "his own offer to anybody");
}

#[test]
fn not_stored() {
    let register = handed_over();
    let reason = refused(&register, &handler(SATO), &take_out(register.scan()));
    assert_eq!(reason, Reason::NotStored { holder: SUZUKI });
    assert!(reason.sentence(Lang::En, &Book).contains("鈴木"));
}

#[test]
fn already_there() {
    let register = stored();
    for person in [SATO, TANAKA] {
        let reason = refused(&register, &handler(person), &put_in_cabinet());
        assert_eq!(reason, Reason::AlreadyThere { home: CABINET });
    }
    let elsewhere = put_away(VAULT);
    let reason = refused(&register, &handler(SATO), &elsewhere);
    assert_eq!(reason.code(), "not-current-holder", "to move it, it must be taken out first");
    let other_thing = Act::PutAway { home: Resting::plain(CABINET), scan: camera(label(9)) };
    let reason = refused(&register, &handler(SATO), &other_thing);
    assert_ne!(reason.code(), "already-there", "nothing is known of what he has in hand");
}

#[test]
fn hand_over_to_self() {
    assert_eq!(refused(&held(), &handler(SATO), &offer_to(SATO)), Reason::HandOverToSelf);
}

#[test]
fn hand_over_pending() {
    let to = Receiver::Person(SUZUKI);
    let register = offered();
    for act in [offer_to(TANAKA), put_in_cabinet()] {
        assert_eq!(refused(&register, &handler(SATO), &act), Reason::HandOverPending { to });
    }
    let mut register = held();
    register.done(SATO, &Act::Offer { to: OfferTo::AnyHandler, note: None, scan: None });
    let reason = refused(&register, &handler(SATO), &put_in_cabinet());
    assert_eq!(reason, Reason::HandOverPending { to: Receiver::AnyHandler });
}

/// Of two who accept at once the second learns who has it, also where the next offer waits already.
#[test]
fn hand_over_settled() {
    let mut register = held();
    register.done(SATO, &Act::Offer { to: OfferTo::AnyHandler, note: None, scan: None });
    let (hand_over, scan) = (register.hand_over(), register.scan());
    register.done(SUZUKI, &Act::Accept { hand_over, scan: scan.clone() });
    let settled = Reason::HandOverSettled { custody: Custody::Held { by: SUZUKI } };
    let answers = [
        (TANAKA, Act::Accept { hand_over, scan }),
        (TANAKA, Act::Refuse { hand_over, note: None }),
        (SATO, Act::Withdraw { hand_over }),
    ];
    for (person, act) in &answers {
        assert_eq!(refused(&register, &handler(*person), act), settled);
    }
    register.done(SUZUKI, &offer_to(SATO));
    for (person, act) in &answers {
        assert_eq!(refused(&register, &handler(*person), act), settled, "another offer waits");
    }
}

#[test]
fn hand_over_lapsed() {
    let register = lapsed();
    for kind in [ActKind::Accept, ActKind::Refuse] {
        let act = register.fitting(kind, SUZUKI);
        assert_eq!(refused(&register, &handler(SUZUKI), &act), Reason::HandOverLapsed, "{}", kind.code());
    }
}

#[test]
fn not_addressee() {
    let register = offered();
    for kind in [ActKind::Accept, ActKind::Refuse] {
        let reason = refused(&register, &handler(TANAKA), &register.fitting(kind, TANAKA));
        assert_eq!(reason, Reason::NotAddressee { to: Receiver::Person(SUZUKI) });
        assert!(reason.is_about_authority());
    }
}

#[test]
fn not_offerer() {
    let register = offered();
    for person in [SUZUKI, TANAKA] {
        let reason = refused(&register, &handler(person), &register.fitting(ActKind::Withdraw, person));
        assert_eq!(reason, Reason::NotOfferer { from: SATO });
    }
}

#[test]
fn wrong_label() {
    let scan = camera(label(9));
    let wrong = Reason::WrongLabel { scanned: label(9) };
    let register = offered();
    let hand_over = register.hand_over();
    let accept = Act::Accept { hand_over, scan: scan.clone() };
    assert_eq!(refused(&register, &handler(SUZUKI), &accept), wrong);
    let offer = Act::Offer { to: OfferTo::Person(handler(SUZUKI)), note: None, scan: Some(scan.clone()) };
    assert_eq!(refused(&held(), &handler(SATO), &offer), wrong);
    let put_away = Act::PutAway { home: Resting::plain(CABINET), scan: scan.clone() };
    assert_eq!(refused(&held(), &handler(SATO), &put_away), wrong);
    assert_eq!(refused(&stored(), &handler(SATO), &take_out(scan)), wrong);

    for act in [
        Act::ReportFault { note: None, scan: Some(camera(label(9))) },
        Act::CheckFault { faulty: true, note: None, scan: camera(label(9)) },
    ] {
        assert_eq!(refused(&stored(), &handler(SATO), &act), wrong);
    }

    let mut register = held();
    register.done(SATO, &register.fitting(ActKind::ReplaceLabel, SATO));
    let void = Reason::WrongLabel { scanned: first_label() };
    assert_eq!(refused(&register, &handler(SATO), &put_in_cabinet()), void, "its label of yesterday");
}

fn blank_registration() -> Registration {
    Registration {
        kind: ItemKind::UsbMemory,
        label: label(5),
        label_state: LabelState::Blank,
        title: text(1),
        control_number: None,
        serial: None,
        contents: Vec::new(),
        division: None,
        protection: None,
    }
}

/// A label in this state can be stuck on nothing, be it a new item or one that has lost its label.
fn cannot_be_stuck_on(state: LabelState, expected: &Reason) {
    let registration = Registration { label_state: state.clone(), ..blank_registration() };
    let refusal = register(&registration, &handler(SATO), &profile()).unwrap_err();
    assert_eq!((&refusal.reason, &refusal.source), (expected, &Source::Product(expected.rule())));
    let act = Act::ReplaceLabel { label: label(5), state, reason: ReplaceReason::Missing };
    assert_eq!(refused(&held(), &handler(SATO), &act), *expected);
}

#[test]
fn label_void() {
    for replaced_by in [None, Some(label(6))] {
        let state =
            LabelState::Void { target: Some(LabelTarget::Item(ITEM)), replaced_by: replaced_by.clone() };
        let void = Reason::LabelVoid { label: label(5), replaced_by: replaced_by.clone() };
        cannot_be_stuck_on(state.clone(), &void);
        assert_eq!(label_target(&label(5), &state), Err(void.clone()));
        told(&void);
        if let Some(new) = replaced_by {
            assert!(void.sentence(Lang::Ja, &Book).contains(new.as_str()), "it names the label in force");
        }
    }
}

#[test]
fn label_blank() {
    let blank = Reason::LabelBlank { label: label(5) };
    assert_eq!(label_target(&label(5), &LabelState::Blank), Err(blank.clone()));
    told(&blank);
}

#[test]
fn label_taken() {
    let other = LabelTarget::Item(ItemId(Uuid::from_u128(99)));
    let case = LabelTarget::Container(ContainerId(Uuid::from_u128(98)));
    for target in [other, case, LabelTarget::Item(ITEM)] {
        let bound = LabelState::Bound(target);
        assert_eq!(label_target(&label(5), &bound), Ok(target));
        cannot_be_stuck_on(bound, &Reason::LabelTaken { label: label(5), target });
    }
}

/// Whoever takes an item has it before him; giving away and putting away can be noted at the desk.
#[test]
fn label_not_at_hand() {
    let scan = at_the_desk();
    let register = offered();
    let accept = Act::Accept { hand_over: register.hand_over(), scan: scan.clone() };
    assert_eq!(refused(&register, &handler(SUZUKI), &accept), Reason::LabelNotAtHand);
    assert_eq!(refused(&stored(), &handler(SATO), &take_out(scan.clone())), Reason::LabelNotAtHand);
    let check = Act::CheckFault { faulty: false, note: None, scan: scan.clone() };
    assert_eq!(refused(&stored(), &handler(SATO), &check), Reason::LabelNotAtHand);
    let mut lost = stored();
    lost.done(SATO, &Act::ReportLost { incident: None, note: None });
    let found = Act::ReportFound { scan };
    assert_eq!(refused(&lost, &handler(SATO), &found), Reason::LabelNotAtHand);
}

// ------------------------------------------------------------------------------------------- the house rule

/// The codes that `Reason::code` gives, read from its source so that a new one cannot be forgotten.
fn codes() -> BTreeSet<&'static str> {
    let source = include_str!("../../src/refusal.rs");
    let (_, reasons) = source.split_once("impl Reason {").unwrap();
    let (_, code) = reasons.split_once("pub fn code(").unwrap();
    let (body, _) = code.split_once("    }\n\n").unwrap();
    body.lines().filter_map(|line| line.split_once("=> \"")?.1.split('"').next()).collect()
}

/// All that is written here and in the files beside this one.
pub(crate) fn tests() -> String {
    fn gather(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut text = String::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"), &mut text);
    text
}

#[test]
fn every_refusal_has_a_test_of_its_name() {
    let codes = codes();
    assert!(codes.len() >= 18 && codes.contains("not-current-holder"), "{codes:?}");
    let tests = tests();
    let missing: Vec<_> = codes
        .iter()
        .filter(|code| !tests.contains(&format!("#[test]\nfn {}() {{", code.replace('-', "_"))))
        .collect();
    assert!(missing.is_empty(), "refusals without a test of their name: {missing:?}");
}

/// Logs must name nobody, so there the ids stand where a person would read names.
#[test]
fn without_names_a_sentence_shows_ids() {
    let reason = Reason::ReceiverNotDesignated { person: SUZUKI };
    assert!(reason.sentence(Lang::En, &Nameless).contains(&SUZUKI.to_string()));
    let reason = Reason::AlreadyThere { home: CASE };
    assert!(reason.sentence(Lang::Ja, &Nameless).contains(&CASE.to_string()));
}
