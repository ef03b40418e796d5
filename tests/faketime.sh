#!/usr/bin/env bash
# Finds libfaketime, which gives one process a clock of its own, and prints the library for programs with threads on
# stdout; all else goes to stderr. Where the machine has none, it unpacks Debian's package into a private folder: no file of
# the system changes, and root is not needed. Fails where it cannot be had.
#
# ADSYNC_FAKETIME_IGNORE_SYSTEM=1 passes over what the machine has, to try the private folder.
set -euo pipefail
export LC_ALL=C

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# A library that cannot be loaded is only complained of: whether it works shows in the time that a program tells.
works() { [[ -f $1 && $(LD_PRELOAD=$1 FAKETIME='@2001-02-03 04:05:06' TZ=UTC date +%F 2>&1) == 2001-02-03 ]]; }

on_this_machine() {
    local library
    for library in /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/{lib,lib64,local/lib}/faketime/libfaketimeMT.so.1; do
        if works "$library"; then echo "$library"; return; fi
    done
    return 1
}

# One of apt's programs with lists and caches of its own, so that it works without root and leaves the system's alone.
apt() {
    apt-get -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@" \
        </dev/null >/dev/null 2>>"$work/apt.log"
}

# Unpacks the library into folder $1.
unpack() {
    local home=$1 found
    for program in apt-get dpkg; do
        command -v "$program" >/dev/null ||
            fail "libfaketime was not found, and only Debian and its kin can be helped from here: install it"
    done
    mkdir -p "${home%/*}"
    work=$(mktemp -d "$home.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work"/{lists/partial,cache/archives/partial,package,home}
    say "libfaketime is not on this machine: fetching Debian's package into $home."
    # A broken source among many is no reason to give up: what counts is whether the package can be had.
    apt -qq update || true
    (cd "$work/package" && apt -qq download libfaketime) ||
        fail "Debian's package libfaketime could not be fetched: $(tail -n 1 "$work/apt.log")"
    dpkg -x "$work"/package/*.deb "$work/tree"
    found=$(find "$work/tree" -name libfaketimeMT.so.1 -print -quit)
    [[ -n $found ]] || fail "Debian's package libfaketime does not hold libfaketimeMT.so.1"
    cp -L "$found" "$work/home/libfaketimeMT.so.1"
    works "$work/home/libfaketimeMT.so.1" || fail "libfaketime, unpacked from Debian's package, does not work here"
    chmod -R u=rwX,go=rX "$work/home"
    # Another process may have been faster; its folder is as good as ours. One that does not work is replaced.
    if ! mv -T "$work/home" "$home" 2>/dev/null && ! works "$home/libfaketimeMT.so.1"; then
        rm -rf "$home"
        mv -T "$work/home" "$home" || fail "the folder $home cannot be put in place: remove it and try again"
    fi
}

if [[ -z ${ADSYNC_FAKETIME_IGNORE_SYSTEM:-} ]] && on_this_machine; then exit; fi

cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
[[ $cache == /* ]] || fail "neither HOME nor XDG_CACHE_HOME names a folder to keep libfaketime in"
home=$cache/adsync/faketime
works "$home/libfaketimeMT.so.1" || unpack "$home"
echo "$home/libfaketimeMT.so.1"
