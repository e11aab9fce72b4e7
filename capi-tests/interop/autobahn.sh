#!/bin/sh
# Runs the Autobahn test suite's cases against an SP socket of ours over ws, twice: text and binary.
#
#   capi-tests/interop/autobahn.sh [LIBRARY-FOLDER]
#
# The suite needs Python 2.7 with pip and is installed under target/autobahn on first use; PYTHON27
# names the interpreter. What is not OK is listed; the case groups left out are compression (12.*,
# 13.*), which nng has not.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
libraries=${1:-$root/target/autobahn}
place=$root/target/autobahn
mkdir -p "$place"
if [ ! -e "$place/suite/autobahntestsuite" ]; then
    python=${PYTHON27:-python2.7}
    "$python" -m pip install -q --target "$place/suite" autobahntestsuite==0.8.2
    touch "$place/suite/zope/__init__.py"
fi
if [ $# -eq 0 ]; then
    cargo build --release --manifest-path "$root/Cargo.toml"
    ln -sf "$root/target/release/libnng.so" "$place/libnng.so.1"
fi
cc -std=gnu11 -I "$root/include" "$root/capi-tests/interop/endpoint.c" -o "$place/endpoint" \
    -L "$libraries" -l:libnng.so.1 -lpthread

round() {
    name=$1
    cases=$2
    shift 2
    rm -f "$place/hold"
    mkfifo "$place/hold"
    LD_LIBRARY_PATH=$libraries "$place/endpoint" pair-listen ws://127.0.0.1:0/ \
        most=67108864 frame=0 "$@" <"$place/hold" >"$place/$name.log" &
    exec 9>"$place/hold"
    until grep -q ready "$place/$name.log"; do sleep 0.1; done
    port=$(sed -n 's/ready //p' "$place/$name.log")
    cat >"$place/$name.json" <<EOF
{"outdir": "$place/$name", "cases": [$cases], "exclude-cases": ["12.*", "13.*"],
 "exclude-agent-cases": {}, "servers": [{"agent": "$name", "url": "ws://127.0.0.1:$port/",
 "protocols": ["pair.sp.nanomsg.org"]}]}
EOF
    PYTHONPATH=$place/suite "${PYTHON27:-python2.7}" -c \
        'from autobahntestsuite.wstest import run; run()' \
        -m fuzzingclient -s "$place/$name.json" >"$place/$name.out" 2>&1 || cat "$place/$name.out"
    exec 9>&-
    wait $!
    python3 - "$place/$name/index.json" <<'EOF'
import collections, json, sys
for agent, cases in json.load(open(sys.argv[1])).items():
    print(f"{agent}: {len(cases)} cases", dict(collections.Counter(c["behavior"] for c in cases.values())))
    for name in sorted(cases, key=lambda n: [int(x) for x in n.split(".")]):
        case = cases[name]
        if case["behavior"] not in ("OK", "INFORMATIONAL"):
            print(" ", name, case["behavior"], "closed with", case["remoteCloseCode"])
EOF
}

round text '"1.1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.1.*", "9.3.*", "9.5.*", "9.7.*", "10.*"' text recv-text
round binary '"1.2.*", "2.*", "9.2.*", "9.4.*", "9.6.*", "9.8.*"'
