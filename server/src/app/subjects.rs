//! The things beside items that the ledger keeps account of, in the form in which the store keeps them.

use chrono::NaiveDate;
use hokan_domain::{
    authority::{
        appointment::{self, Appointment, AppointmentEvent},
        credential::{self, Credential, CredentialEvent},
        designation::{self, Designated, DesignationEvent},
        staff::{self, Staff, StaffEvent},
        validation::{self, Validation, ValidationEvent},
    },
    carry_out::{self, CarryOut, CarryOutEvent},
    container::{self, ContainerEvent, ContainerState},
    contract::{self, Contract, ContractEvent},
    entry_book::{self, Entry as EntryRow, EntryEvent, Permit, PermitEvent},
    event::Stamp,
    ids::{
        AppointmentId, CarryOutId, ContainerId, ContractId, CredentialId, DesignationId, EntryId, IncidentId,
        LoanId, PermitId, PersonId, SuspicionId, TrailDayId, TrailReviewId, ValidationId,
    },
    incident::{self, Incident, IncidentEvent},
    japan_date::jst_date,
    ledger::entry::Entry,
    lending::{self, Loan, LoanEvent},
    text::TextRef,
    trail::{
        review::{self, ReviewEvent, TrailReview},
        seal::{self, DayEvent, TrailDay},
    },
    watch::{self, Suspicion, SuspicionEvent},
};
use uuid::Uuid;

use super::profiles::ProfileBook;
use crate::store::{
    StoreError,
    subjects::{Subjected, fold},
};

macro_rules! subject {
    (
        $state:ty, $event:ty, $id:ident, $kind:expr, $evolve:expr, $phase:expr, $due:expr $(, of $person:expr)?
    ) => {
        impl Subjected for $state {
            type Event = $event;
            const KIND: &'static str = $kind;

            fn printed(id: Uuid) -> String {
                $id(id).to_string()
            }
            fn version(&self) -> u64 {
                self.version
            }
            fn phase(&self) -> String {
                let phase: fn(&Self) -> &'static str = $phase;
                phase(self).to_owned()
            }
            fn due_on(&self) -> Option<NaiveDate> {
                let due: fn(&Self) -> Option<NaiveDate> = $due;
                due(self)
            }
            $(fn person(&self) -> Option<PersonId> {
                let person: fn(&Self) -> PersonId = $person;
                Some(person(self))
            })?
            fn event_kind(event: &Self::Event) -> &'static str {
                event.kind()
            }
            fn texts(event: &Self::Event) -> Vec<TextRef> {
                event.texts()
            }
            fn evolve(id: Uuid, before: Option<Self>, stamp: &Stamp, event: &Self::Event) -> Option<Self> {
                let evolve: fn($id, Option<Self>, &Stamp, &Self::Event) -> Option<Self> = $evolve;
                evolve($id(id), before, stamp, event)
            }
        }
    };
}

subject!(
    CarryOut,
    CarryOutEvent,
    CarryOutId,
    "carry-out",
    |id, before, stamp, event| {
        let version = before.as_ref().map_or(0, |carry_out| carry_out.version) + 1;
        carry_out::evolve(id, before, stamp, version, event)
    },
    |carry_out| carry_out.state.code(),
    |carry_out| carry_out.plan.due_back
);
subject!(
    ContainerState,
    ContainerEvent,
    ContainerId,
    "container",
    |id, before, stamp, event| {
        let version = before.as_ref().map_or(0, |container| container.version) + 1;
        Some(container::evolve(id, before, stamp, version, event))
    },
    |container| if container.locked.is_some() { "locked" } else { "open" },
    |_| None
);
subject!(
    Incident,
    IncidentEvent,
    IncidentId,
    incident::SUBJECT_KIND,
    incident::evolve,
    |incident| if incident.closed.is_some() { "closed" } else { "open" },
    |_| None
);
subject!(
    Contract,
    ContractEvent,
    ContractId,
    contract::SUBJECT_KIND,
    contract::evolve,
    |contract| contract.state.code(),
    |contract| contract.to
);
subject!(
    EntryRow,
    EntryEvent,
    EntryId,
    entry_book::SUBJECT_KIND,
    entry_book::evolve,
    |entry| if entry.is_open() { "open" } else { "closed" },
    |_| None
);
subject!(
    Permit,
    PermitEvent,
    PermitId,
    entry_book::PERMIT_SUBJECT_KIND,
    entry_book::evolve_permit,
    |permit| if permit.withdrawn { "withdrawn" } else { "issued" },
    |permit| permit.until
);
subject!(
    Loan,
    LoanEvent,
    LoanId,
    lending::SUBJECT_KIND,
    lending::evolve,
    |loan| if loan.is_open() { "open" } else { "closed" },
    |_| None
);
subject!(
    TrailDay,
    DayEvent,
    TrailDayId,
    seal::SUBJECT_KIND,
    seal::evolve,
    |day| if day.pruned.is_some() { "pruned" } else { "sealed" },
    |_| None
);
subject!(TrailReview, ReviewEvent, TrailReviewId, review::SUBJECT_KIND, review::evolve, |_| "signed", |_| {
    None
});
subject!(
    Suspicion,
    SuspicionEvent,
    SuspicionId,
    watch::SUBJECT_KIND,
    watch::evolve,
    |suspicion| if suspicion.settled.is_some() { "settled" } else { "open" },
    |_| None
);

subject!(
    Staff,
    StaffEvent,
    PersonId,
    staff::SUBJECT_KIND,
    staff::evolve,
    |staff| if staff.left.is_some() { "left" } else { "employed" },
    |staff| staff.serves_until(),
    of | staff | staff.id
);
subject!(
    Appointment,
    AppointmentEvent,
    AppointmentId,
    appointment::SUBJECT_KIND,
    appointment::evolve,
    |appointment| if appointment.ended.is_some() { "ended" } else { "appointed" },
    |appointment| appointment.last(),
    of | appointment | appointment.person
);
subject!(
    Designated,
    DesignationEvent,
    DesignationId,
    designation::SUBJECT_KIND,
    designation::evolve,
    |designated| designated.phase(),
    |designated| designated.waits.as_ref().and_then(|waits| waits.due).map(jst_date),
    of | designated | designated.person
);
subject!(
    Credential,
    CredentialEvent,
    CredentialId,
    credential::SUBJECT_KIND,
    credential::evolve,
    |credential| if credential.is_revoked() { "revoked" } else { "issued" },
    |_| None,
    of | credential | credential.person
);
subject!(
    Validation,
    ValidationEvent,
    ValidationId,
    validation::SUBJECT_KIND,
    validation::evolve,
    |validation| if validation.signed_off.is_some() { "signed-off" } else { "open" },
    |_| None
);

macro_rules! kinds {
    ($($state:ident),*) => {
        /// One of them, folded, for comparing with its row.
        #[derive(Debug, Clone)]
        pub(super) enum AnySubject {
            $($state(Box<$state>),)*
        }

        impl AnySubject {
            /// Folds one entry in; none where entries of this kind are not about such a thing.
            pub(super) fn fold(
                before: Option<Self>,
                id: Uuid,
                entry: &Entry,
            ) -> Option<Result<Self, StoreError>> {
                match entry.subject_kind.as_str() {
                    $(<$state as Subjected>::KIND => {
                        let before = match before {
                            Some(Self::$state(before)) => Some(*before),
                            _ => None,
                        };
                        Some(fold::<$state>(id, before, entry).map(|state| Self::$state(Box::new(state))))
                    })*
                    _ => None,
                }
            }

            /// The fold as its row holds it, with its kind.
            pub(super) fn state(&self) -> (&'static str, Result<String, serde_json::Error>) {
                match self {
                    $(Self::$state(state) => (<$state as Subjected>::KIND, serde_json::to_string(state)),)*
                }
            }
        }

        /// The texts that an entry about one of them refers to; none where it is about something else.
        pub(super) fn texts_of(entry: &Entry) -> Option<Vec<TextRef>> {
            match entry.subject_kind.as_str() {
                $(<$state as Subjected>::KIND => {
                    let event = serde_json::from_str::<<$state as Subjected>::Event>(&entry.body).ok();
                    Some(event.map(|event| <$state as Subjected>::texts(&event)).unwrap_or_default())
                })*
                _ => None,
            }
        }
    };
}

kinds!(
    CarryOut,
    ContainerState,
    Incident,
    Contract,
    EntryRow,
    Permit,
    Loan,
    ProfileBook,
    Staff,
    Appointment,
    Designated,
    Credential,
    Validation,
    TrailDay,
    TrailReview,
    Suspicion
);
