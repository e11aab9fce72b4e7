#!/bin/sh
# Installs the library in a temporary prefix, builds a program against it in every way that users
# have (pkg-config shared and static, CMake package, CMake subdirectory, C++), and runs each.
# Needs cmake, pkg-config and a C++ compiler. Argument: a folder to work in.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${1:-$here/../../target/consumers}
mkdir -p "$work"
work=$(cd "$work" && pwd)
prefix=$work/prefix
run() {
    printf '%s: ' "$1"
    shift
    "$@"
}

cmake -S "$here/../../cmake" -B "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --install "$work/build" --prefix "$prefix" >/dev/null
libdir=$(dirname "$(find "$prefix" -name libnng.so.1)")
for file in "$libdir/libnng.so.1.12.0" "$libdir/libnng.so" "$libdir/libnng.a" \
    "$libdir/cmake/nng/nng-config.cmake" "$libdir/pkgconfig/nng.pc" "$prefix/bin/nngcat" \
    "$prefix/include/nng/nng.h" "$prefix/include/nng/compat/nanomsg/nn.h"; do
    [ -e "$file" ] || { echo "not installed: $file"; exit 1; }
done
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
# shellcheck disable=SC2046
c++ -x c++ "$here/program.c" -o cplusplus $(pkg-config --cflags --libs nng)
run 'C++' env LD_LIBRARY_PATH="$libdir" ./cplusplus

cmake -S "$here/cmake" -B package -DCMAKE_PREFIX_PATH="$prefix" >log 2>&1 || { cat log; exit 1; }
cmake --build package >log 2>&1 || { cat log; exit 1; }
run 'CMake package' package/shared
run 'CMake package, static' package/static
run 'CMake package, C++' package/cplusplus

cmake -S "$here/subdirectory" -B inside -DNNG_INSTALL=OFF >log 2>&1 || { cat log; exit 1; }
# The build of the installed tree serves here too.
mkdir -p inside/nng && cp -a build/cargo inside/nng/ 2>/dev/null || true
cmake --build inside >log 2>&1 || { cat log; exit 1; }
run 'CMake subdirectory' inside/inside
