//! Model checking of sockets: their pipes' input and output, lanes, callbacks, closing.
//! How to run it: `rt/model`.
#![forbid(unsafe_code)]

mod close_tests;
mod flush_tests;
mod lane_tests;
mod mem;
mod rig;
