#!/usr/bin/env bash
# Makes a checkout ready: system packages, .venv with the Python packages, the project built into it.
#
#   tools/setup.sh run     what the program needs
#   tools/setup.sh dev     the same and the developers' tools (tests, linters)
#   tools/setup.sh clang   the same and clang with libFuzzer
#   tools/setup.sh aarch64 as dev, and a cross compiler with QEMU to run what it makes
#
# A step leaves a stamp in .venv/stamps: a digest of what it was made from. Where that is still true
# the step is skipped, so that a second call takes a moment only.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=.venv
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
STAMPS=$VENV/stamps
BUILD='build/{wheel_tag}' # kept between calls: only what changed is compiled again

say() { printf 'relayviz: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}

# ---------------------------------------------------------------- stamps

digest() { sha256sum | cut -d ' ' -f 1; }
is_fresh() { [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p "$STAMPS" && printf '%s\n' "$2" >"$STAMPS/$1"; }

# ---------------------------------------------------------------- system packages

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The first Python that is new enough: $PYTHON if set, else the usual names.
find_python() {
    local name
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }
has_headers() {
    "$1" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'
}
# LANGUAGE HEADER COMPILER: tried, for a compiler may lack its library
can_compile() {
    printf '#include <%s>\nint main(void) { return 0; }\n' "$2" |
        $3 -x "$1" - -o "$SCRATCH/a.out" 2>/dev/null
}
can_fuzz() {
    printf 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d && n; }\n' |
        clang -fsanitize=fuzzer,address -x c - -o "$SCRATCH/a.out" 2>/dev/null
}
can_cross() {
    printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' |
        aarch64-linux-gnu-gcc -x c - -o "$SCRATCH/a.out" 2>/dev/null &&
        qemu-aarch64 -L /usr/aarch64-linux-gnu "$SCRATCH/a.out" >/dev/null 2>&1
}

# Shared libraries that Qt's own packages do not bring: for any window, and for one on an X screen.
QT_LIBRARIES='libGL.so.1 libEGL.so.1 libX11.so.6 libxkbcommon.so.0 libdbus-1.so.3 libfontconfig.so.1
    libfreetype.so.6 libglib-2.0.so.0 libz.so.1 libzstd.so.1'
SCREEN_LIBRARIES='libxcb-cursor.so.0 libxcb-icccm.so.4 libxcb-image.so.0 libxcb-keysyms.so.1
    libxcb-randr.so.0 libxcb-render-util.so.0 libxcb-shape.so.0 libxcb-xkb.so.1
    libxkbcommon-x11.so.0 libX11-xcb.so.1'

has_libraries() { # NAME...: ldconfig is not in everybody's PATH; without any, Qt itself will tell
    local known name
    known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null) || return 0
    for name in "$@"; do
        [[ $known == *"$name "* ]] || return
    done
}
has_font() { # text without any font would be empty boxes
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
        \( -name '*.ttf' -o -name '*.otf' -o -name '*.ttc' -o -name '*.pf[ab]' \) \
        -print -quit 2>/dev/null)" ]
}

# What is missing, as words that package_names understands.
missing() {
    local python
    if python=$(find_python); then
        has_venv "$python" || echo venv
        has_headers "$python" || echo headers
    else
        printf '%s\n' python venv headers
    fi
    can_compile c stdio.h "${CC:-cc}" || echo cc
    can_compile c++ string "${CXX:-c++}" || echo c++
    # shellcheck disable=SC2086  # lists of words
    has_libraries $QT_LIBRARIES || echo qt
    # shellcheck disable=SC2086
    has_libraries $SCREEN_LIBRARIES || echo screen
    has_font || echo font
    if [ "$1" != run ]; then
        command -v Xvfb >/dev/null || echo xvfb
        { command -v chromium && command -v chromedriver; } >/dev/null || echo browser
    fi
    if [ "$1" = clang ]; then can_fuzz || echo clang; fi
    if [ "$1" = aarch64 ]; then can_cross || echo cross; fi
}

# FAMILY WORD...: the packages of a distribution family that bring what is missing.
package_names() {
    local family=$1 word
    shift
    for word in "$@"; do
        case $family:$word in
            apt:python) apt_python ;;
            apt:venv) echo "$(apt_python)-venv" ;;
            apt:headers) echo "$(apt_python)-dev" ;;
            apt:cc) echo gcc libc6-dev ;;
            apt:c++) echo g++ ;;
            apt:clang) echo clang "$(apt_clang_runtime)" ;;
            apt:cross) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ;;
            apt:qt) echo libgl1 libegl1 libx11-6 libxkbcommon0 libdbus-1-3 libfontconfig1 \
                libfreetype6 "$(apt_glib)" zlib1g libzstd1 ;;
            apt:screen) echo libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 \
                libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 \
                libx11-xcb1 ;;
            apt:font) echo fonts-dejavu-core ;;
            apt:xvfb) echo xvfb ;;
            apt:browser) echo chromium chromium-driver ;;
            dnf:python | dnf:venv) echo python3 ;;
            dnf:headers) echo python3-devel ;;
            dnf:c++ | zypper:c++) echo gcc-c++ ;;
            dnf:clang) echo clang compiler-rt ;;
            pacman:python | pacman:venv | pacman:headers) echo python ;;
            pacman:clang) echo clang compiler-rt ;;
            zypper:python | zypper:venv) echo python311 ;;
            zypper:headers) echo python311-devel ;;
            dnf:qt) echo libglvnd-glx libglvnd-egl libX11 libxkbcommon dbus-libs fontconfig freetype \
                glib2 ;;
            dnf:screen) echo xcb-util-cursor xcb-util-wm xcb-util-image xcb-util-keysyms \
                xcb-util-renderutil libxcb libxkbcommon-x11 libX11-xcb ;;
            dnf:font) echo dejavu-sans-fonts dejavu-sans-mono-fonts ;;
            dnf:browser | zypper:browser) echo chromium chromedriver ;;
            dnf:xvfb) echo xorg-x11-server-Xvfb ;;
            pacman:cross) echo aarch64-linux-gnu-gcc qemu-user ;;
            pacman:qt) echo libglvnd libx11 libxkbcommon dbus fontconfig freetype2 glib2 ;;
            pacman:screen) echo xcb-util-cursor xcb-util-wm xcb-util-image xcb-util-keysyms \
                xcb-util-renderutil libxkbcommon-x11 ;;
            pacman:font) echo ttf-dejavu ;;
            pacman:browser) echo chromium ;;
            pacman:xvfb) echo xorg-server-xvfb ;;
            zypper:qt) echo libglvnd libX11-6 libxkbcommon0 libdbus-1-3 fontconfig libfreetype6 \
                libglib-2_0-0 ;;
            zypper:screen) echo libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 \
                libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 \
                libX11-xcb1 ;;
            zypper:font) echo dejavu-fonts ;;
            zypper:xvfb) echo xorg-x11-server-Xvfb ;;
            *:cc | *:c++) echo gcc ;;
            *:clang) echo clang ;;
            *:cross) echo gcc-aarch64-linux-gnu qemu-user ;;
        esac
    done | tr ' ' '\n' | sort -u | xargs
}

apt_python() { # python3, or a newer one beside it where python3 is too old
    local minor
    minor=$(apt-cache policy python3 2>/dev/null | sed -n 's/.*Candidate: 3\.\([0-9]*\).*/\1/p')
    if [ "${minor:-11}" -ge 11 ]; then
        echo python3
    else
        apt-cache pkgnames python3.1 | grep -x 'python3\.1[1-9]' | sort | tail -n 1
    fi
}

apt_glib() { # its name got a suffix when times became 64 bits wide
    apt-cache pkgnames libglib2.0-0 | grep -xE 'libglib2\.0-0(t64)?' | sort | tail -n 1
}

apt_clang_runtime() { # the run-time library of the clang that apt would bring
    apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p' |
        head -n 1
}

tell_packages() {
    local family command
    say "missing on this system: $*. Please install it; by distribution:"
    for family in apt dnf pacman zypper; do
        command="$family install"
        [ "$family" = pacman ] && command="pacman -S --needed"
        printf '    sudo %-20s %s\n' "$command" "$(package_names "$family" "$@")" >&2
    done
    [[ " $* " != *" python "* ]] ||
        say "Python must be 3.11 or newer. To name one: make ... PYTHON=/path/to/python3.12"
    exit 1
}

system_packages() {
    local words as_root=()
    mapfile -t words < <(missing "$1")
    [ ${#words[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || tell_packages "${words[@]}"
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || tell_packages "${words[@]}"
        as_root=(sudo -n)
    fi
    apt_install || tell_packages "${words[@]}"
    mapfile -t words < <(missing "$1")
    [ ${#words[@]} -eq 0 ] || tell_packages "${words[@]}"
}

apt_install() { # words and as_root are its caller's; update first: a fresh system has no lists
    local packages
    "${as_root[@]}" apt-get -qq update || return
    read -ra packages <<<"$(package_names apt "${words[@]}")"
    say "installing with apt: ${packages[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends "${packages[@]}" >/dev/null
}

# ---------------------------------------------------------------- the Python environment

# One that was moved is useless: its programs name the place it was made for.
has_environment() {
    grep -qsF "$PWD/$VENV" "$VENV/bin/activate" && is_new_enough "$VENV/bin/python"
}

environment() {
    say "making the Python environment in $VENV"
    "$(find_python)" -m venv --clear "$VENV"
}

packages_key() { cat pyproject.toml tools/setup.sh | digest; }

requirements() { # GROUP: what pyproject.toml lists, and the tools that build the project
    "$VENV/bin/python" - "$1" <<'PYTHON'
import sys
import tomllib
from pathlib import Path

pyproject = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
project = pyproject["project"]
wanted = [*pyproject["build-system"]["requires"], *project["dependencies"], "cmake>=3.22", "ninja"]
if sys.argv[1] == "dev":
    wanted += project["optional-dependencies"]["dev"]
print("\n".join(wanted))
PYTHON
}

pip_install() { "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }

python_packages() {
    local list=$VENV/requirements-$1.txt
    requirements "$1" >"$list"
    say "installing Python packages (the first time takes a minute)"
    pip_install -r "$list" || fail "pip could not install what $list lists: is there a network?"
    stamp "packages-$1" "$(packages_key)"
}

# ---------------------------------------------------------------- the project

project_key() {
    {
        cat pyproject.toml
        find relayviz -name "*.py" | LC_ALL=C sort # an editable install knows its files by name
        find core/CMakeLists.txt core/*.cmake core/include core/src core/bindings core/inside core/agent -type f |
            LC_ALL=C sort | xargs sha256sum
    } | digest
}

project() {
    say "building the native module"
    CC=${CC:-cc} CXX=${CXX:-c++} pip_install --no-build-isolation --no-deps \
        --config-settings=build-dir="$BUILD" --editable . || fail "the native module was not built"
    stamp project "$(project_key)"
}

main() {
    local goal=${1:-run} group=dev
    case $goal in
        run) group=run ;;
        dev) ;;
        clang) can_fuzz || system_packages clang ;;
        aarch64) can_cross || system_packages aarch64 ;;
        *) fail "unknown goal '$goal': run, dev, clang or aarch64" ;;
    esac
    if has_environment && is_fresh "packages-$group" "$(packages_key)" &&
        is_fresh project "$(project_key)"; then
        return
    fi
    system_packages "$goal"
    has_environment || environment
    is_fresh "packages-$group" "$(packages_key)" || python_packages "$group"
    is_fresh project "$(project_key)" || project
}

main "$@"
