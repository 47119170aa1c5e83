#!/bin/sh
# Each public header compiles alone, without warnings: as C11 and, where there is one, in C++.
#   headers.sh SOURCE_DIR CC
set -eu
source=$1
cc=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for header in "$source"/include/relay/*.h; do
    printf '#include "relay/%s"\n' "$(basename "$header")" >"$work/one.c"
    cat "$work/one.c" "$work/one.c" >"$work/twice.c"
    "$cc" -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror \
        -I"$source/include" -fsyntax-only "$work/twice.c"
    if command -v c++ >/dev/null; then
        cp "$work/twice.c" "$work/twice.cpp"
        c++ -std=c++17 -Wall -Wextra -Werror -I"$source/include" -fsyntax-only "$work/twice.cpp"
    fi
    echo "ok $(basename "$header")"
done
