#!/bin/sh
# Builds the library, compiles the demos of request/reply and of streams in C against it, and runs
# server and client as two processes, over tcp and over ipc. Needs a Rust toolchain and a C compiler.
set -eu
cd "$(dirname "$0")/../.."
cargo build --release --lib
out=target/demo
mkdir -p "$out"
ln -sf ../release/libnng.so "$out/libnng.so"
ln -sf ../release/libnng.so "$out/libnng.so.1"
for demo in reqrep reqrep_async raw stream; do
    ${CC:-cc} -std=gnu99 -O2 -Wall -Wextra -Iinclude "capi-tests/demo/$demo.c" -o "$out/$demo" \
        -L"$out" -lnng -lpthread
done
export LD_LIBRARY_PATH="$out"
trap 'kill $server 2>/dev/null || true' EXIT
for url in "tcp://127.0.0.1:$((20000 + $$ % 20000))" "ipc://$out/demo.sock"; do
    echo "== $url"
    "$out/reqrep" server "$url" 1 &
    server=$!
    "$out/reqrep" client "$url"
    wait "$server"
    "$out/reqrep_async" server "$url" &
    server=$!
    "$out/reqrep_async" client "$url" 32
    kill "$server"
    wait "$server" 2>/dev/null || true
    "$out/raw" server "$url" &
    server=$!
    "$out/raw" client "$url" 50
    kill "$server"
    wait "$server" 2>/dev/null || true
    "$out/stream" server "$url" &
    server=$!
    "$out/stream" client "$url" "bytes there and back"
    wait "$server"
done
