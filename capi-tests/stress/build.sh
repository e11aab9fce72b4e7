#!/bin/sh
# Builds the programs of a folder: build.sh FOLDER INCLUDE LIBDIR OUT [FLAGS...]
set -eu
folder=$1 include=$2 lib=$3 out=$4
shift 4
mkdir -p "$out"
for c in "$folder"/[0-9]*.c; do
	exe=$out/$(basename "$c" .c)
	if [ ! "$exe" -nt "$c" ] || [ ! "$exe" -nt "$folder/stress.h" ]; then
		cc -std=gnu11 -O1 -g -rdynamic -Wall -Wextra -Werror "$@" -I"$include" -I"$folder" -o "$exe" "$c" \
			-L"$lib" -Wl,--allow-shlib-undefined -lnng -lpthread -ldl
	fi
done
