//! Sending and receiving as the protocol has it.
#![forbid(unsafe_code)]

use crate::args::{Kind, Plan};
use crate::{Failure, SOCKET};
use nng::base::Error;
use nng::msg::Message;
use nng::rt::aio::Timeout;
use nng::sp::{Socket, Wait};
use nng::sys::clock;
use std::io;

/// What a peer may need to take what was sent last.
const DRAIN_MS: u64 = 200;

pub fn talk(socket: &Socket, plan: &Plan) -> Result<(), Failure> {
    match plan.kind {
        Kind::Sub | Kind::Pull => receive(socket, plan, plan.count),
        Kind::Rep | Kind::Respondent if plan.data.is_some() => answer(socket, plan),
        Kind::Rep | Kind::Respondent => receive(socket, plan, plan.count),
        Kind::Pub | Kind::Push => send_all(socket, plan),
        Kind::Req | Kind::Surveyor => exchange(socket, plan),
        Kind::Pair0 | Kind::Pair1 | Kind::Bus if plan.data.is_some() => exchange(socket, plan),
        Kind::Pair0 | Kind::Pair1 | Kind::Bus => receive(socket, plan, plan.count),
    }
}

fn show(plan: &Plan, msg: &Message) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    plan.format.print(msg.body(), &mut out).map_err(|e| format!("Cannot write: {e}"))
}

fn send(socket: &Socket, plan: &Plan) -> Result<(), Failure> {
    let data = plan.data.as_deref().unwrap_or_default();
    let msg = Message::from_slice(data).map_err(|e| e.to_string())?;
    let wait = Wait::for_timeout(socket.timeouts().0);
    socket.send(SOCKET, msg, wait).map_err(|(why, _)| format!("Send error: {why}"))
}

/// Receives until there is nothing more, or `count` is reached.
fn receive(socket: &Socket, plan: &Plan, count: Option<u32>) -> Result<(), Failure> {
    let mut done = 0;
    while count.is_none_or(|count| count == 0 || done < count) {
        done += 1;
        match socket.recv(SOCKET, Wait::for_timeout(socket.timeouts().1)) {
            Ok(msg) => show(plan, &msg)?,
            Err(Error::TIMEDOUT | Error::STATE) => break,
            Err(why) => return Err(format!("Receive error: {why}")),
        }
    }
    Ok(())
}

fn answer(socket: &Socket, plan: &Plan) -> Result<(), Failure> {
    let mut done = 0;
    loop {
        let msg = socket
            .recv(SOCKET, Wait::for_timeout(socket.timeouts().1))
            .map_err(|why| format!("Receive error: {why}"))?;
        show(plan, &msg)?;
        send(socket, plan)?;
        done += 1;
        if plan.count.is_some_and(|count| count > 0 && done >= count) {
            break;
        }
    }
    clock::sleep_ms(DRAIN_MS);
    Ok(())
}

/// Whether `done` rounds are enough.
fn enough(plan: &Plan, done: u32) -> bool {
    match plan.count {
        Some(0) => plan.interval.is_none(),
        Some(count) => done >= count,
        None => plan.interval.is_none(),
    }
}

/// Sleeps for what is left of the interval.
fn pause(plan: &Plan, start: u64) {
    let interval = plan.interval.unwrap_or(0) as u64;
    clock::sleep_ms((start + interval).saturating_sub(clock::now_ms()));
}

fn send_all(socket: &Socket, plan: &Plan) -> Result<(), Failure> {
    clock::sleep_ms(plan.delay as u64);
    let mut done = 0;
    loop {
        let start = clock::now_ms();
        send(socket, plan)?;
        done += 1;
        if enough(plan, done) {
            break;
        }
        pause(plan, start);
    }
    clock::sleep_ms(DRAIN_MS);
    Ok(())
}

/// Sends, and shows what comes until the next round.
fn exchange(socket: &Socket, plan: &Plan) -> Result<(), Failure> {
    clock::sleep_ms(plan.delay as u64);
    let mut done = 0;
    loop {
        let start = clock::now_ms();
        send(socket, plan)?;
        if plan.interval.is_none() && plan.count.is_none_or(|count| count == 0) {
            return receive(socket, plan, None);
        }
        loop {
            let spent = (clock::now_ms() - start) as i32;
            let left = plan.interval.map(|interval| (interval - spent).max(0));
            let ms = match (left, plan.recv_timeout) {
                (Some(left), Some(own)) => Timeout::Ms(left.min(own) as u32),
                (Some(ms), None) | (None, Some(ms)) => Timeout::Ms(ms as u32),
                (None, None) => Timeout::Infinite,
            };
            match socket.recv(SOCKET, Wait::for_timeout(ms)) {
                Ok(msg) => show(plan, &msg)?,
                Err(Error::TIMEDOUT | Error::STATE) => break,
                Err(why) => return Err(format!("Cannot receive: {why}")),
            }
            // A request has one answer.
            if plan.kind == Kind::Req {
                break;
            }
        }
        done += 1;
        if enough(plan, done) {
            return Ok(());
        }
        pause(plan, start);
    }
}
