//! Ending an attempt that panics, without a word in the log.
//!
//! Photographs come from strangers, and assertions in the libraries that look at them can fail on ordinary
//! ones. Such a panic ends one attempt at one symbol and means nothing to whoever runs the server, so it is
//! kept from the panic hook: the first call puts a hook before the one that is there, which hands on every
//! panic except those of a thread that is inside [`quietly`]. Should the program set another hook later, all
//! that is lost is the silence.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does something that may panic; none if it did.
pub(super) fn quietly<T>(attempt: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        if !std::thread::panicking() {
            let previous = take_hook();
            set_hook(Box::new(move |info| {
                if !QUIET.get() {
                    previous(info);
                }
            }));
        }
    });
    let before = QUIET.replace(true);
    // What the attempt borrows is thrown away with it, or only read.
    let result = catch_unwind(AssertUnwindSafe(attempt)).ok();
    QUIET.set(before);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_the_attempt_only() {
        assert_eq!(quietly(|| 1), Some(1));
        let empty: Vec<u8> = Vec::new();
        assert_eq!(quietly(|| empty[0]), None);
        assert!(!QUIET.get());
        assert_eq!(quietly(|| quietly(|| empty[0]).is_none() && QUIET.get()), Some(true));
    }
}
