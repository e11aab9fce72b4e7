//! The stress programs, a few seconds each: see `capi-tests/stress/run` for minutes of them, and
//! for the genuine library. `STRESS_SECONDS` says how long.
#[path = "../capi-tests/stress/harness.rs"]
mod harness;

fn stress(number: &str) {
    let all = harness::programs("stress");
    let name = all.iter().find(|name| name.starts_with(number)).expect("a program of this number");
    let source = harness::root().join("capi-tests/stress").join(format!("{name}.c"));
    let program = harness::compile(&source);
    let seconds = std::env::var("STRESS_SECONDS").unwrap_or("2".into());
    harness::succeeds(&program, &["--seconds", &seconds, "--patience", "20"]);
}

macro_rules! scenarios {
    ($($test:ident $number:literal)*) => {
        $(#[test]
        fn $test() {
            stress($number);
        })*

        /// No program is left out.
        #[test]
        fn all_are_listed() {
            let listed = [$($number),*];
            for name in harness::programs("stress") {
                assert!(listed.contains(&&name[..2]), "{name}");
            }
        }
    };
}

scenarios! {
    close_against_receive "01"
    timeout_against_close "02"
    cancel_races "03"
    contexts_while_closing "04"
    two_closers "05"
    close_under_load "06"
    devices_closed "07"
    close_in_pipe_callback "08"
    aio_in_its_own_callback "09"
    sleep_and_stop "10"
    survey_and_disconnect "11"
    pipe_churn_and_statistics "12"
    strangers_in_the_handshake "13"
    giant_lengths "14"
    no_descriptors "15"
    reconnect_storm "16"
    dial_by_name "17"
    secure_transports_closed "18"
    drops_are_counted "19"
    forks "20"
    fini_with_live_sockets "21"
    nothing_leaks "22"
    random_calls "23"
    calls_of_every_family "24"
    fini_while_busy "25"
}
