#!/bin/sh
# Unpacks Debian's builds of the libraries that tests compare with into .peers/ beside the
# sources, out of the system's paths, and prints where they are. Does nothing if they are there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
prefix=$root/.peers
packages="libnng1 libnng-dev nng-utils libnanomsg5 libnanomsg-dev nanomsg-utils
libmbedtls14 libmbedcrypto7 libmbedx509-1"
if [ ! -e "$prefix/done" ]; then
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        echo "peers.sh: no apt-get here: comparisons will say that their peer is missing" >&2
        exit 1
    fi
    mkdir -p "$prefix/packages"
    cd "$prefix/packages"
    # shellcheck disable=SC2086
    apt-get download -qq $packages >&2
    for package in *.deb; do
        dpkg -x "$package" "$prefix"
    done
    rm -r "$prefix/packages"
    touch "$prefix/done"
fi
echo "$prefix"
