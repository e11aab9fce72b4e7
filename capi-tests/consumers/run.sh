#!/bin/sh
# Installs the library in temporary prefixes, builds a program against it in every way that users
# have (pkg-config shared and static, CMake package, CMake subdirectory and FetchContent, C++), and
# runs each. Then the installation's variants: staged, in a multi-arch folder, static by default,
# and by cargo-c where that is there.
# Needs cmake, pkg-config and a C++ compiler. Argument: a folder to work in.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${1:-$root/target/consumers}
mkdir -p "$work"
work=$(cd "$work" && pwd)
prefix=$work/prefix
# All builds share what cargo makes.
cargo_dir=-DNNG_CARGO_TARGET_DIR=$root/target

run() {
    printf '%s: ' "$1"
    shift
    "$@"
}

quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

# What an installation must have, given its prefix and its folder of libraries.
complete() {
    for file in "$2/libnng.so.1.12.0" "$2/libnng.so.1" "$2/libnng.so" "$2/libnng.a" \
        "$2/cmake/nng/nng-config.cmake" "$2/pkgconfig/nng.pc" "$1/bin/nngcat" \
        "$1/include/nng/nng.h" "$1/include/nng/compat/nanomsg/nn.h"; do
        [ -e "$file" ] || { echo "not installed: $file"; exit 1; }
    done
}

quietly cmake -S "$root/cmake" -B "$work/build" "$cargo_dir"
quietly cmake --build "$work/build"
quietly cmake --install "$work/build" --prefix "$prefix"
libdir=$(dirname "$(find "$prefix" -name libnng.so.1)")
complete "$prefix" "$libdir"
run 'nngcat' "$prefix/bin/nngcat" --version

export PKG_CONFIG_PATH="$libdir/pkgconfig"
cd "$work"
# shellcheck disable=SC2046
cc "$here/program.c" -o shared $(pkg-config --cflags --libs nng)
run 'pkg-config' env LD_LIBRARY_PATH="$libdir" ./shared
# shellcheck disable=SC2046
cc "$here/program.c" -o static $(pkg-config --cflags nng) "$libdir/libnng.a" \
    $(pkg-config --libs-only-l --static nng | sed 's/-lnng//g')
run 'pkg-config, static' ./static
if [ -e "$(cc -print-file-name=libc.a)" ]; then
    # shellcheck disable=SC2046
    quietly cc -static "$here/program.c" -o all_static $(pkg-config --cflags --libs --static nng)
    run 'pkg-config, the whole program static' ./all_static
fi
# shellcheck disable=SC2046
c++ -x c++ "$here/program.c" -o cplusplus $(pkg-config --cflags --libs nng)
run 'C++' env LD_LIBRARY_PATH="$libdir" ./cplusplus

quietly cmake -S "$here/cmake" -B package -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build package
run 'CMake package' package/shared
run 'CMake package, static' package/static
run 'CMake package, C++' package/cplusplus
run 'CMake package, by variables' package/variables

for way in subdirectory fetched; do
    quietly cmake -S "$here/$way" -B "$way" -DNNG_INSTALL=OFF "$cargo_dir"
    quietly cmake --build "$way"
done
run 'CMake subdirectory' subdirectory/inside
run 'CMake FetchContent' fetched/fetched

# As packages are made: staged, in a multi-arch folder; and nng::nng may be the static library.
multi=lib/$(cc -dumpmachine)
rm -rf stage
quietly cmake -S "$root/cmake" -B other "$cargo_dir" -DCMAKE_INSTALL_PREFIX=/usr \
    -DCMAKE_INSTALL_LIBDIR="$multi" -DBUILD_SHARED_LIBS=OFF
quietly cmake --build other
quietly env DESTDIR="$work/stage" cmake --install other
complete stage/usr "stage/usr/$multi"
grep -qx 'prefix=/usr' "stage/usr/$multi/pkgconfig/nng.pc"
grep -qx "libdir=\${prefix}/$multi" "stage/usr/$multi/pkgconfig/nng.pc"
quietly cmake -S "$here/cmake" -B static_package -DCMAKE_PREFIX_PATH="$work/stage/usr"
quietly cmake --build static_package
if readelf -d static_package/shared | grep -q libnng; then
    echo 'nng::nng is the shared library though BUILD_SHARED_LIBS was off'
    exit 1
fi
run 'CMake package, static by default' static_package/shared

if ! cargo cinstall --version >/dev/null 2>&1; then
    echo 'cargo-c: not compared, as it is not installed'
    exit
fi
rm -rf cargo_c
(cd "$root" && quietly cargo cinstall --release --locked --prefix=/usr --libdir="/usr/$multi" \
    --destdir="$work/cargo_c")
# What only CMake or cargo-c has of its own is left out.
list() { (cd "$1" && find . -not -type d | grep -v -e /bin/ -e /cmake/ -e /doc/ | sort); }
list stage >stage.list
list cargo_c >cargo_c.list
diff stage.list cargo_c.list
PKG_CONFIG_PATH=$work/cargo_c/usr/$multi/pkgconfig
# shellcheck disable=SC2046
cc "$here/program.c" -o by_cargo_c \
    $(PKG_CONFIG_SYSROOT_DIR=$work/cargo_c pkg-config --cflags --libs nng)
run 'cargo-c' env LD_LIBRARY_PATH="cargo_c/usr/$multi" ./by_cargo_c
