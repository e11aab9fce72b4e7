//! Operations that only take time.
#![forbid(unsafe_code)]

use super::aio::{Aio, Timeout};
use super::op::{Cancel, Completion, OpId, Parked};
use super::timer;
use crate::base::Error;
use crate::sys::clock;
use crate::sys::sync::{Mutex, OnceLock, statics};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// All sleepers, by the number that names each to its timer.
#[derive(Default)]
struct Sleepers(Mutex<(u64, HashMap<u64, Sleeper>)>);

struct Sleeper {
    op: Parked,
    timer: timer::TimerId,
}

statics! {
    static SLEEPERS: OnceLock<Arc<Sleepers>> = OnceLock::new();
}

/// Ends an operation on `aio` after `ms` milliseconds.
pub fn start(aio: &Arc<Aio>, ms: u32) {
    let Ok(op) = aio.begin(Timeout::Infinite) else { return };
    let sleepers = SLEEPERS.get_or_init(Arc::default);
    let refused = {
        let mut all = sleepers.0.lock();
        // Under the lock, so that a cancellation finds it.
        match op.park(sleepers.clone()) {
            Ok(op) => {
                all.0 += 1;
                let key = all.0;
                let fire: Weak<Sleepers> = Arc::downgrade(sleepers);
                let timer = timer::start(clock::now_ms() + u64::from(ms), fire, key);
                all.1.insert(key, Sleeper { op, timer });
                None
            }
            Err(refused) => Some(refused),
        }
    };
    if let Some((op, why)) = refused {
        op.fail(why);
    }
}

/// Gives memory back that an empty table keeps.
pub(super) fn shut_down() {
    if let Some(sleepers) = SLEEPERS.get() {
        let all = &mut sleepers.0.lock().1;
        if all.is_empty() {
            *all = HashMap::new();
        }
    }
}

impl timer::Fire for Sleepers {
    fn fire(self: Arc<Self>, key: u64) {
        let sleeper = self.0.lock().1.remove(&key);
        if let Some(sleeper) = sleeper {
            sleeper.op.finish(Completion::default());
        }
    }
}

impl Cancel for Sleepers {
    fn cancel(&self, id: OpId, why: Error) {
        let found = {
            let all = &mut self.0.lock().1;
            let key = all.iter().find(|(_, sleeper)| sleeper.op.id() == id).map(|(key, _)| *key);
            key.and_then(|key| all.remove(&key))
        };
        if let Some(sleeper) = found {
            timer::stop(sleeper.timer);
            sleeper.op.fail(why);
        }
    }
}
