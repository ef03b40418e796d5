#!/usr/bin/env bash
# Finds what some tests need and few machines have, and prints where it is on stdout; all else goes to stderr.
#
#   tests/programs.sh chromium     the driver of a browser, and the browser: DRIVER:BROWSER
#   tests/programs.sh faketime     the library for programs with threads that gives one process a clock of its own
#   tests/programs.sh pgbouncer    the pooler's program
#
# Where the machine lacks it, Debian's packages are unpacked into a private folder: no service is started, no file of the
# system changes, and root is not needed. Fails where it cannot be had.
#
# ADSYNC_PROGRAMS_IGNORE_SYSTEM=1 passes over what the machine has, to try the private folder.
set -euo pipefail
export LC_ALL=C

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

runs() { [[ -x $1 ]] && "$1" --version >/dev/null 2>&1; }

# Each of the three has `..._here`, which prints what the machine has; `..._packages`, which lists Debian's;
# `..._launchers`, which makes the tree usable that they are unpacked into; and `..._in`, which prints what a folder holds,
# where it works.

chromium_here() {
    local driver browser found=
    for driver in "$(command -v chromedriver || true)" /usr/bin/chromedriver /usr/lib/chromium-browser/chromedriver; do
        if [[ -n $driver ]] && runs "$driver"; then found=$driver; break; fi
    done
    [[ -n $found ]] || return 1
    for browser in "$(command -v chromium || true)" /usr/bin/chromium /usr/bin/chromium-browser; do
        if [[ -n $browser ]] && runs "$browser"; then echo "$found:$browser"; return; fi
    done
    return 1
}

# What an installation would add is what this machine lacks; nothing is installed.
chromium_packages() {
    printf '%s\n' chromium chromium-common chromium-driver fonts-dejavu-core
    apt apt-get -s --no-install-recommends install chromium chromium-driver | sed -n 's/^Inst \([^ ]*\) .*/\1/p'
}

chromium_launchers() {
    launcher "$1/chromedriver" usr/bin/chromedriver
    launcher "$1/chromium" usr/lib/chromium/chromium
}

chromium_in() { runs "$1/chromedriver" && runs "$1/chromium" && echo "$1/chromedriver:$1/chromium"; }

# A library that cannot be loaded is only complained of: whether it works shows in the time that a program tells.
moves_clocks() { [[ -f $1 && $(LD_PRELOAD=$1 FAKETIME='@2001-02-03 04:05:06' TZ=UTC date +%F 2>&1) == 2001-02-03 ]]; }

faketime_here() {
    local library
    for library in /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/{lib,lib64,local/lib}/faketime/libfaketimeMT.so.1; do
        if moves_clocks "$library"; then echo "$library"; return; fi
    done
    return 1
}

faketime_packages() { echo libfaketime; }

faketime_launchers() { cp -L "$1"/tree/usr/lib/*/faketime/libfaketimeMT.so.1 "$1"; }

faketime_in() { moves_clocks "$1/libfaketimeMT.so.1" && echo "$1/libfaketimeMT.so.1"; }

pgbouncer_here() {
    local program
    for program in "$(command -v pgbouncer || true)" /usr/sbin/pgbouncer /usr/local/sbin/pgbouncer /usr/local/bin/pgbouncer; do
        if [[ -n $program ]] && runs "$program"; then echo "$program"; return; fi
    done
    return 1
}

# Only the libraries that few other programs need: the rest is on every machine, and what serves its service is not wanted.
pgbouncer_packages() {
    echo pgbouncer
    apt apt-cache depends pgbouncer | grep -oE 'lib(event|c-ares)[^ ]*$'
}

pgbouncer_launchers() { launcher "$1/pgbouncer" usr/sbin/pgbouncer; }

pgbouncer_in() { runs "$1/pgbouncer" && echo "$1/pgbouncer"; }

# One of apt's programs with lists and caches of its own, so that it works without root and leaves the system's alone.
apt() {
    local program=$1
    shift
    "$program" -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root \
        -o Debug::NoLocking=true "$@" </dev/null 2>>"$work/apt.log"
}

# Makes $1 start the program $2 of the tree beside it, which finds the libraries and fonts there, wherever the folder is.
launcher() {
    cat >"$1" <<LAUNCHER
#!/bin/bash
here=\$(dirname "\$(readlink -f "\$0")")/tree
for folder in "\$here"/usr/lib/*-linux-gnu* "\$here"/lib/*-linux-gnu*; do libraries+=\${libraries:+:}\$folder; done
export LD_LIBRARY_PATH=\$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
export XDG_DATA_DIRS=\$here/usr/share:\${XDG_DATA_DIRS:-/usr/local/share:/usr/share}
[[ -e /etc/fonts/fonts.conf ]] || export FONTCONFIG_PATH=\$here/etc/fonts
exec "\$here/$2" "\$@"
LAUNCHER
    chmod 755 "$1"
}

# Unpacks Debian's packages into folder $1.
unpack() {
    local home=$1 package packages program
    for program in apt-get dpkg; do
        command -v "$program" >/dev/null ||
            fail "$name was not found, and only Debian and its kin can be helped from here: install it"
    done
    mkdir -p "${home%/*}"
    work=$(mktemp -d "$home.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work"/{lists/partial,cache/archives/partial,packages,home/tree}
    say "$name is not on this machine: fetching Debian's packages into $home."
    # A broken source among many is no reason to give up: what counts is whether the packages can be had.
    apt apt-get -qq update >/dev/null || true
    mapfile -t packages < <("${what}_packages" | sort -u)
    (cd "$work/packages" && apt apt-get -qq download "${packages[@]}" >/dev/null) ||
        fail "Debian's packages of $name could not be fetched: $(tail -n 1 "$work/apt.log")"
    for package in "$work"/packages/*.deb; do dpkg -x "$package" "$work/home/tree"; done
    "${what}_launchers" "$work/home"
    "${what}_in" "$work/home" >/dev/null || fail "$name, unpacked from Debian's packages, does not run here"
    chmod -R u=rwX,go=rX "$work/home"
    # Another process may have been faster; its folder is as good as ours. One that does not work is replaced.
    if ! mv -T "$work/home" "$home" 2>/dev/null && ! "${what}_in" "$home" >/dev/null; then
        rm -rf "$home"
        mv -T "$work/home" "$home" || fail "the folder $home cannot be put in place: remove it and try again"
    fi
}

what=${1-}
case $what in
    chromium) name=Chromium ;;
    faketime) name=libfaketime ;;
    pgbouncer) name=PgBouncer ;;
    *) fail "name what is needed: chromium, faketime or pgbouncer" ;;
esac
if [[ -z ${ADSYNC_PROGRAMS_IGNORE_SYSTEM:-} ]] && "${what}_here"; then exit; fi

if (( $(id -u) == 0 )); then
    # PgBouncer never runs as root, so others must be able to read this.
    cache=/var/cache
    umask 022
else
    cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
    [[ $cache == /* ]] || fail "neither HOME nor XDG_CACHE_HOME names a folder to keep $name in"
fi
home=$cache/adsync/$what
"${what}_in" "$home" && exit
unpack "$home"
"${what}_in" "$home"
