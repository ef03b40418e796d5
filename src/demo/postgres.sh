#!/usr/bin/env bash
# Finds the programs of a PostgreSQL server, 15 or newer, and prints their folder on stdout; all else goes to stderr.
# Where the machine has none, it unpacks Debian's packages into a private folder: no service is started, no file of the
# system changes, and root is not needed. `adsync demo` carries this file, and tests/run calls it.
#
# ADSYNC_POSTGRES_IGNORE_SYSTEM=1 passes over what the machine has, to try the private folder.
set -euo pipefail
export LC_ALL=C

oldest=15

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# Prints the major version of the server programs in folder $1; fails where they are missing, too old or do not run.
version_in() {
    [[ -x "$1/initdb" && -x "$1/postgres" ]] || return 1
    local words
    words=$("$1/postgres" --version 2>/dev/null) || return 1
    [[ $words =~ \)\ ([0-9]+) ]] || return 1
    (( BASH_REMATCH[1] >= oldest )) || return 1
    printf '%s\n' "${BASH_REMATCH[1]}"
}

# Prints the folder of the machine's own server: what PATH names, then pg_config, then the newest of the usual places.
on_this_machine() {
    local folder program version newest=0 found=""
    if program=$(command -v initdb); then
        # Links into /usr/local/bin are common, and often only some of the programs have one.
        for folder in "$(dirname "$(readlink -f "$program" || echo "$program")")" "$(dirname "$program")"; do
            if version_in "$folder" >/dev/null; then echo "$folder"; return; fi
        done
    fi
    if folder=$(pg_config --bindir 2>/dev/null) && version_in "$folder" >/dev/null; then echo "$folder"; return; fi
    for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
        version=$(version_in "$folder") || continue
        if (( version > newest )); then newest=$version found=$folder; fi
    done
    [[ -n $found ]] && echo "$found"
}

# Prints the lines `package=version` that a server needs and the machine lacks. Its list of installed packages is $1.
missing_packages() {
    # LLVM only speeds up long queries, Perl and the locales serve Debian's own tools: most of the download, not needed.
    apt "$1" install -s --no-install-recommends postgresql |
        awk '$1 == "Inst" { v = $0; sub(/^[^(]*\(/, "", v); sub(/ .*/, "", v); print $2 "=" v }' |
        grep -vE '^(libllvm|libz3-|libperl|perl|locales=|libc-l10n)' || true
}

# apt-get with lists and caches of its own, so that it works without root and leaves the system's alone.
apt() {
    local status=$1
    shift
    apt-get -qq -o Dir::State::status="$status" -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User=root "$@" </dev/null 2>>"$work/apt.log"
}

# Writes one program per server program into $1/bin: it finds the libraries unpacked beside it, wherever the folder is.
write_launchers() {
    local bin libraries program name
    bin=$(cd "$1/tree" && echo usr/lib/postgresql/*/bin)
    libraries=$(cd "$1/tree/usr" && echo lib/*-linux-gnu*)
    mkdir "$1/bin"
    for program in "$1/tree/$bin"/*; do
        name=${program##*/}
        cat >"$1/bin/$name" <<LAUNCHER
#!/bin/sh
here=\$(dirname "\$0")/../tree
export LD_LIBRARY_PATH="\$here/usr/$libraries:\$here/$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
exec "\$here/$bin/$name" "\$@"
LAUNCHER
        chmod 755 "$1/bin/$name"
    done
}

# Unpacks Debian's packages into folder $1.
install_from_debian() {
    local home=$1 packages=() package
    for program in apt-get dpkg; do
        command -v "$program" >/dev/null ||
            fail "No PostgreSQL $oldest or newer was found, and only Debian and its kin can be helped from here: install your system's PostgreSQL server and put the folder of its initdb on PATH."
    done
    mkdir -p "${home%/*}" 2>/dev/null ||
        fail "The folder ${home%/*} cannot be made: name one that can in XDG_CACHE_HOME, or install the package postgresql."
    work=$(mktemp -d "$home.XXXXXX") || fail "The folder ${home%/*} cannot be written: make it writable, or install the package postgresql."
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work"/{lists/partial,cache/archives/partial,packages,home/tree}

    say "PostgreSQL is not on this machine: fetching Debian's packages into $home, which takes about half a minute."
    # A broken source among many is no reason to give up: what counts is whether the packages can be had.
    apt /var/lib/dpkg/status update >/dev/null || true
    missing_packages /var/lib/dpkg/status >"$work/missing"
    mapfile -t packages <"$work/missing"
    if [[ " ${packages[*]}" != *" postgresql-"[0-9]* ]]; then
        # Installed for dpkg, yet of no use to us (too old, or told to be passed over): reckon as if it were not there.
        awk -v RS= -v ORS='\n\n' '!/^Package: postgresql/' /var/lib/dpkg/status >"$work/status"
        missing_packages "$work/status" >"$work/missing"
        mapfile -t packages <"$work/missing"
    fi
    for package in "${packages[@]}"; do
        [[ $package =~ ^postgresql-([0-9]+)= ]] || continue
        (( BASH_REMATCH[1] >= oldest )) ||
            fail "This system's packages offer PostgreSQL ${BASH_REMATCH[1]}, and $oldest or newer is needed: add the PostgreSQL project's own package source, or run on a newer Debian."
    done
    if [[ " ${packages[*]}" != *" postgresql-"[0-9]* ]]; then
        tail -n 5 "$work/apt.log" >&2
        fail "Debian's packages cannot be reached or do not offer PostgreSQL: check the network and apt's sources, or install the package postgresql."
    fi

    if ! (cd "$work/packages" && apt /var/lib/dpkg/status download "${packages[@]}" >/dev/null); then
        tail -n 5 "$work/apt.log" >&2
        fail "Debian's packages of PostgreSQL could not be fetched: check the network and try again."
    fi
    for package in "$work"/packages/*.deb; do
        dpkg -x "$package" "$work/home/tree" || fail "The package ${package##*/} could not be unpacked: check that the disk of ${home%/*} has 200 MB free."
    done
    rm -f "$work"/home/tree/usr/lib/postgresql/*/lib/llvmjit*.so
    write_launchers "$work/home"
    version_in "$work/home/bin" >/dev/null ||
        fail "The server unpacked from Debian's packages does not run here: $("$work/home/bin/postgres" --version 2>&1 | tail -n 1); install the package postgresql instead."
    chmod -R u=rwX,go=rX "$work/home"
    # Another process may have been faster; its folder is as good as ours. One that does not run is replaced.
    if ! mv -T "$work/home" "$home" 2>/dev/null && ! version_in "$home/bin" >/dev/null; then
        rm -rf "$home"
        mv -T "$work/home" "$home" || fail "The folder $home cannot be put in place: remove it and try again."
    fi
    [[ -e /usr/share/zoneinfo ]] || say "Warning: the package tzdata is missing, so this server knows no time zone but UTC."
}

if [[ -z ${ADSYNC_POSTGRES_IGNORE_SYSTEM:-} ]] && on_this_machine; then exit; fi

if (( $(id -u) == 0 )); then
    # The server never runs as root, so others must be able to read this.
    cache=/var/cache
    umask 022
else
    cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
    [[ $cache == /* ]] || fail "Neither HOME nor XDG_CACHE_HOME names a folder to keep PostgreSQL in: set one of them, or install the package postgresql."
fi
home=$cache/adsync/postgres
version_in "$home/bin" >/dev/null || install_from_debian "$home"
echo "$home/bin"
