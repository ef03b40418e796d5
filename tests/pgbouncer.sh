#!/usr/bin/env bash
# Finds PgBouncer and prints its program on stdout; all else goes to stderr. Where the machine has none, it unpacks
# Debian's package into a private folder: no service is started, no file of the system changes, and root is not needed.
# Fails where it cannot be had.
#
# ADSYNC_PGBOUNCER_IGNORE_SYSTEM=1 passes over what the machine has, to try the private folder.
set -euo pipefail
export LC_ALL=C

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

runs() { [[ -x $1 ]] && "$1" --version >/dev/null 2>&1; }

on_this_machine() {
    local program
    for program in "$(command -v pgbouncer || true)" /usr/sbin/pgbouncer /usr/local/sbin/pgbouncer /usr/local/bin/pgbouncer; do
        if [[ -n $program ]] && runs "$program"; then echo "$program"; return; fi
    done
    return 1
}

# One of apt's programs with lists and caches of its own, so that it works without root and leaves the system's alone.
apt() {
    local program=$1
    shift
    "$program" -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@" \
        </dev/null 2>>"$work/apt.log"
}

# Unpacks PgBouncer into folder $1, with the libraries that few other programs need: the rest is on every machine.
unpack() {
    local home=$1 libraries package packages
    for program in apt-get dpkg; do
        command -v "$program" >/dev/null ||
            fail "PgBouncer was not found, and only Debian and its kin can be helped from here: install it and put it on PATH"
    done
    mkdir -p "${home%/*}"
    work=$(mktemp -d "$home.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work"/{lists/partial,cache/archives/partial,packages,home/tree}
    say "PgBouncer is not on this machine: fetching Debian's package into $home."
    # A broken source among many is no reason to give up: what counts is whether the package can be had.
    apt apt-get -qq update >/dev/null || true
    mapfile -t packages < <(apt apt-cache depends pgbouncer | grep -oE 'lib(event|c-ares)[^ ]*$')
    (cd "$work/packages" && apt apt-get -qq download pgbouncer "${packages[@]}" >/dev/null) ||
        fail "Debian's package of PgBouncer could not be fetched: $(tail -n 1 "$work/apt.log")"
    for package in "$work"/packages/*.deb; do dpkg -x "$package" "$work/home/tree"; done
    libraries=$(cd "$work/home/tree/usr" && echo lib/*-linux-gnu*)
    cat >"$work/home/pgbouncer" <<LAUNCHER
#!/bin/sh
here=\$(dirname "\$0")/tree
export LD_LIBRARY_PATH="\$here/usr/$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
exec "\$here/usr/sbin/pgbouncer" "\$@"
LAUNCHER
    chmod 755 "$work/home/pgbouncer"
    runs "$work/home/pgbouncer" ||
        fail "PgBouncer, unpacked from Debian's package, does not run here: $("$work/home/pgbouncer" --version 2>&1 | tail -n 1)"
    chmod -R u=rwX,go=rX "$work/home"
    # Another process may have been faster; its folder is as good as ours. One that does not run is replaced.
    if ! mv -T "$work/home" "$home" 2>/dev/null && ! runs "$home/pgbouncer"; then
        rm -rf "$home"
        mv -T "$work/home" "$home" || fail "the folder $home cannot be put in place: remove it and try again"
    fi
}

if [[ -z ${ADSYNC_PGBOUNCER_IGNORE_SYSTEM:-} ]] && on_this_machine; then exit; fi

if (( $(id -u) == 0 )); then
    # It never runs as root, so others must be able to read this.
    cache=/var/cache
    umask 022
else
    cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
    [[ $cache == /* ]] || fail "neither HOME nor XDG_CACHE_HOME names a folder to keep PgBouncer in"
fi
home=$cache/adsync/pgbouncer
runs "$home/pgbouncer" || unpack "$home"
echo "$home/pgbouncer"
