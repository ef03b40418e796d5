#!/usr/bin/env bash
# Finds Chromium and the driver through which programs use it, and prints both as `DRIVER:BROWSER` on stdout; all else goes
# to stderr. Where the machine lacks them, it unpacks Debian's packages, with the libraries that the machine lacks, into a
# private folder: no file of the system changes, and root is not needed. Fails where they cannot be had.
#
# ADSYNC_CHROMIUM_IGNORE_SYSTEM=1 passes over what the machine has, to try the private folder.
set -euo pipefail
export LC_ALL=C

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

runs() { [[ -x $1 ]] && "$1" --version >/dev/null 2>&1; }

on_this_machine() {
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

# One of apt's programs with lists and caches of its own, so that it works without root and leaves the system's alone.
apt() {
    apt-get -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root \
        -o Debug::NoLocking=true "$@" </dev/null 2>>"$work/apt.log"
}

# Unpacks both into folder $1.
unpack() {
    local home=$1 package packages name
    for name in apt-get dpkg; do
        command -v "$name" >/dev/null ||
            fail "Chromium and its driver were not found, and only Debian and its kin can be helped from here: install them"
    done
    mkdir -p "${home%/*}"
    work=$(mktemp -d "$home.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work"/{lists/partial,cache/archives/partial,packages,home/tree}
    say "Chromium is not on this machine: fetching Debian's packages into $home."
    # A broken source among many is no reason to give up: what counts is whether the packages can be had.
    apt -qq update >/dev/null || true
    # What an installation would add is what this machine lacks; nothing is installed.
    mapfile -t packages < <({
        printf '%s\n' chromium chromium-common chromium-driver fonts-dejavu-core
        apt -s --no-install-recommends install chromium chromium-driver | sed -n 's/^Inst \([^ ]*\) .*/\1/p'
    } | sort -u)
    (cd "$work/packages" && apt -qq download "${packages[@]}" >/dev/null) ||
        fail "Debian's packages of Chromium could not be fetched: $(tail -n 1 "$work/apt.log")"
    for package in "$work"/packages/*.deb; do dpkg -x "$package" "$work/home/tree"; done
    # Chromium finds its parts beside itself; libraries and fonts have to be shown to both.
    for name in chromedriver:usr/bin/chromedriver chromium:usr/lib/chromium/chromium; do
        cat >"$work/home/${name%%:*}" <<LAUNCHER
#!/bin/bash
here=\$(dirname "\$(readlink -f "\$0")")/tree
for folder in "\$here"/usr/lib/*-linux-gnu* "\$here"/lib/*-linux-gnu*; do libraries+=\${libraries:+:}\$folder; done
export LD_LIBRARY_PATH=\$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
export XDG_DATA_DIRS=\$here/usr/share:\${XDG_DATA_DIRS:-/usr/local/share:/usr/share}
[[ -e /etc/fonts/fonts.conf ]] || export FONTCONFIG_PATH=\$here/etc/fonts
exec "\$here/${name#*:}" "\$@"
LAUNCHER
        chmod 755 "$work/home/${name%%:*}"
        runs "$work/home/${name%%:*}" ||
            fail "${name%%:*}, unpacked from Debian's package, does not run here: $("$work/home/${name%%:*}" --version 2>&1 | tail -n 1)"
    done
    chmod -R u=rwX,go=rX "$work/home"
    # Another process may have been faster; its folder is as good as ours. One that does not run is replaced.
    if ! mv -T "$work/home" "$home" 2>/dev/null && ! runs "$home/chromium"; then
        rm -rf "$home"
        mv -T "$work/home" "$home" || fail "the folder $home cannot be put in place: remove it and try again"
    fi
}

if [[ -z ${ADSYNC_CHROMIUM_IGNORE_SYSTEM:-} ]] && on_this_machine; then exit; fi

cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
[[ $cache == /* ]] || fail "neither HOME nor XDG_CACHE_HOME names a folder to keep Chromium in"
home=$cache/adsync/chromium
{ runs "$home/chromedriver" && runs "$home/chromium"; } || unpack "$home"
echo "$home/chromedriver:$home/chromium"
