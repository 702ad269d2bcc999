//! What all pages share on which something is done: which acts are open, why the others are not, what was
//! typed when something went wrong, and whether the label was at hand.

use hokan_domain::label::LabelId;
use hokan_mobile_api::{
    Problem, ProblemCode, ProblemDocument,
    wire::{ClosedReason, OpenAct},
};

use super::{
    Web, at_hand,
    form::{Form, fresh_event_id},
    guard::Visitor,
    layout::percent_encoded,
};

/// How far something came on a page: its acts, and the form that went wrong if one did.
#[derive(Clone, Default)]
pub(crate) struct Acting {
    /// Every kind of act, open or not.
    pub(crate) acts: Vec<OpenAct>,
    /// What went wrong with what was just tried.
    pub(crate) problem: Option<ProblemDocument>,
    /// What was typed when it went wrong.
    pub(crate) form: Form,
    /// The seal that says that a label was in front of the person.
    pub(crate) seal: Option<String>,
}

/// Acts that are closed for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closed {
    /// What stands on their buttons.
    pub(crate) names: Vec<String>,
    /// Why not.
    pub(crate) reason: ClosedReason,
}

impl Acting {
    /// After something went wrong, if it did.
    pub(crate) fn after(acts: Vec<OpenAct>, problem: Option<Problem>, form: Form) -> Self {
        Self { acts, problem: problem.map(Problem::into_document), form, seal: None }
    }

    /// With the seal that came along, if it is one of this session's, fresh, and of a label that fits.
    pub(crate) fn with_seal(
        mut self,
        seal: &str,
        fits: impl FnOnce(&LabelId) -> bool,
        visitor: &Visitor,
        web: &Web,
    ) -> Self {
        let scan = at_hand::open(seal, visitor, web).filter(|scan| fits(&scan.label));
        self.seal = scan.map(|_| seal.to_owned());
        self
    }
}

/// A page on which something is done. Its templates reach these functions through the page.
pub(crate) trait Acts {
    /// How far it came.
    fn acting(&self) -> &Acting;

    /// Where its forms are sent to.
    fn target(&self) -> String;

    /// The id of an act that one more form of the page may send: each form is an act of its own.
    fn event(&self) -> String {
        fresh_event_id()
    }

    /// What went wrong.
    fn problem(&self) -> Option<&ProblemDocument> {
        self.acting().problem.as_ref()
    }

    /// Whether an act is open to this person now.
    fn is_open(&self, act: &str) -> bool {
        self.acting().acts.iter().any(|open| open.act == act && open.open)
    }

    /// What stands on the button.
    fn name(&self, act: &str) -> &str {
        self.acting().acts.iter().find(|open| open.act == act).map_or("", |open| &open.name)
    }

    /// Why these acts are closed, each reason once.
    fn closed(&self, acts: &[&str]) -> Vec<Closed> {
        let mut groups: Vec<Closed> = Vec::new();
        for act in self.acting().acts.iter().filter(|act| acts.contains(&act.act.as_str())) {
            let Some(reason) = &act.reason else { continue };
            let same = |group: &&mut Closed| {
                group.reason.sentence == reason.sentence && group.reason.source == reason.source
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.names.push(act.name.clone()),
                None => groups.push(Closed { names: vec![act.name.clone()], reason: reason.clone() }),
            }
        }
        groups
    }

    /// Whether this form is the one that went wrong.
    fn tried(&self, act: &str) -> bool {
        self.problem().is_some() && self.acting().form.raw("act") == act
    }

    /// What was typed in a field of the form that went wrong.
    fn typed(&self, act: &str, field: &str) -> &str {
        if self.tried(act) { self.acting().form.raw(field) } else { "" }
    }

    /// Whether this was chosen in a field of the form that went wrong.
    fn chose(&self, act: &str, field: &str, value: impl AsRef<str>) -> bool {
        self.tried(act) && self.acting().form.chose(field, value.as_ref())
    }

    /// The files that were taken in with the form that went wrong, by the name of their field.
    fn kept(&self, act: &str, field: &str) -> Vec<String> {
        let kept = || self.acting().form.all(field).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        if self.tried(act) { kept() } else { Vec::new() }
    }

    /// Whether the field is the one that is wrong.
    fn wrong(&self, act: &str, field: &str) -> bool {
        self.tried(act) && self.problem().is_some_and(|problem| problem.field.as_deref() == Some(field))
    }

    /// The id of the act that the form asks for. What was refused keeps its id, because a refusal recorded
    /// nothing; only an id that was used for something else is given up.
    fn event_id(&self, act: &str) -> String {
        let used_up = |problem: &ProblemDocument| problem.code == ProblemCode::EventIdReused.code();
        let kept = self.typed(act, "event_id");
        if kept.is_empty() || self.problem().is_some_and(used_up) {
            fresh_event_id()
        } else {
            kept.to_owned()
        }
    }

    /// Whether a label was read a moment ago.
    fn has_seal(&self) -> bool {
        self.acting().seal.is_some()
    }

    /// The seal as the first thing that an address is asked for.
    fn seal_start(&self) -> String {
        self.acting()
            .seal
            .as_ref()
            .map(|seal| format!("?at_hand={}", percent_encoded(seal)))
            .unwrap_or_default()
    }

    /// The seal as something more that an address is asked for.
    fn seal_query(&self) -> String {
        self.seal_start().replacen('?', "&", 1)
    }

    /// The seal, for the forms.
    fn seal_text(&self) -> &str {
        self.acting().seal.as_deref().unwrap_or_default()
    }
}
