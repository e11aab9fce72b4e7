//! Requests, replies and pairs between real sockets: contexts, lost servers, devices, refusals.
mod between;

use between::*;
use nng::base::Error;
use nng::base::options::{self, Value};
use nng::msg::Message;
use nng::rt::Aio;
use nng::sp::proto::CtxId;
use nng::sp::proto::{pair::Pair, poly1::Poly1, raw::Raw, rep0::Rep0, req0::Req0};
use nng::sp::{Ctx, device};
use std::sync::Arc;
use std::thread;

/// Answers every request with itself, until the socket is closed.
fn echo(ctx: Arc<Ctx>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while let Ok(msg) = ctx.recv(false) {
            if ctx.send(msg, false).is_err() {
                return;
            }
        }
    })
}

#[test]
fn contexts_ask_and_answer_at_once() {
    for url in addresses() {
        let (req, rep) = (open(Req0::new()), open(Rep0::new()));
        let url = listen(&rep, &url);
        dial(&req, &url).unwrap();
        let servers: Vec<_> = (0..4).map(|_| echo(Ctx::open(&rep).unwrap())).collect();
        let clients: Vec<_> = (0..8u32)
            .map(|n| {
                let ctx = Ctx::open(&req).unwrap();
                thread::spawn(move || {
                    for i in 0..200u32 {
                        let body = [n.to_be_bytes(), i.to_be_bytes()].concat();
                        let msg = Message::from_slice(&body).unwrap();
                        ctx.send(msg, false).map_err(|(why, _)| why).unwrap();
                        assert_eq!(ctx.recv(false).unwrap().body(), body);
                    }
                    assert_eq!(ctx.recv(false).err(), Some(Error::STATE));
                })
            })
            .collect();
        for client in clients {
            client.join().unwrap();
        }
        req.close().unwrap();
        rep.close().unwrap();
        for server in servers {
            server.join().unwrap();
        }
    }
}

#[test]
fn a_request_outlives_its_server() {
    for url in addresses() {
        let (req, one, two) = (open(Req0::new()), open(Rep0::new()), open(Rep0::new()));
        // Both are there; the request goes to one, which goes without an answer.
        let url_one = listen(&one, &url);
        dial(&req, &url_one).unwrap();
        send(&req, b"who is there?");
        assert_eq!(recv(&one).body(), b"who is there?");
        let asking = {
            let req = req.clone();
            thread::spawn(move || recv(&req))
        };
        let other = addresses().into_iter().find(|a| a[..4] == url[..4]).unwrap();
        let url_two = listen(&two, &other);
        dial(&req, &url_two).unwrap();
        one.close().unwrap();
        assert_eq!(recv(&two).body(), b"who is there?");
        send(&two, b"me");
        assert_eq!(asking.join().unwrap().body(), b"me");
        req.close().unwrap();
        two.close().unwrap();
    }
}

#[test]
fn without_resending_a_lost_server_is_an_error() {
    for url in addresses() {
        let (req, rep) = (open(Req0::new()), open(Rep0::new()));
        req.set_option(options::REQ_RESENDTIME, Value::Ms(0)).unwrap();
        let url = listen(&rep, &url);
        dial(&req, &url).unwrap();
        send(&req, b"who is there?");
        recv(&rep);
        let asking = {
            let req = req.clone();
            thread::spawn(move || req.recv(CtxId::SOCKET, FOREVER).err())
        };
        rep.close().unwrap();
        assert_eq!(asking.join().unwrap(), Some(Error::CONNRESET));
        req.close().unwrap();
    }
}

#[test]
fn answers_find_their_way_through_devices() {
    for turn in 0..3 {
        let mut all = addresses();
        all.rotate_left(turn);
        let [near, middle, far] = all;
        let (req, rep) = (open(Req0::new()), open(Rep0::new()));
        let devices = [(open(Raw::rep()), open(Raw::req())), (open(Raw::rep()), open(Raw::req()))];
        let url = listen(&devices[0].0, &near);
        dial(&req, &url).unwrap();
        let url = listen(&devices[1].0, &middle);
        dial(&devices[0].1, &url).unwrap();
        let url = listen(&rep, &far);
        dial(&devices[1].1, &url).unwrap();
        let running = devices.each_ref().map(|(front, back)| {
            let aio = Aio::new();
            device::start(&aio, Some(front.clone()), Some(back.clone()));
            aio
        });
        let server = echo(Ctx::open(&rep).unwrap());
        for i in 0..200u32 {
            send(&req, &i.to_be_bytes());
            assert_eq!(recv(&req).body(), i.to_be_bytes());
        }
        for socket in [&req, &rep, &devices[0].0, &devices[1].1] {
            socket.close().unwrap();
        }
        for aio in running {
            aio.wait();
            assert!(aio.result().is_some());
        }
        server.join().unwrap();
    }
}

#[test]
fn a_pair_takes_one_peer_of_its_kind() {
    for url in addresses() {
        let (one, two, three) =
            (open(Pair::new(1, false)), open(Pair::new(1, false)), open(Pair::new(1, false)));
        let url = listen(&one, &url);
        dial(&two, &url).unwrap();
        let other = open(Req0::new());
        // A refusal may reach the dialer as an error, or only as the end of its pipe.
        let _ = dial(&other, &url);
        let _ = dial(&three, &url);
        while counter(&one, "mismatch") == 0 || counter(&one, "already") == 0 {
            thread::yield_now();
        }
        send(&two, b"still here");
        assert_eq!(recv(&one).body(), b"still here");
        for socket in [&other, &three, &one, &two] {
            socket.close().unwrap();
        }
    }
}

#[test]
fn one_socket_is_paired_with_many() {
    for url in addresses() {
        let hub = open(Poly1::new());
        let url = listen(&hub, &url);
        let peers: Vec<_> = (0..5).map(|_| open(Pair::new(1, false))).collect();
        for (n, peer) in peers.iter().enumerate() {
            dial(peer, &url).unwrap();
            send(peer, &[n as u8]);
        }
        for _ in &peers {
            // The message names the pipe it came by, and so goes back there.
            let msg = recv(&hub);
            hub.send(CtxId::SOCKET, msg, FOREVER).map_err(|(why, _)| why).unwrap();
        }
        for (n, peer) in peers.iter().enumerate() {
            assert_eq!(recv(peer).body(), [n as u8]);
            peer.close().unwrap();
        }
        hub.close().unwrap();
    }
}

/// One thread asks on many sockets, then collects: most replies are there before it waits.
#[test]
fn replies_wait_for_whoever_collects_them() {
    for url in addresses() {
        let rep = open(Rep0::new());
        let url = listen(&rep, &url);
        let server = echo(Ctx::open(&rep).unwrap());
        let clients: Vec<_> = (0..40).map(|_| open(Req0::new())).collect();
        for client in &clients {
            dial(client, &url).unwrap();
        }
        for round in 0..50u32 {
            let body = |n: usize| [round.to_be_bytes(), (n as u32).to_be_bytes()].concat();
            for (n, client) in clients.iter().enumerate() {
                send(client, &body(n));
            }
            for (n, client) in clients.iter().enumerate() {
                assert_eq!(recv(client).body(), body(n));
            }
        }
        rep.close().unwrap();
        server.join().unwrap();
        for client in clients {
            client.close().unwrap();
        }
    }
}

/// A receiver that looks for itself finds the end of a connection as well as what came before it,
/// and another connection after it.
#[test]
fn a_connection_that_ends_is_found_by_the_receiver() {
    for url in addresses() {
        let (here, there, next) =
            (open(Pair::new(0, false)), open(Pair::new(0, false)), open(Pair::new(0, false)));
        let url = listen(&here, &url);
        dial(&there, &url).unwrap();
        let answering = {
            let here = here.clone();
            thread::spawn(move || {
                for _ in 0..3 {
                    let msg = recv(&here);
                    send(&here, msg.body());
                }
            })
        };
        for body in [b"1", b"2", b"3"] {
            send(&there, body);
            assert_eq!(recv(&there).body(), body);
        }
        answering.join().unwrap();
        send(&there, b"last");
        there.close().unwrap();
        assert_eq!(recv(&here).body(), b"last");
        let receiving = {
            let here = here.clone();
            thread::spawn(move || recv(&here))
        };
        while here.pipe_count() > 0 {
            thread::yield_now();
        }
        dial(&next, &url).unwrap();
        send(&next, b"again");
        assert_eq!(receiving.join().unwrap().body(), b"again");
        here.close().unwrap();
        next.close().unwrap();
    }
}
