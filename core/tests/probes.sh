#!/bin/sh
# RELAY_PROBE costs nothing: with the probes in the sources and with their lines deleted the object
# files are the same to the last byte. With a probe that does something they differ, so that the
# comparison means something. And probes.def names exactly the probes that are in the sources.
#   probes.sh SOURCE_DIR CC
set -eu
source=$1
cc=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# A user of the header, whose inline functions carry probes too.
user='#include "relay/relay.h"
int use(struct rchan *chan, const void *data);
int use(struct rchan *chan, const void *data)
{
    __relay_write(chan, data, 8);
    return relay_write_on(chan, 3, data, 64);
}'

for tree in with without called; do
    mkdir "$work/$tree"
    cp -R "$source/src" "$source/include" "$work/$tree"
    printf '%s\n' "$user" >"$work/$tree/src/user.c"
done
# Whole lines only: a probe that shares its line with other code is found below. Empty lines stay,
# so that line numbers do not matter.
find "$work/without" -name '*.[ch]' ! -name relay_probe.h \
    -exec sed -i 's/^ *RELAY_PROBE([A-Z_]*);$//' {} +
if grep -rn 'RELAY_PROBE(' "$work/without" --include='*.[ch]' --exclude=relay_probe.h; then
    echo "a probe must have a line of its own"
    failed=1
fi
# A probe that calls.
cat >"$work/called/include/call.h" <<'END'
void relay_probe_called(int id);
#define RELAY_PROBE(id) relay_probe_called(RELAY_PROBE_##id)
END

units=$(cd "$work/with" && find src -name '*.c' | sed 's/\.c$//')
# Those with probes of their own, or that use the header's; the others only include them.
probed=$(cd "$work/with" && grep -rl 'RELAY_PROBE(' src --include='*.c' | sed 's/\.c$//')
probed="$probed src/user"

compile() { # TREE FOLDER UNITS FLAG...: into that folder of the tree
    (cd "$work/$1" && mkdir "./$2" && cp -R include src "./$2" && cd "./$2" && these=$3 && shift 3 &&
        for unit in $these; do
            "$cc" -std=gnu11 -D_GNU_SOURCE -fPIC -Iinclude -Isrc "$@" -c "$unit.c" -o "$unit.o"
        done)
}

same() { # FOLDER UNITS: their objects, with and without probes
    for unit in $2; do
        if ! cmp -s "$work/with/$1/$unit.o" "$work/without/$1/$unit.o"; then
            echo "$unit $1: the probes are in the object code"
            failed=1
        fi
    done
}

compile called O2 "$probed" -O2 -DRELAY_PROBE_HEADER='"call.h"' &
for tree in with without; do
    compile $tree O2 "$units" -O2 &
done
wait
for tree in with without; do
    { compile $tree O0 "$probed" -O0 && compile $tree O3 "$probed" -O3; } &
done
wait
same O2 "$units"
same O0 "$probed"
same O3 "$probed"
for unit in $probed; do
    if cmp -s "$work/with/O2/$unit.o" "$work/called/O2/$unit.o"; then
        echo "$unit: probes that call make no difference"
        failed=1
    fi
done

grep -rhoE 'RELAY_PROBE\([A-Z_]+\)' "$source/src" "$source/include" |
    sed 's/.*(\(.*\))/\1/' | sort -u >"$work/used"
sed -n 's/^X(\([A-Z_]*\),.*/\1/p' "$source/include/relay/probes.def" | sort >"$work/named"
if ! diff "$work/named" "$work/used" >"$work/diff"; then
    echo "probes.def (<) and the sources (>) do not agree:"
    cat "$work/diff"
    failed=1
fi
[ "$(sort -u "$work/named" | wc -l)" = "$(wc -l <"$work/named")" ] || {
    echo "probes.def names a probe twice"
    failed=1
}
echo "$(wc -l <"$work/named") probes"
exit $failed
