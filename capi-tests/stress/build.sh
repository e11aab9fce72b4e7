#!/bin/sh
# Builds the programs of a folder: build.sh FOLDER INCLUDE LIBDIR OUT [FLAGS...]
# A program that cannot be built is named, and makes the exit status 1; the others are built.
set -u
folder=$1 include=$2 lib=$3 out=$4
shift 4
mkdir -p "$out"
bad=0
for c in "$folder"/[0-9]*.c; do
	exe=$out/$(basename "$c" .c)
	newest=$(ls -t "$c" "$folder"/*.h "$folder"/../stress/*.h "$exe" 2>/dev/null | head -1)
	[ "$newest" = "$exe" ] && continue
	cc -std=gnu11 -O1 -g -rdynamic -Wall -Wextra -Werror "$@" -I"$include" -I"$folder" -I"$folder/../stress" \
		-o "$exe" "$c" -L"$lib" -Wl,--allow-shlib-undefined -lnng -lpthread -ldl ||
		{ echo "cannot build $c"; bad=1; }
done
exit $bad
