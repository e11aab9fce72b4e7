//! The task threads' promises: a job runs once, none is slept past, and shutting down runs all.
#![forbid(unsafe_code)]

use super::{explore_bounded, finish, spawn};
use crate::rt::pollers::{self, Call};
use crate::rt::shut_down;
use crate::rt::task::{self, Task};
use crate::sys::sync::{Condvar, Mutex};
use std::sync::Arc;

#[derive(Default)]
struct Count {
    done: Mutex<Vec<usize>>,
    more: Condvar,
}

impl Count {
    fn push(self: &Arc<Self>, n: usize) {
        let this = self.clone();
        task::push(Task::Job(Box::new(move || {
            this.done.lock().push(n);
            this.more.notify_all();
        })));
    }

    fn wait_for(&self, n: usize) {
        let mut done = self.done.lock();
        while done.len() < n {
            self.more.wait(&mut done);
        }
    }

    fn check(&self, n: usize) {
        let mut done = self.done.lock().clone();
        done.sort();
        assert_eq!(done, (0..n).collect::<Vec<_>>(), "each job once");
    }
}

#[test]
fn no_job_is_slept_past() {
    explore_bounded("tasks: two push, all run", 2, || {
        let count = Arc::new(Count::default());
        let other = count.clone();
        let one = spawn(move || other.push(0));
        count.push(1);
        // Nothing but the pool's own threads serves them.
        count.wait_for(2);
        count.push(2);
        count.wait_for(3);
        one.join().unwrap();
        finish();
        count.check(3);
    });
}

#[test]
fn shutting_down_runs_what_is_queued() {
    explore_bounded("tasks: push, shut down", 2, || {
        let count = Arc::new(Count::default());
        for n in 0..3 {
            count.push(n);
        }
        shut_down();
        count.check(3);
        // And the next use starts the pool again.
        count.push(3);
        count.wait_for(4);
        finish();
        count.check(4);
    });
}

impl Call for Count {
    fn call(self: Arc<Self>) {
        self.push(0);
    }
}

/// What the polling thread does last may be a job, for which a thread is made anew.
#[test]
fn shutting_down_leaves_no_thread() {
    explore_bounded("tasks: the polling thread pushes one, shut down", 2, || {
        let count = Arc::new(Count::default());
        pollers::call(count.clone());
        finish();
        count.check(1);
        assert!(!task::is_running());
    });
}

#[test]
fn jobs_that_push_jobs() {
    explore_bounded("tasks: jobs push jobs", 2, || {
        let count = Arc::new(Count::default());
        let (first, second) = (count.clone(), count.clone());
        task::push(Task::Job(Box::new(move || {
            first.push(0);
            first.push(1);
        })));
        let one = spawn(move || second.push(2));
        count.wait_for(3);
        one.join().unwrap();
        finish();
        count.check(3);
    });
}

/// A job that waits for a later one keeps a thread; the pool grows in time.
#[cfg(shuttle)]
#[test]
fn blocked_jobs_do_not_hold_up_others() {
    use crate::sys::model;
    use crate::sys::sync::atomic::{AtomicUsize, Ordering::*};
    explore_bounded("tasks: the pool grows under blocked jobs", 2, || {
        let count = Arc::new(Count::default());
        task::configure(2, 4);
        for _ in 0..2 {
            let blocked = count.clone();
            task::push(Task::Job(Box::new(move || blocked.wait_for(1))));
        }
        count.push(0);
        let over = Arc::new(AtomicUsize::new(0));
        let seen = over.clone();
        let clock = spawn(move || {
            while seen.load(Acquire) == 0 {
                model::advance(1);
            }
        });
        count.wait_for(1);
        over.store(1, Release);
        clock.join().unwrap();
        finish();
        count.check(1);
    });
}
