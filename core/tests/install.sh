#!/bin/sh
# The library as others use it: installed, found with pkg-config and with CMake, linked both ways.
# Skipped (77) where there is no pkg-config.
#   install.sh SOURCE_DIR CC CMAKE
set -eu
source=$1
cc=$2
cmake=$3
command -v pkg-config >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

"$cmake" -S "$source" -B "$work/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_INSTALL_PREFIX="$prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib -DRELAY_TESTS=OFF -DRELAY_BENCH=OFF >/dev/null
"$cmake" --build "$work/build" -j 2 >/dev/null
"$cmake" --install "$work/build" >/dev/null

# The library gives what relay.map lists, in the version it is listed in, and nothing else.
if command -v nm >/dev/null; then
    awk '/^RELAY_/ { version = $1 } /^ *relay_.*;/ { sub(";", ""); print $1 "@@" version }' \
        "$source/relay.map" | sort >"$work/listed"
    nm -D --with-symbol-versions --defined-only "$prefix/lib/librelay.so" |
        awk '$2 != "A" { print $3 }' | sort >"$work/exported"
    if ! diff "$work/listed" "$work/exported"; then
        echo "relay.map (<) and librelay.so (>) do not agree"
        exit 1
    fi
    echo "ok $(wc -l <"$work/exported") symbols"
fi

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
for example in "$source"/examples/*.c; do
    name=$(basename "$example" .c)
    # shellcheck disable=SC2046 # the words of pkg-config are several arguments
    "$cc" -std=gnu11 -Wall -Werror "$example" -o "$work/$name" \
        $(pkg-config --cflags --libs relay)
    LD_LIBRARY_PATH=$prefix/lib "$work/$name" >"$work/shared.txt"
    # shellcheck disable=SC2046
    "$cc" -std=gnu11 -Wall -Werror "$example" -o "$work/$name" $(pkg-config --cflags relay) \
        "$(pkg-config --variable=libdir relay)/librelay.a" \
        $(pkg-config --static --libs relay | sed 's/-L[^ ]*//; s/-lrelay//')
    "$work/$name" >"$work/static.txt"
    echo "ok $name with pkg-config, shared and static"
done

consumer() { # NAME OPTION...: the consumer built that way runs; up to the hyphen they share a folder
    name=$1
    built=$work/${name%-*}
    shift
    "$cmake" -S "$source/tests/consumer" -B "$built" -DCMAKE_C_COMPILER="$cc" "$@" >/dev/null
    "$cmake" --build "$built" -j 2 >/dev/null
    "$built/consumer" >/dev/null
    if command -v readelf >/dev/null; then
        linked=static
        readelf -d "$built/consumer" | grep -q 'librelay\.so\.0\.1' && linked=shared
        [ "$linked" = "${name#*-}" ] || {
            echo "consumer $name is linked $linked"
            exit 1
        }
    fi
    echo "ok consumer $name"
}

found=-DCMAKE_PREFIX_PATH=$prefix
consumer found-static "$found"
consumer found-shared "$found" -DBUILD_SHARED_LIBS=ON
consumer component-static "$found" -DBUILD_SHARED_LIBS=ON -DRELAY_KIND=static
consumer component-shared "$found" -DBUILD_SHARED_LIBS=OFF -DRELAY_KIND=shared
consumer within-static -DRELAY_SOURCE="$source"
consumer within-shared -DRELAY_SOURCE="$source" -DBUILD_SHARED_LIBS=ON

# another minor version may differ, and there is no third kind
for bad in 0.0 0.2 1.0; do
    sed "s/find_package(relay 0.1/find_package(relay $bad/" "$source/tests/consumer/CMakeLists.txt" \
        >"$work/CMakeLists.txt"
    cp "$source/tests/consumer/consumer.c" "$work"
    if "$cmake" -S "$work" -B "$work/bad" -DCMAKE_C_COMPILER="$cc" "$found" \
        >/dev/null 2>&1; then
        echo "version 0.1 was taken for $bad"
        exit 1
    fi
    rm -rf "$work/bad"
done
if "$cmake" -S "$source/tests/consumer" -B "$work/bad" -DCMAKE_C_COMPILER="$cc" "$found" \
    -DRELAY_KIND=odd >/dev/null 2>&1; then
    echo "a component that is none was found"
    exit 1
fi
echo "ok wrong versions and components are refused"
