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

# Everything that a user sees is prefixed; the rest is hidden.
if command -v nm >/dev/null; then
    foreign=$(nm -D --defined-only "$prefix/lib/librelay.so" | awk '{ print $3 }' |
        grep -v '^relay_' || true)
    [ -z "$foreign" ] || {
        echo "exported without prefix: $foreign"
        exit 1
    }
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

mkdir "$work/user"
cat >"$work/user/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(user C)
find_package(relay 0.1 REQUIRED)
foreach(kind static shared)
  add_executable(user_\${kind} $source/examples/producer_consumer.c)
  target_link_libraries(user_\${kind} PRIVATE relay::relay_\${kind})
endforeach()
END
"$cmake" -S "$work/user" -B "$work/user/build" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
"$cmake" --build "$work/user/build" >/dev/null
"$work/user/build/user_static" >/dev/null
"$work/user/build/user_shared" >/dev/null
echo "ok producer_consumer with find_package, static and shared"
