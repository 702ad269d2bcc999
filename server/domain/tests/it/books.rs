//! The books: who goes in and out, which id is lent to whom, how long people serve, and how long the trail of
//! what they did is kept.

use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use hokan_domain::{
    entry_book::{
        self, Entering, Entrant, Entry, EntryEvent, EntryRow, Permit, PermitEvent, Work, enter, issue, leave,
        withdraw,
    },
    ids::{EntryId, LoanId, PermitId, PersonId, PlaceId},
    lending::{self, Borrower, Lending, Loan, LoanEvent, give_back, lend},
    person::{Part, Person},
    profile::{Level, Profile, RoleId},
    refusal::{ProductRule, Reason, Refusal, Source},
    term::still_serves,
    text::Lang,
    trail::{keep_from, kept_until, may_go_on, may_prune},
    watch::{self, Found, Rule, SuspicionEvent},
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::towns::{
    Book, article, clerk, code, day, default, default_article, gone, handler, iide, kitami, minutes, missing,
    morning, nagasaki, nishi_izu, of_kind, officer, read, stamp, text,
};

// ------------------------------------------------------------------------------------------------- the trail

/// The trail of less than seven years is not purged.
///
/// req: II-030
/// req: NG-060
#[test]
fn trail_too_young() {
    let today = day("2026-11-02");
    for (profile, cited) in [(iide(), "第9条の3"), (nagasaki(), "第17条")] {
        assert_eq!(profile.log_years.0, 7);
        let oldest = day("2010-04-01");
        // Of seven years ago today is the last day that stays.
        assert_eq!(keep_from(&profile, today), day("2019-11-02"));
        assert_eq!(may_prune(&profile, oldest, day("2019-11-02"), today), Ok(()));
        for cut in ["2019-11-03", "2020-01-01", "2026-11-02", "2026-11-03"] {
            let refusal = may_prune(&profile, oldest, day(cut), today).unwrap_err();
            assert_eq!((code(&refusal), article(&refusal.source)), ("trail-too-young", cited), "{cut}");
            assert_eq!(refusal.reason, Reason::TrailTooYoung { keep_from: day("2019-11-02") });
            let sentence = refusal.reason.sentence(Lang::Ja, &Book);
            assert!(sentence.contains("令和元年11月2日"), "{sentence}");
        }
        // A day's entries may go for the first time when their seven years are over.
        assert_eq!(may_go_on(&profile, day("2019-11-02")), day("2026-11-03"));
        assert_eq!(keep_from(&profile, day("2026-11-03")), day("2019-11-03"));
    }
}

#[test]
fn where_the_regulation_is_silent_the_trail_is_kept_as_long_as_the_national_default_says() {
    let profile = kitami();
    let refusal = may_prune(&profile, day("2010-04-01"), day("2026-01-01"), day("2026-11-02")).unwrap_err();
    assert_eq!((code(&refusal), default_article(&refusal.source)), ("trail-too-young", "別添1 2Cb"));
}

/// Nobody settles what is about himself, and nobody who may not look settles anything.
#[test]
fn own_suspicion() {
    let profile = iide();
    let auditor = |number| Person { parts: [Part::Auditor].into(), ..clerk(number) };
    let found = Found {
        rule: Rule::Night,
        person: Some(auditor(1).id),
        window: "2026-11-02".to_owned(),
        count: 5,
        from: morning(),
        to: morning(),
    };
    let event = SuspicionEvent::Raised {
        rule: found.rule,
        person: found.person,
        count: found.count,
        from: found.from,
        to: found.to,
    };
    let raised = watch::evolve(found.id(), None, &stamp(1, morning(), PersonId::SERVER), &event).unwrap();
    let refusal = watch::settle(&raised, text(1), &auditor(1), &profile).unwrap_err();
    assert_eq!(code(&refusal), "own-suspicion");
    assert!(refusal.reason.is_about_authority());
    let refusal = watch::settle(&raised, text(1), &handler(2), &profile).unwrap_err();
    assert_eq!(refusal.reason, Reason::PartMissing { part: Part::Auditor });
    let settled = watch::settle(&raised, text(1), &auditor(2), &profile).unwrap();
    let by = auditor(2).id;
    assert_eq!(settled, [SuspicionEvent::Settled { by, reason: text(1) }]);
    let raised = watch::evolve(found.id(), Some(raised), &stamp(2, morning(), by), &settled[0]).unwrap();
    let refusal = watch::settle(&raised, text(2), &auditor(3), &profile).unwrap_err();
    assert_eq!(refusal.reason, Reason::AlreadyDone);
}

#[test]
fn where_nothing_is_old_enough_to_lie_before_the_cut_nothing_is_refused() {
    let today = day("2026-11-02");
    assert_eq!(may_prune(&iide(), day("2025-04-01"), day("2025-04-01"), today), Ok(()));
    assert!(may_prune(&iide(), day("2025-03-31"), day("2025-04-01"), today).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// `keep_from` parts the days into those that may go and those that must stay, on every day of the calendar.
    #[test]
    fn every_day_is_kept_for_just_so_long(days in 0_u64..40_000, years in 1_u32..200) {
        let today = day("2000-01-01") + Days::new(days);
        let mut profile = nagasaki_cached().clone();
        profile.log_years.0 = years;
        let first = keep_from(&profile, today);
        prop_assert!(kept_until(&profile, first) >= today);
        prop_assert!(kept_until(&profile, first.pred_opt().unwrap()) < today);
        prop_assert!(may_go_on(&profile, first) > today);
        prop_assert!(may_go_on(&profile, first.pred_opt().unwrap()) <= today);
        prop_assert!((today.year() - first.year()).unsigned_abs() == years);
        prop_assert!(may_prune(&profile, NaiveDate::MIN, first, today).is_ok());
        prop_assert!(may_prune(&profile, NaiveDate::MIN, first + Days::new(1), today).is_err());
    }
}

fn nagasaki_cached() -> &'static Profile {
    static PROFILE: std::sync::LazyLock<Profile> = std::sync::LazyLock::new(nagasaki);
    &PROFILE
}

// ------------------------------------------------------------------------------------------------- the term

/// Authority ends with the term of appointment.
///
/// req: KT-027
#[test]
fn term_ended() {
    let profile = kitami();
    let last = Some(day("2027-03-31"));
    for today in ["2026-04-01", "2027-03-30", "2027-03-31"] {
        assert_eq!(still_serves(last, day(today), &profile), Ok(()));
    }
    for today in ["2027-04-01", "2030-01-01"] {
        let refusal = still_serves(last, day(today), &profile).unwrap_err();
        assert_eq!((code(&refusal), article(&refusal.source)), ("term-ended", "第7条"));
        assert!(refusal.reason.is_about_authority());
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("令和9年3月31日"));
    }
    assert_eq!(still_serves(None, day("2099-01-01"), &profile), Ok(()), "no term, no end");

    // Where no regulation ties authority to the term the product does.
    let refusal = still_serves(last, day("2027-04-01"), &default()).unwrap_err();
    assert_eq!(refusal.source, Source::Product(ProductRule::TermEnds));
}

// ------------------------------------------------------------------------------------------- in and out

const PLACE: PlaceId = PlaceId(Uuid::from_u128(0xb1));
const ENTRY: EntryId = EntryId(Uuid::from_u128(0xe1));
const PERMIT: PermitId = PermitId(Uuid::from_u128(0xe2));

fn level(profile: &Profile, level: u8) -> &Level {
    profile.levels.iter().find(|known| known.level == level).unwrap()
}

fn permit(profile: &Profile, number: u8, by: &Person, to: Option<&Person>) -> Permit {
    let events = issue(level(profile, number), to, None, None, by, profile).unwrap();
    entry_book::evolve_permit(PERMIT, None, &stamp(0, morning(), by.id), &events[0]).unwrap()
}

fn row(level: u8, who: Entering, permit: Option<Permit>) -> EntryRow {
    EntryRow { place: PLACE, level, who, purpose: text(51), permit, tag: None }
}

fn vendor(escort: Option<Person>) -> Entering {
    Entering::Vendor {
        company: text(52),
        name: text(53),
        work: Work::Maintain,
        escort,
        equipment: Some(text(54)),
    }
}

fn entering(row: &EntryRow, profile: &Profile) -> Result<Vec<EntryEvent>, Refusal> {
    enter(row, &handler(9), profile, day("2026-11-02"))
}

/// Who permits entry to each level, as the regulation calls him.
const ISSUERS: [(u8, &str); 3] =
    [(3, "住基ネットセキュリティ統括責任者"), (2, "本人確認情報管理責任者"), (1, "住基ネットシステム管理者")];

fn asks_for_permits(article: &str) -> bool {
    article.starts_with("第13条") && article.contains("第2項")
}

/// req: NG-048
/// req: NG-049
/// req: NG-050
#[test]
fn each_level_has_its_own_issuer_and_nobody_enters_without_his_permit() {
    let profile = nagasaki();
    let someone = handler(1);
    for (number, called) in ISSUERS {
        let issuer = officer(10, &profile, called);
        let at = level(&profile, number);
        for (other, other_called) in ISSUERS.into_iter().filter(|(other, _)| *other != number) {
            let stranger = officer(20, &profile, other_called);
            let refusal = issue(at, Some(&someone), None, None, &stranger, &profile).unwrap_err();
            assert_eq!((code(&refusal), article(&refusal.source)), ("role-missing", article(&at.source)));
            // A permit for another level is none for this one.
            let elsewhere = permit(&profile, other, &stranger, Some(&someone));
            let refusal =
                entering(&row(number, Entering::Person(someone.clone()), Some(elsewhere)), &profile)
                    .unwrap_err();
            assert_eq!(of_kind(missing(&refusal), "permit").len(), 1);
        }
        let refusal = entering(&row(number, Entering::Person(someone.clone()), None), &profile).unwrap_err();
        let [(name, cited)] = of_kind(missing(&refusal), "permit")[..] else { panic!("{refusal:?}") };
        assert!(name.contains(called) && asks_for_permits(cited), "{name} {cited}");

        let mine = permit(&profile, number, &issuer, Some(&someone));
        assert!(
            entering(&row(number, Entering::Person(someone.clone()), Some(mine.clone())), &profile).is_ok()
        );
        // It is his alone, and not for ever.
        let colleague = Entering::Person(handler(2));
        assert!(entering(&row(number, colleague, Some(mine.clone())), &profile).is_err());
        let expired = Permit { until: Some(day("2026-11-01")), ..mine.clone() };
        assert!(entering(&row(number, Entering::Person(someone.clone()), Some(expired)), &profile).is_err());
        let today = Permit { until: Some(day("2026-11-02")), ..mine.clone() };
        assert!(entering(&row(number, Entering::Person(someone.clone()), Some(today)), &profile).is_ok());
        let withdrawal = withdraw(&mine, at, Some(text(55)), None, &issuer, &profile).unwrap();
        let withdrawn =
            entry_book::evolve_permit(PERMIT, Some(mine), &stamp(1, morning(), issuer.id), &withdrawal[0])
                .unwrap();
        assert!(
            entering(&row(number, Entering::Person(someone.clone()), Some(withdrawn.clone())), &profile)
                .is_err()
        );
        let refusal = withdraw(&withdrawn, at, None, None, &issuer, &profile).unwrap_err();
        assert_eq!(code(&refusal), "already-done");
    }
    // At the terminals only operators are permitted, and one who is none any more is not let in on his old permit.
    let manager = officer(10, &profile, "住基ネットシステム管理者");
    let refusal = issue(level(&profile, 1), Some(&clerk(3)), None, None, &manager, &profile).unwrap_err();
    assert!(asks_for_permits(article(&refusal.source)));
    assert_eq!(code(&refusal), "receiver-not-designated");
    let his = permit(&profile, 1, &manager, Some(&someone));
    let no_more = Person { parts: [Part::Witness].into(), ..someone };
    let refusal = entering(&row(1, Entering::Person(no_more), Some(his)), &profile).unwrap_err();
    let [(_, cited)] = of_kind(missing(&refusal), "designation")[..] else { panic!("{refusal:?}") };
    assert!(asks_for_permits(cited), "{cited}");
}

/// req: NG-053
/// req: NG-054
#[test]
fn a_vendor_does_not_enter_without_name_tag_and_an_operator_who_goes_along() {
    let profile = nagasaki();
    for (number, called) in ISSUERS {
        let issuer = officer(10, &profile, called);
        let visit = permit(&profile, number, &issuer, None);
        let operator = handler(4);
        let full = EntryRow { tag: Some(text(56)), ..row(number, vendor(Some(operator)), Some(visit)) };
        assert!(entering(&full, &profile).is_ok());

        let untagged = EntryRow { tag: None, ..full.clone() };
        let refusal = entering(&untagged, &profile).unwrap_err();
        assert_eq!(missing(&refusal).len(), 1);
        assert!(of_kind(missing(&refusal), "tag")[0].1.starts_with("第13条第4項"));

        // Nobody, somebody who is no operator, and one who was: none of them is an escort.
        for escort in [None, Some(clerk(5)), Some(gone(handler(4)))] {
            let alone = EntryRow { who: vendor(escort), ..full.clone() };
            let refusal = entering(&alone, &profile).unwrap_err();
            assert_eq!(missing(&refusal).len(), 1);
            assert!(of_kind(missing(&refusal), "escort")[0].1.starts_with("第13条第4項"));
        }
        // A member of staff's permit is none for vendors. All that is missing is said at once.
        let nothing = row(number, vendor(None), Some(permit(&profile, number, &issuer, Some(&handler(4)))));
        let refusal = entering(&nothing, &profile).unwrap_err();
        let kinds: Vec<_> = missing(&refusal).iter().map(|one| one.code).collect();
        assert_eq!(kinds, ["permit", "tag", "escort"]);
    }
}

/// The handling area of 西伊豆町 (第16条第1号): permit and name tag, for everybody.
#[test]
fn the_handling_area_is_entered_with_permit_and_name_tag() {
    let profile = nishi_izu();
    let officer = officer(10, &profile, "保護責任者");
    let number = profile.levels.iter().find(|level| level.name.ja.contains("取扱区域")).unwrap().level;
    let who = || Entering::Person(handler(1));
    let refusal = entering(&row(number, who(), None), &profile).unwrap_err();
    let listed: Vec<_> = missing(&refusal).iter().map(|one| one.code).collect();
    assert_eq!(listed, ["permit", "tag"]);
    assert!(missing(&refusal).iter().all(|one| article(&one.source).starts_with("第16条")));
    let mine = permit(&profile, number, &officer, Some(&handler(1)));
    let tagged = EntryRow { tag: Some(text(56)), ..row(number, who(), Some(mine)) };
    assert!(entering(&tagged, &profile).is_ok());
}

#[test]
fn where_the_regulation_knows_no_such_level_nothing_is_asked_for() {
    let profile = nishi_izu();
    let row = row(9, Entering::Person(clerk(1)), None);
    assert!(entering(&row, &profile).is_ok());
    let refusal = enter(&row, &gone(clerk(2)), &profile, day("2026-11-02")).unwrap_err();
    assert_eq!(code(&refusal), "not-designated");
}

fn entered(row: &EntryRow, profile: &Profile) -> Entry {
    let events = entering(row, profile).unwrap();
    entry_book::evolve(ENTRY, None, &stamp(0, morning(), handler(9).id), &events[0]).unwrap()
}

fn left(entry: &Entry, tag_returned: bool, equipment: Option<u128>) -> Entry {
    let events = leave(entry, tag_returned, equipment.map(text), &handler(9), nagasaki_cached()).unwrap();
    let stamp = stamp(1, morning() + minutes(45), handler(9).id);
    entry_book::evolve(ENTRY, Some(entry.clone()), &stamp, &events[0]).unwrap()
}

/// req: NG-051
/// req: NG-052
#[test]
fn the_book_has_a_row_for_each_entry_with_all_that_is_to_be_written() {
    let profile = nagasaki_cached();
    let issuer = officer(10, profile, "住基ネットセキュリティ統括責任者");
    let visit = permit(profile, 3, &issuer, None);
    let full = EntryRow { tag: Some(text(56)), ..row(3, vendor(Some(handler(4))), Some(visit.clone())) };
    let entry = entered(&full, profile);
    assert!(entry.is_open() && entry.tag_is_out());
    let line = |entry: &Entry, permit| entry_book::line(entry, permit, &Book, &read, Lang::Ja);
    assert_eq!(
        line(&entry, Some(&visit)),
        [
            "第一保管庫",
            "3",
            "本文53",
            "本文52",
            "保守 本文51",
            "職員10",
            "本文56",
            "職員4",
            "本文54",
            "2026-11-02 09:00",
            "",
        ]
    );
    let gone_home = left(&entry, true, Some(57));
    assert!(!gone_home.is_open() && !gone_home.tag_is_out());
    let done = line(&gone_home, Some(&visit));
    assert_eq!(done[6..], ["本文56", "職員4", "本文54、本文57", "2026-11-02 09:00", "2026-11-02 09:45"]);
    // He left with the tag: that is written down, not refused.
    let with_tag = left(&entry, false, None);
    assert!(with_tag.tag_is_out());
    assert_eq!(line(&with_tag, None)[6], "本文56（未返却）");
    let refusal = leave(&gone_home, true, None, &handler(9), profile).unwrap_err();
    assert_eq!(code(&refusal), "already-done");

    let manager = officer(10, profile, "住基ネットシステム管理者");
    let mine = permit(profile, 1, &manager, Some(&handler(1)));
    let entry = entered(&row(1, Entering::Person(handler(1)), Some(mine)), profile);
    assert_eq!(line(&left(&entry, false, None), None)[2..8], ["職員1", "", "本文51", "", "", ""]);
    assert_eq!(left(&entry, false, None).left.unwrap().tag_returned, None, "there was none");
    for lang in [Lang::Ja, Lang::En] {
        assert!(entry_book::headings(lang).iter().all(|heading| !heading.is_empty()));
    }
    for work in Work::ALL {
        assert_eq!(Work::from_code(work.code()), Some(work));
        assert_ne!(work.name(Lang::Ja), work.name(Lang::En));
    }
}

// ------------------------------------------------------------------------------------------- ids for viewing

const LOAN: LoanId = LoanId(Uuid::from_u128(0x10a));

fn lending() -> Lending {
    Lending {
        viewer_id: "VIEW-01".to_owned(),
        borrower: Some(Borrower::Named(text(61))),
        purpose: text(62),
        due: Some(morning() + minutes(120)),
        division: None,
    }
}

fn lent(lending: &Lending, by: &Person, profile: &Profile) -> Loan {
    let events = lend(lending, &[], by, profile).unwrap();
    lending::evolve(LOAN, None, &stamp(0, morning(), by.id), &events[0]).unwrap()
}

fn returned(loan: &Loan, profile: &Profile) -> Loan {
    let events = give_back(loan, &clerk(9), profile).unwrap();
    let stamp = stamp(1, morning() + minutes(30), clerk(9).id);
    lending::evolve(LOAN, Some(loan.clone()), &stamp, &events[0]).unwrap()
}

/// An id is lent by the officer, and to one person at a time.
///
/// req: KT-040
#[test]
fn id_on_loan() {
    let profile = kitami();
    let security_officer = officer(1, &profile, "情報セキュリティ責任者");
    let refusal = lend(&lending(), &[], &handler(2), &profile).unwrap_err();
    assert_eq!((code(&refusal), article(&refusal.source)), ("role-missing", "第11条第3項"));

    let loan = lent(&lending(), &security_officer, &profile);
    for viewer_id in ["VIEW-01", "view-01", " VIEW-01 "] {
        let again = Lending { viewer_id: viewer_id.to_owned(), ..lending() };
        let refusal = lend(&again, std::slice::from_ref(&loan), &security_officer, &profile).unwrap_err();
        assert_eq!((code(&refusal), article(&refusal.source)), ("id-on-loan", "第11条第3項"));
    }
    let another = Lending { viewer_id: "VIEW-02".to_owned(), ..lending() };
    assert!(lend(&another, std::slice::from_ref(&loan), &security_officer, &profile).is_ok());

    let now = morning() + minutes(120);
    assert!(!loan.is_overdue(now) && loan.is_overdue(now + TimeDelta::milliseconds(1)));
    let back = returned(&loan, &profile);
    assert!(!back.is_open() && !back.is_overdue(now + TimeDelta::days(1)));
    assert_eq!(code(&give_back(&back, &clerk(9), &profile).unwrap_err()), "already-done");
    assert!(lend(&lending(), &[back], &security_officer, &profile).is_ok());
}

/// req: KT-039
/// req: KT-041
#[test]
fn name_id_purpose_and_time_of_a_loan_are_recorded() {
    let profile = kitami();
    let security_officer = officer(1, &profile, "情報セキュリティ責任者");
    let nameless = Lending { borrower: None, ..lending() };
    let refusal = lend(&nameless, &[], &security_officer, &profile).unwrap_err();
    assert_eq!(of_kind(missing(&refusal), "field"), [("閲覧者の氏名", "第11条第3項")]);
    let blank = Lending { viewer_id: "  ".to_owned(), ..nameless };
    let refusal = lend(&blank, &[], &security_officer, &profile).unwrap_err();
    assert_eq!(of_kind(missing(&refusal), "field").len(), 2);

    let loan = lent(&lending(), &security_officer, &profile);
    assert_eq!((loan.lent_at, loan.lent_by), (morning(), security_officer.id));
    let line = |loan| lending::line(loan, &Book, &read);
    assert_eq!(line(&loan), ["本文61", "VIEW-01", "本文62", "2026-11-02 09:00", "職員1", ""]);
    let back = returned(&loan, &profile);
    assert_eq!(line(&back)[5], "2026-11-02 09:30");
    let known = Lending { borrower: Some(Borrower::Person(clerk(7).id)), ..lending() };
    assert_eq!(line(&lent(&known, &security_officer, &profile))[0], "職員7");
    for lang in [Lang::Ja, Lang::En] {
        assert!(lending::headings(lang).iter().all(|heading| !heading.is_empty()));
    }
}

#[test]
fn who_may_not_act_lends_and_takes_back_nothing() {
    let profile = kitami();
    let security_officer = officer(1, &profile, "情報セキュリティ責任者");
    let loan = lent(&lending(), &security_officer, &profile);
    let no_more = gone(security_officer);
    assert_eq!(code(&lend(&lending(), &[], &no_more, &profile).unwrap_err()), "not-designated");
    assert_eq!(code(&give_back(&loan, &no_more, &profile).unwrap_err()), "not-designated");
}

// ---------------------------------------------------------------------------------------------------- golden

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

const ENTRIES: &str = include_str!("golden_entry_events.jsonl");
const PERMITS: &str = include_str!("golden_permit_events.jsonl");
const LOANS: &str = include_str!("golden_loan_events.jsonl");

fn entry_events() -> Vec<EntryEvent> {
    let by = PersonId(id(1));
    vec![
        EntryEvent::Entered {
            by,
            place: PlaceId(id(2)),
            level: 3,
            who: Entrant::Vendor {
                company: text(11),
                name: text(12),
                work: Work::Install,
                escort: Some(PersonId(id(3))),
                equipment: Some(text(13)),
            },
            purpose: text(14),
            permit: Some(PermitId(id(4))),
            tag: Some(text(15)),
        },
        EntryEvent::Entered {
            by,
            place: PlaceId(id(2)),
            level: 1,
            who: Entrant::Person { person: PersonId(id(3)) },
            purpose: text(14),
            permit: None,
            tag: None,
        },
        EntryEvent::Left { by, tag_returned: Some(true), equipment: Some(text(16)) },
        EntryEvent::Left { by, tag_returned: None, equipment: None },
    ]
}

fn permit_events() -> Vec<PermitEvent> {
    let by = PersonId(id(1));
    vec![
        PermitEvent::Issued {
            by,
            role: Some(RoleId::from("overall-officer")),
            deputy_for: Some(PersonId(id(2))),
            level: 3,
            person: Some(PersonId(id(3))),
            until: Some(day("2027-03-31")),
        },
        PermitEvent::Issued { by, role: None, deputy_for: None, level: 1, person: None, until: None },
        PermitEvent::Withdrawn { by, reason: Some(text(11)) },
        PermitEvent::Withdrawn { by, reason: None },
    ]
}

fn loan_events() -> Vec<LoanEvent> {
    let by = PersonId(id(1));
    vec![
        LoanEvent::Lent {
            by,
            role: Some(RoleId::from("security-officer")),
            deputy_for: Some(PersonId(id(2))),
            viewer_id: "VIEW-01".to_owned(),
            borrower: Borrower::Named(text(11)),
            purpose: text(12),
            due: Some(morning()),
        },
        LoanEvent::Lent {
            by,
            role: None,
            deputy_for: None,
            viewer_id: "VIEW-02".to_owned(),
            borrower: Borrower::Person(PersonId(id(3))),
            purpose: text(12),
            due: None,
        },
        LoanEvent::Returned { by },
    ]
}

#[test]
fn events_are_read_and_written_as_ever() {
    crate::golden::check(ENTRIES, &entry_events(), EntryEvent::kind, EntryEvent::texts);
    crate::golden::check(PERMITS, &permit_events(), PermitEvent::kind, PermitEvent::texts);
    crate::golden::check(LOANS, &loan_events(), LoanEvent::kind, LoanEvent::texts);
    let of_entry_book = format!("{ENTRIES}{PERMITS}");
    crate::golden::every_kind(include_str!("../../src/entry_book.rs"), &of_entry_book);
    crate::golden::every_kind(include_str!("../../src/lending.rs"), LOANS);
    let kinds = [entry_book::SUBJECT_KIND, entry_book::PERMIT_SUBJECT_KIND, lending::SUBJECT_KIND];
    assert_eq!(kinds, ["entry", "entry-permit", "loan"]);
}

/// Any events in any order fold into something, or into nothing where it did not begin.
#[test]
fn folding_is_total() {
    let at = stamp(0, morning(), clerk(1).id);
    for first in entry_events() {
        let entry = entry_book::evolve(ENTRY, None, &at, &first);
        assert_eq!(entry.is_some(), matches!(first, EntryEvent::Entered { .. }));
        for second in entry_events() {
            let again = entry_book::evolve(ENTRY, entry.clone(), &at, &second);
            assert_eq!(again.is_some(), entry.is_some() || matches!(second, EntryEvent::Entered { .. }));
        }
    }
    for first in permit_events() {
        let permit = entry_book::evolve_permit(PERMIT, None, &at, &first);
        assert_eq!(permit.is_some(), matches!(first, PermitEvent::Issued { .. }));
        for second in permit_events() {
            let again = entry_book::evolve_permit(PERMIT, permit.clone(), &at, &second);
            assert_eq!(again.is_some(), permit.is_some() || matches!(second, PermitEvent::Issued { .. }));
        }
    }
    for first in loan_events() {
        let loan = lending::evolve(LOAN, None, &at, &first);
        assert_eq!(loan.is_some(), matches!(first, LoanEvent::Lent { .. }));
        for second in loan_events() {
            let again = lending::evolve(LOAN, loan.clone(), &at, &second);
            assert_eq!(again.is_some(), loan.is_some() || matches!(second, LoanEvent::Lent { .. }));
        }
    }
}
