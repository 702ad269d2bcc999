//! Given an item that is to go, when it is erased, destroyed, witnessed and confirmed, then it becomes these
//! events or is refused for this reason, with the clause that asks for it.

use std::sync::Arc;

use chrono::TimeDelta;
use hokan_domain::{
    approval::Wanted,
    contents::{Category, Contents},
    custody::{Act, ActKind},
    discrepancy::{Finding, FindingKind, Outcome},
    disposal::{Destruction, Erasure, Performed, Photograph, Presence, Shows, Verification},
    event::Event,
    ids::{CarryOutId, DeviceId, PersonId, RequestId},
    item::{Custody, Item, ItemKind},
    observation::{Observation, Observed},
    person::Person,
    profile::{Condition, Gated, Profile},
    refusal::{Reason, Refusal},
    text::Lang,
};
use uuid::Uuid;

use crate::register::{
    Book, CABINET, KATO, Register, SATO, SUZUKI, TANAKA, TAX, YAMADA, at_the_desk, camera, changed, cited,
    contents, delegated, destruction, erasure, file, first_label, handler, morning, nobody, officer,
    photograph, put_away, role, take_out, text, town, with_role,
};

// ------------------------------------------------------------------------------------------ situations

/// Sato has it, and may destroy it.
fn ordered(id: &str, kind: ItemKind) -> Register {
    let mut register = Register::under(town(id), kind);
    register.grant(Wanted::Dispose, None);
    register
}

/// Under the national default.
fn usb() -> Register {
    ordered("national-default", ItemKind::UsbMemory)
}

/// Sato destroyed it in this way.
#[track_caller]
fn destroyed(mut register: Register, destruction: Destruction) -> Register {
    register.done(SATO, &destroy(destruction));
    register
}

fn destroy(destruction: Destruction) -> Act {
    Act::Destroy { destruction, scan: camera(first_label()) }
}

fn sanitize(erasure: Erasure) -> Act {
    Act::Sanitize { erasure, scan: camera(first_label()) }
}

fn witness(presence: Presence) -> Act {
    Act::Witness { presence, photographs: Vec::new(), scan: camera(first_label()) }
}

const CONFIRM: Act = Act::ConfirmDisposal { note: None };

#[track_caller]
fn cites(refusal: &Refusal, article: &str) {
    assert!(cited(refusal).contains(article), "{} instead of {article}", cited(refusal));
}

/// The ways that a refusal says are allowed, as people in Japan call them.
#[track_caller]
fn allowed(refusal: &Refusal) -> Vec<&str> {
    match &refusal.reason {
        Reason::MethodNotAllowed { allowed } => allowed.iter().map(|name| name.ja.as_str()).collect(),
        other => panic!("a way that is not allowed: {other:?}"),
    }
}

// ------------------------------------------------------------------------------------- the whole course

/// Order, erasure, destruction, witness, confirmation: each by whom the regulation says, in this order, and
/// what remains says who did what and when.
#[test]
fn an_item_goes_by_order_erasure_destruction_witness_and_confirmation() {
    let mut register = Register::under(town("nishi-izu"), ItemKind::HardDisk);
    register.grant(Wanted::Use, None);
    register.grant(Wanted::Save, None);
    let data = Contents { purpose_code: register.purpose(), ..contents(1) };
    register.done(SATO, &Act::RecordContents { contents: data });
    let request = register.grant(Wanted::Dispose, None);
    let scan = camera(first_label());

    let erasure = erasure("erase-software");
    let events = register.done(SATO, &sanitize(erasure.clone()));
    assert_eq!(events, [Event::Sanitized { by: SATO, erasure, scan: scan.clone() }]);
    assert_eq!(register.item.live_contents().count(), 0);
    assert_eq!(register.item.contents[0].erased_at, Some(register.now), "what was on it is still told");

    register.wait(TimeDelta::minutes(1));
    let events = register.done(SATO, &destroy(destruction("destroy")));
    let (destruction, request) = (destruction("destroy"), Some(request));
    assert_eq!(events, [Event::Destroyed { request, by: SATO, destruction, scan: scan.clone() }]);
    assert_eq!(register.item.custody.value, Custody::Destroyed { by: SATO });
    assert_eq!(register.item.disposal.request, request);

    register.wait(TimeDelta::minutes(1));
    let events = register.done(SUZUKI, &witness(Presence::OnSite));
    let (presence, photographs) = (Presence::OnSite, Vec::new());
    assert_eq!(events, [Event::Witnessed { by: SUZUKI, presence, photographs, scan }]);

    register.wait(TimeDelta::days(1));
    let protection = officer(&register.profile, YAMADA, &["保護責任者"]);
    let events = register.done_by(&protection, &CONFIRM);
    let role = role(&register.profile, "保護責任者");
    assert_eq!(events, [Event::DisposalConfirmed { by: YAMADA, role: role.clone(), note: None }]);
    let disposal = &register.item.disposal;
    let done = disposal.destroyed.as_ref().unwrap();
    assert_eq!((done.by, done.at), (SATO, morning() + TimeDelta::minutes(1)));
    assert_eq!(disposal.witnessed[0].by, SUZUKI);
    let confirmed = disposal.confirmed.as_ref().unwrap();
    assert_eq!((confirmed.by, &confirmed.what), (YAMADA, &role));
    assert!(register.item.discrepancies.is_empty());
}

// ------------------------------------------------------------------------------------------- the order

/// Nothing is erased or destroyed before the protection officer of its division has ordered or permitted it.
///
/// req: NI-052
#[test]
fn nothing_goes_without_the_protection_officers_order_or_permission() {
    for kind in [ItemKind::HardDisk, ItemKind::PaperRecord, ItemKind::Server] {
        let mut register = Register::under(town("nishi-izu"), kind);
        let mut acts = vec![register.fitting(ActKind::Destroy, SATO)];
        if kind != ItemKind::Server {
            acts.push(register.fitting(ActKind::Sanitize, SATO));
        }
        let refused = |register: &Register| {
            for act in &acts {
                let refusal = register.refused(&handler(SATO), act);
                assert_eq!(refusal.reason.code(), "permission-missing");
                assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("保護責任者の許可"));
                cites(&refusal, "第20条柱書");
            }
        };
        refused(&register);
        let request = register.ask(&handler(SATO), Wanted::Dispose, None);
        refused(&register);
        let protection = role(&register.profile, "保護責任者");
        let of_tax = with_role(&register.profile, nobody(KATO), &protection, Some(TAX), None);
        let approve = Act::Approve { request, note: None };
        let refusal = register.refused(&of_tax, &approve);
        assert_eq!(refusal.reason.code(), "not-approver");
        cites(&refusal, "第20条柱書");
        register.done_by(&officer(&register.profile, YAMADA, &["保護責任者"]), &approve);
        let mut revoked = register.clone();
        revoked.done(SATO, &Act::EndPermission { request, reason: text(42) });
        refused(&revoked);
        let act = register.fitting(ActKind::Destroy, SATO);
        register.done(SATO, &act);
    }
}

/// What was erased first is still destroyed only on order, also where the order is asked for by what lies on
/// it; and the same holds for the confirmation.
#[test]
fn erasing_first_opens_no_way_around_the_order() {
    let numbers = Condition { categories: Some([Category::SpecificPersonal].into()), ..Condition::default() };
    let mut profile = Profile::clone(&town("nishi-izu"));
    for gate in &mut profile.gates {
        if matches!(gate.gated, Gated::Dispose | Gated::ConfirmDisposal) {
            gate.when = numbers.clone();
        }
    }
    let mut register = Register::under(Arc::new(profile), ItemKind::PaperRecord);
    let plain = register.clone();
    let data = Contents { purpose_code: register.purpose(), ..contents(1) };
    register.done(SATO, &Act::RecordContents { contents: data });
    let erase = Act::EraseContents { contents: contents(1).id, erasure: erasure("mask") };
    register.done(SATO, &erase);
    let destroy = destroy(destruction("shred-paper"));
    assert_eq!(register.refused(&handler(SATO), &destroy).reason.code(), "permission-missing");
    register.grant(Wanted::Dispose, None);
    register.done(SATO, &destroy);
    register.done(SUZUKI, &witness(Presence::OnSite));
    register.done_by(&officer(&register.profile, YAMADA, &["保護責任者"]), &CONFIRM);
    // Of what never bore any such data nobody asks for an order.
    destroyed(plain, destruction("shred-paper"));
}

/// Whoever destroys it has it in his hands and is a handler.
#[test]
fn only_its_holder_destroys_it() {
    let mut register = usb();
    let act = destroy(destruction("shred-flash"));
    assert_eq!(register.refused(&handler(SUZUKI), &act).reason.code(), "not-current-holder");
    assert_eq!(register.refused(&nobody(SATO), &act).reason, Reason::NotDesignated);
    let destruction = destruction("shred-flash");
    let unseen = Act::Destroy { destruction, scan: at_the_desk() };
    assert_eq!(register.refused(&handler(SATO), &unseen).reason, Reason::LabelNotAtHand);
    let unseen = Act::Sanitize { erasure: erasure("device-erase"), scan: at_the_desk() };
    assert_eq!(register.refused(&handler(SATO), &unseen).reason, Reason::LabelNotAtHand);
    register.done(SATO, &put_away(CABINET));
    assert_eq!(register.refused(&handler(SATO), &act).reason.code(), "not-current-holder");
}

// ------------------------------------------------------------------------------------------- the method

/// Papers are shredded, burnt or dissolved, and not otherwise.
///
/// req: NI-053
#[test]
fn papers_go_by_shredding_burning_or_dissolving() {
    for method in ["shred-paper", "burn-paper", "dissolve-paper"] {
        destroyed(ordered("nishi-izu", ItemKind::PaperRecord), destruction(method));
    }
    let register = ordered("nishi-izu", ItemKind::PaperRecord);
    for method in ["destroy", "erase-software", "mask", "bury"] {
        let refusal = register.refused(&handler(SATO), &destroy(destruction(method)));
        assert_eq!(allowed(&refusal), ["シュレッダー等による裁断", "焼却", "溶解"]);
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("シュレッダー等による裁断、焼却、溶解"));
        cites(&refusal, "第20条");
    }
}

/// Media are erased by special software, whose name and version are recorded, or destroyed physically, and
/// not otherwise.
///
/// req: NI-054
#[test]
fn media_go_by_erasing_software_or_physical_destruction() {
    for kind in [ItemKind::HardDisk, ItemKind::UsbMemory, ItemKind::Server] {
        destroyed(ordered("nishi-izu", kind), destruction("destroy"));
        let mut register = ordered("nishi-izu", kind);
        register.done(SATO, &sanitize(erasure("erase-software")));
        destroyed(register, destruction("erase-software"));

        let register = ordered("nishi-izu", kind);
        for method in ["shred-paper", "crush-drive", "overwrite"] {
            let refusal = register.refused(&handler(SATO), &destroy(destruction(method)));
            let mut ways = allowed(&refusal);
            ways.sort_unstable();
            assert_eq!(ways, ["専用データ削除ソフトウェアの利用", "物理的な破壊"]);
            cites(&refusal, "第20条");
        }
        let refusal = register.refused(&handler(SATO), &destroy(destruction("erase-software")));
        assert_eq!(refusal.reason, Reason::ToolMissing, "nothing says with what it was erased");
        cites(&refusal, "第20条第2号");
    }
}

/// Whatever is destroyed is crushed or surely destroyed otherwise, and that is recorded: how, when, by whom,
/// on whose order.
///
/// req: NG-041
#[test]
fn disposed_media_are_crushed_or_surely_destroyed_and_that_is_recorded() {
    for (kind, ways) in [
        (ItemKind::HardDisk, vec!["crush", "incinerate"]),
        (ItemKind::OpticalDisc, vec!["crush", "incinerate"]),
        (ItemKind::PaperRecord, vec!["incinerate", "shred-paper", "dissolve-paper"]),
    ] {
        for way in ways {
            let mut register = ordered("nagasaki-kyosai", kind);
            register.wait(TimeDelta::minutes(7));
            let register = destroyed(register, destruction(way));
            let done = register.item.disposal.destroyed.as_ref().unwrap();
            assert_eq!((done.by, done.at, done.what.method.as_str()), (SATO, register.now, way));
            assert!(register.item.disposal.request.is_some());
        }
        let register = ordered("nagasaki-kyosai", kind);
        let refusal = register.refused(&handler(SATO), &destroy(destruction("overwrite")));
        assert!(!allowed(&refusal).is_empty());
        cites(&refusal, "第11条第5項");
    }
}

/// What only rids a thing of its data does not dispose of it, and what destroys it erases no part of it.
#[test]
fn method_not_allowed() {
    let mut register = usb();
    register.done(SATO, &Act::RecordContents { contents: contents(1) });
    register.done(SATO, &sanitize(erasure("device-erase")));
    let refusal = register.refused(&handler(SATO), &destroy(destruction("device-erase")));
    assert_eq!(allowed(&refusal), ["半導体媒体の細断", "媒体の焼却"]);
    cites(&refusal, "国の標準");
    register.done(SATO, &Act::RecordContents { contents: contents(2) });
    let by_shredding = Act::EraseContents { contents: contents(2).id, erasure: erasure("shred-flash") };
    for act in [by_shredding, sanitize(erasure("shred-flash"))] {
        let refusal = register.refused(&handler(SATO), &act);
        assert!(!allowed(&refusal).contains(&"半導体媒体の細断"), "{:?}", refusal.reason);
    }
    // Of a bound document nothing can be erased. That is told before anything is filled in.
    let document = ordered("national-default", ItemKind::SystemDocument);
    let refusal = document.refused(&handler(SATO), &document.fitting(ActKind::Sanitize, SATO));
    assert_eq!(allowed(&refusal), Vec::<&str>::new());
    assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("定められていません"));
}

/// The tool with its version is told, where the way needs one.
#[test]
fn tool_missing() {
    let mut register = usb();
    register.done(SATO, &Act::RecordContents { contents: contents(1) });
    let without = Erasure { tool: None, ..erasure("device-erase") };
    let contents = contents(1).id;
    for act in [sanitize(without.clone()), Act::EraseContents { contents, erasure: without }] {
        let refusal = register.refused(&handler(SATO), &act);
        assert_eq!(refusal.reason, Reason::ToolMissing);
        cites(&refusal, "Table A-5");
    }
    // Masking a number on paper needs none.
    let mut paper = ordered("national-default", ItemKind::PaperRecord);
    paper.done(SATO, &sanitize(Erasure { tool: None, ..erasure("mask") }));
}

/// Deletion uses means after which nothing is easily read or restored, and somebody looks whether it worked.
///
/// req: NI-055
#[test]
fn an_erasure_counts_when_its_tool_is_named_and_it_worked() {
    let mut register = Register::under(town("nishi-izu"), ItemKind::HardDisk);
    for wanted in [Wanted::Use, Wanted::Save, Wanted::Dispose] {
        register.grant(wanted, None);
    }
    let data = Contents { purpose_code: register.purpose(), ..contents(1) };
    register.done(SATO, &Act::RecordContents { contents: data });
    let refusal =
        register.refused(&handler(SATO), &sanitize(Erasure { tool: None, ..erasure("erase-software") }));
    assert_eq!(refusal.reason, Reason::ToolMissing);
    cites(&refusal, "第20条第2号");

    let failed = Erasure { verification: Verification::Failed, ..erasure("erase-software") };
    register.done(SATO, &sanitize(failed));
    assert_eq!(register.item.live_contents().count(), 1, "what failed erased nothing");
    let refusal = register.refused(&handler(SATO), &destroy(destruction("erase-software")));
    assert_eq!(refusal.reason, Reason::ErasureMissing);
    cites(&refusal, "第20条第2号");

    for verification in [Verification::ToolReport, Verification::Sampled, Verification::Full] {
        let mut register = register.clone();
        register.done(SATO, &sanitize(Erasure { verification, ..erasure("erase-software") }));
        assert_eq!(register.item.live_contents().count(), 0);
        let erased = &register.item.disposal.erased.as_ref().unwrap().what;
        assert_eq!((erased.verification, erased.tool.is_some()), (verification, true));
        destroyed(register, destruction("erase-software"));
    }
}

/// 「復元できないように消去を行った上で廃棄」: first erased, then destroyed; papers have nothing to erase.
///
/// req: YB-028
#[test]
fn erasure_missing() {
    let mut register = ordered("yabu", ItemKind::UsbMemory);
    let act = destroy(destruction("shred-flash"));
    let missing = |register: &Register| {
        let refusal = register.refused(&handler(SATO), &act);
        assert_eq!(refusal.reason, Reason::ErasureMissing);
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("先に"));
        cites(&refusal, "第9条第2号");
    };
    missing(&register);
    register.done(SATO, &sanitize(Erasure { verification: Verification::Failed, ..erasure("device-erase") }));
    missing(&register);
    let mut again = register.clone();
    again.done(SATO, &sanitize(erasure("device-erase")));
    let mut failed_since = again.clone();
    destroyed(again, destruction("shred-flash"));
    failed_since.wait(TimeDelta::minutes(1));
    failed_since
        .done(SATO, &sanitize(Erasure { verification: Verification::Failed, ..erasure("device-erase") }));
    missing(&failed_since);
    destroyed(ordered("yabu", ItemKind::PaperRecord), destruction("shred-paper"));
}

/// An erasure is no proof of what was put on the medium after it.
#[test]
fn what_was_put_on_it_after_its_erasure_is_not_erased() {
    for (id, method, article) in
        [("yabu", "shred-flash", "第9条第2号"), ("nishi-izu", "erase-software", "第20条第2号")]
    {
        let mut register = ordered(id, ItemKind::UsbMemory);
        for wanted in [Wanted::Use, Wanted::Save] {
            if register.profile.gate(wanted.gated(), &register.item.matter(None)).is_some() {
                register.grant(wanted, None);
            }
        }
        register.done(SATO, &sanitize(erasure("erase-software")));
        destroyed(register.clone(), destruction(method));
        let data = Contents { purpose_code: register.purpose(), ..contents(1) };
        register.done(SATO, &Act::RecordContents { contents: data });
        let refusal = register.refused(&handler(SATO), &destroy(destruction(method)));
        assert_eq!(refusal.reason, Reason::ErasureMissing);
        cites(&refusal, article);
        register.done(SATO, &sanitize(erasure("erase-software")));
        destroyed(register, destruction(method));
    }
}

// ------------------------------------------------------------------------------------------- the witness

/// Operator and witness are different people; being two officers at once is of no help.
#[test]
fn witness_is_operator() {
    let register = destroyed(usb(), destruction("shred-flash"));
    let mut sato = officer(&register.profile, SATO, &["保護責任者"]);
    sato.parts = handler(SATO).parts;
    for person in [handler(SATO), sato] {
        let refusal = register.refused(&person, &witness(Presence::OnSite));
        assert_eq!(refusal.reason, Reason::WitnessIsOperator);
        assert!(refusal.reason.is_about_authority());
        cites(&refusal, "作業者と立会者は別の人");
    }
    let mut confirmable = ordered("nishi-izu", ItemKind::HardDisk);
    confirmable.done(SATO, &destroy(destruction("destroy")));
    confirmable.done(SUZUKI, &witness(Presence::OnSite));
    let mut sato = officer(&confirmable.profile, SATO, &["保護責任者"]);
    sato.parts = handler(SATO).parts;
    let refusal = confirmable.refused(&sato, &CONFIRM);
    assert_eq!(refusal.reason, Reason::WitnessIsOperator, "neither does he confirm it");

    // Whoever told already that he stood by does not say afterwards that he did it.
    let mut told = usb();
    let at = told.now;
    told.wait(TimeDelta::minutes(1));
    let stood_by = Observed::Witnessed { presence: Presence::OnSite, photographs: Vec::new() };
    told.observe(SATO, stood_by, at);
    let refusal = told.refused(&handler(SATO), &destroy(destruction("shred-flash")));
    assert_eq!(refusal.reason, Reason::WitnessIsOperator);
}

/// A witness says at once that he was there. For a contractor's certificate, which comes weeks later, there
/// is time.
#[test]
fn witness_too_late() {
    let mut register = destroyed(usb(), destruction("shred-flash"));
    let minutes = register.profile.disposal.witness_within;
    register.wait(minutes);
    register.clone().done(SUZUKI, &witness(Presence::OnSite));
    register.wait(TimeDelta::milliseconds(1));
    let refusal = register.refused(&handler(SUZUKI), &witness(Presence::OnSite));
    assert_eq!(refusal.reason, Reason::WitnessTooLate { minutes: minutes.num_minutes() });
    cites(&refusal, "国の標準");
    let mut entrusted = destroyed(usb(), delegated("shred-flash"));
    entrusted.wait(TimeDelta::days(21));
    entrusted.done(SUZUKI, &witness(Presence::Certificate));
}

#[test]
fn not_destroyed() {
    let register = usb();
    let refusal = register.refused(&handler(SUZUKI), &witness(Presence::OnSite));
    assert_eq!(refusal.reason, Reason::NotDestroyed);
    let register = ordered("nishi-izu", ItemKind::HardDisk);
    let protection = officer(&register.profile, YAMADA, &["保護責任者"]);
    assert_eq!(register.refused(&protection, &CONFIRM).reason, Reason::NotDestroyed);
}

/// Who may stand by is said by the regulation.
#[test]
fn witnesses_are_who_the_regulation_says() {
    let register = destroyed(ordered("nishi-izu", ItemKind::HardDisk), destruction("destroy"));
    for person in [handler(SUZUKI), officer(&register.profile, SUZUKI, &["システム担当者"])] {
        register.clone().done_by(&person, &witness(Presence::OnSite));
    }
    let suspended = Person { active: false, ..handler(SUZUKI) };
    let others = [nobody(SUZUKI), officer(&register.profile, SUZUKI, &["監査責任者"]), suspended];
    for person in others {
        let refusal = register.refused(&person, &witness(Presence::OnSite));
        assert!(matches!(refusal.reason, Reason::NotApprover { .. }), "{:?}", refusal.reason);
        cites(&refusal, "国の標準");
    }
    let entrusted = destroyed(ordered("nishi-izu", ItemKind::HardDisk), delegated("destroy"));
    let refusal = entrusted.refused(&nobody(SUZUKI), &witness(Presence::OnSite));
    cites(&refusal, "第20条第4号");
}

/// Nobody stands by twice, and nobody confirms twice.
#[test]
fn already_done() {
    let mut register = destroyed(ordered("nishi-izu", ItemKind::HardDisk), destruction("destroy"));
    register.done(SUZUKI, &witness(Presence::OnSite));
    let refusal = register.refused(&handler(SUZUKI), &witness(Presence::OnSite));
    assert_eq!(refusal.reason, Reason::AlreadyDone);
    register.clone().done(TANAKA, &witness(Presence::OnSite));
    register.done_by(&officer(&register.profile, YAMADA, &["保護責任者"]), &CONFIRM);
    let another = officer(&register.profile, KATO, &["保護責任者"]);
    assert_eq!(register.refused(&another, &CONFIRM).reason, Reason::AlreadyDone);
}

/// Where the body destroys by itself its witness is there; photographs are no witness.
#[test]
fn presence_not_enough() {
    let here = destroyed(usb(), destruction("shred-flash"));
    for presence in [Presence::Photograph, Presence::Certificate] {
        let refusal = here.refused(&handler(SUZUKI), &witness(presence));
        assert_eq!(refusal.reason, Reason::PresenceNotEnough);
        cites(&refusal, "国の標準");
    }
    let unseen = Act::Witness { presence: Presence::OnSite, photographs: Vec::new(), scan: at_the_desk() };
    assert_eq!(here.refused(&handler(SUZUKI), &unseen).reason, Reason::LabelNotAtHand);
}

/// Work that is entrusted is witnessed by a system officer or a handler, or made sure of by the contractor's
/// certificate with a copy of it, and then confirmed.
///
/// req: NI-057
#[test]
fn certificate_missing() {
    let entrusted = |certificate: bool, copy: bool| {
        let performed = Performed::Delegated {
            contractor: text(24),
            certificate: certificate.then(|| text(25)),
            file: copy.then(|| file(32)),
        };
        let destruction = Destruction { performed, ..destruction("destroy") };
        destroyed(ordered("nishi-izu", ItemKind::HardDisk), destruction)
    };
    for (certificate, copy) in [(false, false), (true, false), (false, true)] {
        let register = entrusted(certificate, copy);
        let refusal = register.refused(&handler(SUZUKI), &witness(Presence::Certificate));
        assert_eq!(refusal.reason, Reason::CertificateMissing);
        cites(&refusal, "第20条第4号");
        let protection = officer(&register.profile, YAMADA, &["保護責任者"]);
        let refusal = register.refused(&protection, &CONFIRM);
        assert_eq!(refusal.reason, Reason::NotWitnessed, "nobody made sure of it");
        cites(&refusal, "第20条第4号");
        // Whoever went there needs no certificate.
        let mut seen = register.clone();
        let system = officer(&seen.profile, SUZUKI, &["システム担当者"]);
        seen.done_by(&system, &witness(Presence::OnSite));
        seen.done_by(&protection, &CONFIRM);
    }
    let mut certified = entrusted(true, true);
    let refusal = certified.refused(&handler(SUZUKI), &witness(Presence::Photograph));
    assert_eq!(refusal.reason, Reason::PresenceNotEnough);
    cites(&refusal, "第20条第4号");
    // The thing itself is gone: its code is taken from a page.
    let by_certificate =
        Act::Witness { presence: Presence::Certificate, photographs: Vec::new(), scan: at_the_desk() };
    certified.done(SUZUKI, &by_certificate);
    certified.done_by(&officer(&certified.profile, YAMADA, &["保護責任者"]), &CONFIRM);
}

/// Where a regulation knows no other way than the certificate it comes with the record, so that none is left
/// that nobody could confirm; where it knows none but the witness, a certificate is not enough.
#[test]
fn a_contractors_work_is_made_sure_of_in_a_way_that_the_regulation_knows() {
    let only = |witnessed, certificate| {
        let mut register = usb();
        register.profile = changed(|profile| {
            profile.disposal.delegated.witnessed = witnessed;
            profile.disposal.delegated.certificate = certificate;
        });
        register
    };
    let performed = Performed::Delegated { contractor: text(24), certificate: None, file: None };
    let bare = Destruction { performed, ..destruction("shred-flash") };
    let refusal = only(false, true).refused(&handler(SATO), &destroy(bare.clone()));
    assert_eq!(refusal.reason, Reason::CertificateMissing);
    let mut certified = destroyed(only(false, true), delegated("shred-flash"));
    let refusal = certified.refused(&handler(SUZUKI), &witness(Presence::OnSite));
    assert_eq!(refusal.reason, Reason::PresenceNotEnough);
    certified.done(SUZUKI, &witness(Presence::Certificate));

    let mut seen = destroyed(only(true, false), bare);
    let refusal = seen.refused(&handler(SUZUKI), &witness(Presence::Certificate));
    assert_eq!(refusal.reason, Reason::PresenceNotEnough);
    seen.done(SUZUKI, &witness(Presence::OnSite));
}

/// Photographs: before, with label and serial number to be read, and after, by operator or witness.
#[test]
fn photograph_missing() {
    let with = |photographs: Vec<Photograph>| Destruction { photographs, ..destruction("shred-flash") };
    let before = photograph(Shows::Before);
    let unread = Photograph { label_read: false, ..before };
    let register = usb();
    for (photographs, label_unread) in [
        (vec![], false),
        (vec![photograph(Shows::After)], false),
        (vec![unread], true),
        (vec![unread, photograph(Shows::After)], true),
    ] {
        let refusal = register.refused(&handler(SATO), &destroy(with(photographs)));
        assert_eq!(refusal.reason, Reason::PhotographMissing { shows: Shows::Before, label_unread });
        cites(&refusal, "国の標準");
    }
    destroyed(register.clone(), with(vec![unread, before]));
    let mut without_after = destroyed(register, with(vec![before]));
    let refusal = without_after.refused(&handler(SUZUKI), &witness(Presence::OnSite));
    assert_eq!(refusal.reason, Reason::PhotographMissing { shows: Shows::After, label_unread: false });
    let scan = camera(first_label());
    let by_witness =
        Act::Witness { presence: Presence::OnSite, photographs: vec![photograph(Shows::After)], scan };
    without_after.done(SUZUKI, &by_witness);
    // A regulation that asks for no photographs gets none.
    let mut plain = usb();
    plain.profile = changed(|profile| {
        profile.disposal.photo_before = None;
        profile.disposal.photo_after = None;
    });
    let mut plain = destroyed(plain, with(Vec::new()));
    plain.done(SUZUKI, &witness(Presence::OnSite));
}

// ------------------------------------------------------------------------------------- the confirmation

/// Whatever was destroyed is confirmed by the protection officer afterwards, which is another step than the
/// permission before, and by another person than the operator.
///
/// req: NI-091
#[test]
fn not_witnessed() {
    for (kind, way) in [(ItemKind::HardDisk, "destroy"), (ItemKind::PaperRecord, "burn-paper")] {
        let mut register = destroyed(ordered("nishi-izu", kind), destruction(way));
        let protection = officer(&register.profile, YAMADA, &["保護責任者"]);
        let refusal = register.refused(&protection, &CONFIRM);
        assert_eq!(refusal.reason, Reason::NotWitnessed);
        register.done(SUZUKI, &witness(Presence::OnSite));
        let system = officer(&register.profile, KATO, &["システム管理者", "総括責任者"]);
        for person in [handler(TANAKA), system, handler(SUZUKI)] {
            let refusal = register.refused(&person, &CONFIRM);
            let Reason::NotApprover { roles } = &refusal.reason else { panic!("{:?}", refusal.reason) };
            assert_eq!(roles[0].ja, "保護責任者");
            cites(&refusal, "別表第1");
        }
        let mut operator = officer(&register.profile, SATO, &["保護責任者"]);
        operator.parts = handler(SATO).parts;
        assert_eq!(register.refused(&operator, &CONFIRM).reason, Reason::WitnessIsOperator);
        register.done_by(&protection, &CONFIRM);
    }
    // A phone's word that somebody saw photographs is kept, but it is no witness.
    let mut pictures = destroyed(ordered("nishi-izu", ItemKind::HardDisk), destruction("destroy"));
    let seen = Observed::Witnessed { presence: Presence::Photograph, photographs: Vec::new() };
    pictures.observe(SUZUKI, seen, pictures.now);
    assert_eq!(pictures.item.disposal.witnessed.len(), 1);
    let protection = officer(&pictures.profile, YAMADA, &["保護責任者"]);
    assert_eq!(pictures.refused(&protection, &CONFIRM).reason, Reason::NotWitnessed);
    let elsewhere = destroyed(usb(), destruction("shred-flash"));
    let refusal = elsewhere.refused(&officer(&elsewhere.profile, YAMADA, &["保護責任者"]), &CONFIRM);
    assert_eq!(refusal.reason.code(), "permission-not-needed", "nobody else asks for it");
}

// ------------------------------------------------------------------------------------------- the hold

/// While it is held back nothing of it goes: not by an order that was given before, and no new one is asked
/// for.
#[test]
fn on_hold() {
    let mut register = usb();
    register.done(SATO, &Act::RecordContents { contents: contents(1) });
    let free = register.clone();
    let (first, second) = (register.hold(), register.hold());
    let erase = Act::EraseContents { contents: contents(1).id, erasure: erasure("device-erase") };
    let ask = Act::Ask { wanted: Wanted::Dispose, reason: text(41), until: None };
    let acts = [destroy(destruction("shred-flash")), sanitize(erasure("device-erase")), erase, ask];
    for hold in [first, second] {
        for act in &acts {
            let refusal = register.refused(&handler(SATO), act);
            assert_eq!(refusal.reason, Reason::OnHold, "{:?}", act.kind());
        }
        let protection = officer(&register.profile, YAMADA, &["保護責任者"]);
        register.done_by(&protection, &Act::LiftHold { hold, reason: text(45) });
    }
    for act in &acts {
        register.clone().done(SATO, act);
        free.clone().done(SATO, act);
    }
}

/// A hold is placed and lifted by whom the regulation says, once.
#[test]
fn hold_lifted() {
    let mut register = usb();
    let place = Act::PlaceHold { reason: text(44) };
    let refusal = register.refused(&handler(SATO), &place);
    assert!(matches!(refusal.reason, Reason::NotApprover { .. }), "{:?}", refusal.reason);
    cites(&refusal, "第4-3-(4)B");
    let protection = officer(&register.profile, YAMADA, &["保護責任者"]);
    let nothing = Act::LiftHold { hold: register.clone().hold(), reason: text(45) };
    assert_eq!(register.refused(&protection, &nothing).reason, Reason::HoldLifted, "there is none");
    let events = register.done_by(&protection, &place);
    let hold = register.timeline.last().unwrap().stamp.event.into();
    let role = role(&register.profile, "保護責任者");
    assert_eq!(events, [Event::HoldPlaced { hold, by: YAMADA, role: role.clone(), reason: text(44) }]);
    let lift = Act::LiftHold { hold, reason: text(45) };
    assert_eq!(register.refused(&handler(SATO), &lift).reason.code(), "not-approver");
    let events = register.done_by(&protection, &lift);
    assert_eq!(events, [Event::HoldLifted { hold, by: YAMADA, role, reason: text(45) }]);
    assert_eq!(register.refused(&protection, &lift).reason, Reason::HoldLifted);
    assert_eq!(register.item.holds[0].lifted_at, Some(register.now), "that it was there is still told");
}

// ------------------------------------------------------------------------------------------- afterwards

/// What is destroyed is not handled any more; its label, scanned again, is a discrepancy.
#[test]
fn item_gone() {
    let mut register = destroyed(usb(), destruction("shred-flash"));
    let gone = Reason::ItemGone { custody: Custody::Destroyed { by: SATO } };
    let scan = camera(first_label());
    let acts = [
        take_out(scan.clone()),
        destroy(destruction("shred-flash")),
        sanitize(erasure("device-erase")),
        Act::RecordContents { contents: contents(1) },
        Act::CheckFault { faulty: false, note: None, scan },
        Act::ReportLost { incident: None, note: None },
        Act::Assign { division: None },
        register.fitting(ActKind::Ask, SATO),
        register.fitting(ActKind::ReplaceLabel, SATO),
    ];
    for act in acts {
        assert_eq!(register.refused(&handler(SATO), &act).reason, gone, "{:?}", act.kind());
    }
    for kind in [ActKind::Offer, ActKind::PutAway] {
        let refusal = register.refused(&handler(SATO), &register.fitting(kind, SATO));
        assert_eq!(refusal.reason.code(), "not-current-holder");
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("廃棄されています"));
    }
    register.wait(TimeDelta::hours(1));
    register.observe(TANAKA, Observed::TakenOut, register.now);
    let kinds: Vec<_> = register.item.discrepancies.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::GoneItemScanned]);
    // It is there after all; how that can be is for people to find out, and nobody destroys it a second time.
    assert_eq!(register.item.holder(), Some(TANAKA));
    let again = register.refused(&handler(TANAKA), &destroy(destruction("shred-flash")));
    assert_eq!(again.reason, Reason::AlreadyDone);
}

// ----------------------------------------------------------------------------------- without signal

fn told(register: &Register) -> (&Item, Vec<FindingKind>) {
    let kinds = register.item.discrepancies.iter().map(|finding| finding.kind).collect();
    (&register.item, kinds)
}

/// Operator and witness stood in a vault without signal. Whichever phone is heard first, what the register
/// then says is the same.
#[test]
fn operator_and_witness_without_signal_are_heard_in_any_order() {
    let mut base = usb();
    base.done(SATO, &Act::RecordContents { contents: contents(1) });
    let at = base.now;
    let minutes = TimeDelta::minutes;
    let happened: [(PersonId, i64, Observed); 3] = [
        (SATO, 1, Observed::Sanitized { erasure: erasure("device-erase") }),
        (SATO, 2, Observed::Destroyed { destruction: destruction("shred-flash") }),
        (SUZUKI, 3, Observed::Witnessed { presence: Presence::OnSite, photographs: Vec::new() }),
    ];
    base.wait(TimeDelta::hours(2));
    let orders = [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]];
    let heard: Vec<_> = orders
        .iter()
        .map(|order| {
            let mut register = base.clone();
            let ids = [register.fresh_id(), register.fresh_id(), register.fresh_id()];
            for index in order {
                let (who, minute, observed) = &happened[*index];
                let mut stamp = register.at_server(ids[*index], *who);
                stamp.occurred_at = at + minutes(*minute);
                stamp.observed_by = Some((DeviceId(who.0), 1 + *index as u64));
                let (observed, scan) = (observed.clone(), register.scan());
                register.wait(TimeDelta::seconds(1));
                register.take_in(&Observation { observed, scan, zone: None, stamp, marks: Vec::new() });
            }
            register
        })
        .collect();
    for register in &heard {
        let (item, kinds) = told(register);
        assert_eq!(kinds, [], "nothing contradicts");
        assert_eq!(item.custody.value, Custody::Destroyed { by: SATO });
        assert_eq!(item.disposal, heard[0].item.disposal);
        assert_eq!(item.contents, heard[0].item.contents);
        assert_eq!(item.contents[0].erased_at, Some(at + minutes(1)));
        assert!(item.is_witnessed());
        assert_eq!(item.disposal.destroyed.as_ref().map(|done| done.at), Some(at + minutes(2)));
    }
}

/// What was recorded on a medium after it had been erased was not erased with it, however late the erasure
/// is heard of.
#[test]
fn an_erasure_that_is_heard_of_late_leaves_what_was_recorded_since() {
    let mut register = usb();
    register.done(SATO, &Act::RecordContents { contents: contents(1) });
    let erased_at = register.now + TimeDelta::minutes(10);
    register.wait(TimeDelta::hours(1));
    register.done(SATO, &Act::RecordContents { contents: contents(2) });
    register.wait(TimeDelta::hours(1));
    register.observe(SATO, Observed::Sanitized { erasure: erasure("device-erase") }, erased_at);
    let live: Vec<_> = register.item.live_contents().map(|kept| kept.contents.id).collect();
    assert_eq!(live, [contents(2).id]);
    assert_eq!(register.item.contents[0].erased_at, Some(erased_at));
}

/// Two say that they destroyed it: the first of them did, and neither of the two was its witness.
#[test]
fn of_two_who_say_that_they_destroyed_it_neither_is_its_witness() {
    let mut register = usb();
    let at = register.now;
    register.wait(TimeDelta::minutes(5));
    let destroyed = |method| Observed::Destroyed { destruction: destruction(method) };
    register.observe(SUZUKI, destroyed("shred-flash"), at + TimeDelta::minutes(4));
    register.observe(SATO, destroyed("incinerate"), at + TimeDelta::minutes(3));
    assert_eq!(register.item.disposal.destroyed.as_ref().map(|done| done.by), Some(SATO));
    for person in [SATO, SUZUKI] {
        let refusal = register.refused(&handler(person), &witness(Presence::OnSite));
        assert_eq!(refusal.reason, Reason::WitnessIsOperator);
    }
    let (_, kinds) = told(&register);
    assert_eq!(kinds, [FindingKind::GoneItemScanned], "both cannot be true");
    register.done(TANAKA, &witness(Presence::OnSite));
}

/// Asked for by one person and destroyed by another, the permission is named in the record all the same.
#[test]
fn the_record_names_the_order_whoever_asked_for_it() {
    let mut register = usb();
    let request: Option<RequestId> = register.item.disposal.request;
    register.done(SATO, &put_away(CABINET));
    register.done(SUZUKI, &take_out(register.scan()));
    let events = register.done(SUZUKI, &destroy(destruction("shred-flash")));
    assert!(matches!(&events[0], Event::Destroyed { request: named, .. } if *named == request));
    assert!(request.is_some());
}

// ------------------------------------------------------------------------------ what counts, and what waits

/// Sato, who holds it and may, destroys it at the server.
fn gone() -> Register {
    let mut register = ordered("nishi-izu", ItemKind::HardDisk);
    register.wait(TimeDelta::minutes(1));
    register.done(SATO, &destroy(destruction("destroy")));
    register.wait(TimeDelta::minutes(1));
    register
}

fn stood_by() -> Observed {
    let photographs = vec![photograph(Shows::After)];
    Observed::Witnessed { presence: Presence::OnSite, photographs }
}

/// The protection officer of the item's division.
fn protection(register: &Register, id: PersonId) -> Person {
    let head = role(&register.profile, "保護責任者");
    with_role(&register.profile, nobody(id), &head, register.item.division, None)
}

/// Evidence is taken from everybody and is not enough by itself: what somebody tells who may not witness
/// completes no disposal before an officer who is neither of the two has settled that.
#[test]
fn evidence_in_doubt() {
    let mut register = gone();
    assert_eq!(register.refused(&protection(&register, YAMADA), &CONFIRM).reason, Reason::NotWitnessed);
    register.deliver(&nobody(KATO), stood_by(), register.now);
    let (item, kinds) = told(&register);
    assert_eq!(kinds, [FindingKind::WithoutAuthority]);
    assert!(!item.is_witnessed());
    let finding = *register.item.discrepancies.first().unwrap();
    let officer = protection(&register, YAMADA);
    assert_eq!(register.refused(&officer, &CONFIRM).reason, Reason::EvidenceInDoubt);

    let settle = Act::SettleDiscrepancy { finding, outcome: Outcome::Upheld, reason: text(53) };
    for own in [SATO, KATO] {
        let own = protection(&register, own);
        assert_eq!(register.refused(&own, &settle).reason, Reason::OwnRequest, "operator or witness");
    }
    register.done_by(&officer, &settle);
    assert!(register.item.is_witnessed());
    register.done_by(&officer, &CONFIRM);
}

/// A witness beyond doubt is enough, whatever else was told.
#[test]
fn doubtful_evidence_does_not_spoil_what_is_beyond_doubt() {
    let mut register = gone();
    register.deliver(&nobody(KATO), stood_by(), register.now);
    register.wait(TimeDelta::minutes(1));
    register.deliver(&handler(SUZUKI), stood_by(), register.now);
    assert!(register.item.is_witnessed());
    // Somebody says that he had destroyed it before that.
    let earlier = register.now - TimeDelta::minutes(2) - TimeDelta::seconds(30);
    let destruction = destruction("destroy");
    register.deliver(&nobody(TANAKA), Observed::Destroyed { destruction }, earlier);
    let destroyed = register.item.disposal.destroyed.as_ref().unwrap();
    assert_eq!(destroyed.by, SATO, "the first that is beyond doubt");
    let officer = protection(&register, YAMADA);
    register.done_by(&officer, &CONFIRM);
}

/// Nothing counts as erased on the word of somebody who may not erase it: its due dates stay, until an officer
/// has settled that.
#[test]
fn a_doubtful_destruction_erases_nothing() {
    let mut base = usb();
    base.done(SATO, &Act::RecordContents { contents: contents(1) });
    base.wait(TimeDelta::minutes(10));
    let destroyed = Observed::Destroyed { destruction: destruction("shred-flash") };
    let sanitized = Observed::Sanitized { erasure: erasure("device-erase") };
    for (sender, observed) in [
        (nobody(KATO), destroyed.clone()),
        (nobody(KATO), sanitized.clone()),
        (handler(SUZUKI), destroyed),
        (handler(SUZUKI), sanitized),
    ] {
        let mut register = base.clone();
        let at = register.now - TimeDelta::minutes(5);
        register.deliver(&sender, observed.clone(), at);
        assert_eq!(register.item.live_contents().count(), 1, "{observed:?}");
        assert!(!register.item.is_surely_gone());
        let officer = protection(&register, YAMADA);
        while let Some(finding) = register.item.discrepancies.first().copied() {
            let settle = Act::SettleDiscrepancy { finding, outcome: Outcome::Upheld, reason: text(53) };
            register.done_by(&officer, &settle);
        }
        assert_eq!(register.item.contents[0].erased_at, Some(at), "{observed:?}");
        let gone = matches!(observed, Observed::Destroyed { .. });
        assert_eq!(register.item.is_surely_gone(), gone);
    }
}

/// What somebody tells who had no part in it can be found to be untrue. Then the item is where it was, with what lay
/// on it and what was asked for it, and can come to its true end; what was told stays in the timeline.
#[test]
fn a_destruction_that_is_untrue_leaves_the_item_where_it_was() {
    let mut register = usb();
    register.done(SATO, &Act::RecordContents { contents: contents(1) });
    register.wait(TimeDelta::minutes(10));
    let before = register.item.clone();
    let destroyed = Observed::Destroyed { destruction: destruction("shred-flash") };
    let told = register.deliver(&handler(SUZUKI), destroyed, register.now);
    assert_eq!(register.item.custody.value, Custody::Destroyed { by: SUZUKI });
    register.wait(TimeDelta::minutes(1));
    // That it is still there contradicts what was told before.
    register.observe(SATO, Observed::Seen { home: None }, register.now);
    let kinds: Vec<_> = register.item.discrepancies.iter().map(|finding| finding.kind).collect();
    assert!(kinds.contains(&FindingKind::GoneItemScanned), "{kinds:?}");

    let untrue = register.finding(FindingKind::EndedByNonHolder);
    let settle = Act::SettleDiscrepancy { finding: untrue, outcome: Outcome::Dismissed, reason: text(53) };
    for own in [SUZUKI, KATO] {
        let deputy_for = (own == KATO).then_some(SUZUKI);
        let head = role(&register.profile, "保護責任者");
        let own = with_role(&register.profile, nobody(own), &head, register.item.division, deputy_for);
        assert_eq!(register.refused(&own, &settle).reason, Reason::OwnRequest, "who told it, and his deputy");
    }
    let events = register.dismiss(&protection(&register, YAMADA), untrue);
    assert!(events.iter().all(|event| matches!(event, Event::DiscrepancySettled { .. })), "{events:?}");
    let item = &register.item;
    assert_eq!((&item.custody, &item.contents), (&before.custody, &before.contents));
    assert_eq!(item.requests, before.requests);
    assert!(item.disposal.destroyed.is_none() && item.disposal.operators.is_empty());
    assert!(item.discrepancies.is_empty(), "{:?}", item.discrepancies);
    assert!(register.timeline.iter().any(|recorded| recorded.event == told[0]), "it is evidence for ever");
    let again = register.refused(&protection(&register, YAMADA), &settle);
    assert_eq!(again.reason, Reason::DiscrepancySettled);

    register.done(SATO, &sanitize(erasure("device-erase")));
    register.done(SATO, &destroy(destruction("shred-flash")));
    assert_eq!(register.item.disposal.destroyed.as_ref().unwrap().by, SATO);
}

/// A witness who was not there is none, and who is none can still operate.
#[test]
fn a_witness_that_is_untrue_is_no_witness() {
    let mut register = gone();
    register.deliver(&nobody(KATO), stood_by(), register.now);
    let untrue = register.finding(FindingKind::WithoutAuthority);
    register.dismiss(&protection(&register, YAMADA), untrue);
    assert!(register.item.disposal.witnessed.is_empty());
    let officer = protection(&register, YAMADA);
    assert_eq!(register.refused(&officer, &CONFIRM).reason, Reason::NotWitnessed);
    register.wait(TimeDelta::minutes(1));
    register.deliver(&handler(SUZUKI), stood_by(), register.now);
    register.done_by(&officer, &CONFIRM);
}

/// Whoever stood by at a destruction that did not happen, and whoever confirmed it, said nothing of the one that does.
#[test]
fn what_rests_on_what_is_untrue_falls_with_it() {
    let mut register = ordered("nishi-izu", ItemKind::HardDisk);
    register.wait(TimeDelta::minutes(1));
    let destroyed = Observed::Destroyed { destruction: destruction("destroy") };
    register.deliver(&handler(SUZUKI), destroyed, register.now);
    let known = register.finding(FindingKind::EndedByNonHolder);
    register.done_by(
        &protection(&register, YAMADA),
        &Act::SettleDiscrepancy { finding: known, outcome: Outcome::Upheld, reason: text(53) },
    );
    register.wait(TimeDelta::minutes(1));
    register.deliver(&handler(TANAKA), stood_by(), register.now);
    register.done_by(&protection(&register, YAMADA), &CONFIRM);
    // Its label turns up, and what the phone had told is looked at again.
    register.wait(TimeDelta::hours(1));
    register.observe(SATO, Observed::Seen { home: None }, register.now);
    let event = known.event;
    let late = Finding { kind: FindingKind::LateAuthority, event };
    let raised = Event::DiscrepancyRaised { finding: late, caused_by: Some(SUZUKI), dismissible: true };
    let id = register.fresh_id();
    let stamp = register.at_server(id, SATO);
    register.append(stamp, &[raised]);
    register.dismiss(&protection(&register, KATO), late);
    let disposal = &register.item.disposal;
    assert!(disposal.destroyed.is_none() && disposal.witnessed.is_empty() && disposal.confirmed.is_none());
    assert_eq!(register.item.custody.value, Custody::Held { by: SATO });
    let officer = protection(&register, YAMADA);
    assert_eq!(register.refused(&officer, &CONFIRM).reason, Reason::NotDestroyed);
    register.done(SATO, &destroy(destruction("destroy")));
    assert_eq!(register.refused(&officer, &CONFIRM).reason, Reason::NotWitnessed);
}

/// What was done at the server was judged there, and what a carry-out tells as well is not taken out of the item
/// alone: neither is settled as untrue.
#[test]
fn not_an_observation() {
    let mut register = usb();
    let dismiss = |finding| Act::SettleDiscrepancy { finding, outcome: Outcome::Dismissed, reason: text(53) };
    let carry_out = Some(CarryOutId(Uuid::from_u128(0xca)));
    let departed = register.deliver(&nobody(KATO), Observed::Departed { carry_out }, register.now);
    assert!(matches!(departed[0], Event::Departed { .. }));
    let finding = register.finding(FindingKind::WithoutAuthority);
    let officer = protection(&register, YAMADA);
    let refusal = register.refused(&officer, &dismiss(finding));
    assert_eq!(refusal.reason, Reason::NotAnObservation);
    let event = register.timeline[0].stamp.event;
    let seal = Finding { kind: FindingKind::SealMismatch, event };
    let raised = Event::DiscrepancyRaised { finding: seal, caused_by: Some(SATO), dismissible: false };
    let id = register.fresh_id();
    let stamp = register.at_server(id, SATO);
    register.append(stamp, &[raised]);
    assert_eq!(register.refused(&officer, &dismiss(seal)).reason, Reason::NotAnObservation);
    register.done_by(
        &officer,
        &Act::SettleDiscrepancy { finding: seal, outcome: Outcome::Upheld, reason: text(53) },
    );
}

/// What was erased by itself stays erased while the whole item's end is in doubt.
#[test]
fn doubt_of_the_whole_leaves_what_was_erased_alone() {
    let mut register = usb();
    register.done(SATO, &Act::RecordContents { contents: contents(1) });
    register.done(SATO, &Act::RecordContents { contents: contents(2) });
    register.wait(TimeDelta::minutes(1));
    let alone = Act::EraseContents { contents: contents(1).id, erasure: erasure("erase-software") };
    register.done(SATO, &alone);
    let at = register.now;
    register.wait(TimeDelta::minutes(1));
    let destruction = destruction("shred-flash");
    register.deliver(&nobody(KATO), Observed::Destroyed { destruction }, register.now);
    let erased: Vec<_> = register.item.contents.iter().map(|kept| kept.erased_at).collect();
    assert_eq!(erased, [Some(at), None]);
}
