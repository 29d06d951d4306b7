//! Places at which a test can kill the process, to see that nothing is lost, make it panic, to see that the rest goes
//! on, or tell it to stop. Only in builds with debug assertions; elsewhere they are nothing.

/// Ends the process at once, as `kill -9` would, when `TIDINGS_CRASH_AT` names this place (`name` for the first
/// time it is passed, `name:3` for the third). With a tilde (`name~`) it is told to stop there, twice, as by an
/// impatient operator, and goes on.
///
/// # Panics
/// When it names this place with an exclamation mark (`name!`), the first time it is passed.
#[cfg(debug_assertions)]
pub fn hit(place: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static WANTED: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("TIDINGS_CRASH_AT").ok()?;
        Some(match text.split_once(':') {
            Some((name, time)) => (name.to_owned(), time.parse().unwrap_or(1)),
            None => (text, 1),
        })
    });
    if let Some((name, time)) = wanted
        && name.trim_end_matches(['!', '~']) == place
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *time
    {
        assert!(!name.ends_with('!'), "a test wants a panic at {place}");
        if name.ends_with('~') {
            for _ in 0..2 {
                let _ =
                    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM);
            }
            return;
        }
        // SIGKILL, so that no handler, destructor or buffer gets a chance.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}

/// Nothing, in builds without debug assertions.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn hit(_place: &str) {}
