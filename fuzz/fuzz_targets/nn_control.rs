//! Control data, pieces and options of nanomsg's functions: `cargo +nightly fuzz run nn_control`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::capi::compat::nanomsg::nn::*;
use std::ffi::c_void;
use std::ptr::null_mut;

const AF_SP_RAW: i32 = 2;
const PAIRS: &[(i32, i32)] = &[(48, 49), (16, 16), (98, 99), (112, 112), (32, 33)];
const NN_DONTWAIT: i32 = 1;

fuzz_target!(|input: (u8, Vec<u8>, Vec<u8>, u16, Vec<(i8, u16, Vec<u8>)>)| {
    let (kind, mut control, body, room, options) = input;
    let (one, other) = PAIRS[usize::from(kind) % PAIRS.len()];
    // SAFETY: every pointer is to memory of the length that is told with it.
    unsafe {
        let (a, b) = (nn_socket(AF_SP_RAW, one), nn_socket(AF_SP_RAW, other));
        nn_bind(a, c"inproc://nn_control".as_ptr());
        nn_connect(b, c"inproc://nn_control".as_ptr());
        for (level, option, value) in &options {
            let (level, option) = (i32::from(*level), i32::from(*option));
            nn_setsockopt(a, level, option, value.as_ptr().cast(), value.len());
            let mut got = vec![0u8; value.len()];
            let mut len = got.len();
            nn_getsockopt(a, level, option, got.as_mut_ptr().cast(), &mut len);
        }

        let mut pieces: Vec<nn_iovec> = body
            .chunks(7)
            .map(|c| nn_iovec { iov_base: c.as_ptr().cast_mut().cast(), iov_len: c.len() })
            .collect();
        let len = control.len();
        let mut hdr = nn_msghdr {
            msg_iov: pieces.as_mut_ptr(),
            msg_iovlen: pieces.len() as i32,
            msg_control: control.as_mut_ptr().cast(),
            msg_controllen: len,
        };
        // Every item lies within, and each is behind the one before.
        let (begin, mut last) = (hdr.msg_control as usize, null_mut());
        let mut seen = 0;
        loop {
            let next = nn_cmsg_next(&mut hdr, last);
            if next.is_null() {
                break;
            }
            let item = next.read_unaligned();
            assert!(next as usize >= begin && next > last);
            assert!(next as usize - begin + item.cmsg_len <= len);
            last = next;
            seen += 1;
            assert!(seen <= len);
        }
        // From an item of the program's own making, too.
        let far =
            &mut nn_cmsghdr { cmsg_len: usize::from(room) << 48, cmsg_level: 0, cmsg_type: 0 };
        let _ = nn_cmsg_next(&mut hdr, far);

        let sent = nn_sendmsg(a, &hdr, NN_DONTWAIT);
        assert!(sent == -1 || sent == body.len() as i32);
        if sent >= 0 {
            let mut buf = vec![0u8; body.len() / 2];
            let mut room = vec![0u8; usize::from(room) % 300];
            let mut iov = nn_iovec { iov_base: buf.as_mut_ptr().cast(), iov_len: buf.len() };
            let mut chunk: *mut c_void = null_mut();
            let mut hdr = nn_msghdr {
                msg_iov: &mut iov,
                msg_iovlen: 1,
                msg_control: room.as_mut_ptr().cast(),
                msg_controllen: room.len(),
            };
            if kind & 128 != 0 {
                hdr.msg_control = (&raw mut chunk).cast();
                hdr.msg_controllen = usize::MAX;
            }
            if nn_recvmsg(b, &mut hdr, NN_DONTWAIT) >= 0 {
                // What control data a message came with, an answer takes back.
                if nn_sendmsg(b, &hdr, NN_DONTWAIT) < 0 && !chunk.is_null() {
                    nn_freemsg(chunk);
                }
            }
        }
        nn_close(a);
        nn_close(b);
    }
});
