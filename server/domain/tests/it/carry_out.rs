//! Given a carry-out as it stands, when somebody asks for an act, then it becomes these events or is refused
//! for this reason.

mod approvals;
mod departure;
mod evidence;
mod golden;
mod journey;
mod plans;
mod properties;
mod regulations;
mod town;
