# shellcheck shell=bash
# The apt family behind the package interface: apt_list, apt_known, apt_version, apt_exact, apt_pick, apt_removed, apt_moved, apt_fetch,
# apt_install, apt_keep, apt_put_back, apt_remove, apt_purge.

# Where packages come from, as options: empty for the host's own sources. See use_bundle.
apt_from=()

apt_list() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u; }

# With those that are gone but for their settings.
apt_known() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^\(installed\|config-files\) //p' | sort -u; }

apt_version() { # NAME: the installed version without its epoch, or nothing
    { dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null || true; } | sed -n 's/^installed \([0-9]*:\)\{0,1\}//p'
}

# With its epoch.
apt_exact() { { dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null || true; } | sed -n 's/^installed //p'; } # NAME

# NAME=VERSION of the newest candidate whose upstream version is PREFIX or a more exact form of it: 3.4 is none of 3.40.
apt_candidate() { # NAME PREFIX
    apt-cache "${apt_from[@]}" madison "$1" 2>/dev/null | awk -F '|' -v name="$1" -v prefix="$2" \
        '{v = $2; gsub(/ /, "", v); u = v; sub(/^[0-9]+:/, "", u)}
        !found && index(u, prefix) == 1 && (prefix == "" || substr(u, length(prefix) + 1) !~ /^[0-9]/) {found = 1; print name "=" v}'
}

# Sets `picks` to what apt-get is to be told.
apt_pick() { # SPEC... where SPEC is NAME or NAME=PREFIX
    local spec name prefix pick
    picks=()
    for spec in "$@"; do
        name=${spec%%=*} prefix=${spec#"$name"}
        [ -n "$(apt_candidate "$name" "${prefix#=}")" ] || { apt_update && break; }
    done
    for spec in "$@"; do
        name=${spec%%=*} prefix=${spec#"$name"} prefix=${prefix#=}
        pick=$(apt_candidate "$name" "$prefix")
        [ -n "$pick" ] || apt_refuse "$name" "$name${prefix:+ of version $prefix}"
        picks+=("$pick")
    done
}

apt_offers() { [ -n "$(apt_candidate "$1" "$2")" ]; } # NAME PREFIX

apt_refuse() { # NAME WANTED
    local has
    has=$(apt-cache "${apt_from[@]}" madison "$1" 2>/dev/null | awk -F '|' '{gsub(/ /, "", $2); if (!seen[$2]++ && n++ < 6) printf("%s%s", (n > 1 ? ", " : ""), $2)}')
    fail "no package source of this host offers $2${has:+; of $1 they have $has}" \
        "${has:+choose one of these in datacentre:versions, if it is among those that work, or }add a source that has it${has:+ (datacentre:sources)}"
}

# What an installation of the picks would remove, by name. One that apt-get finds impossible removes nothing, and says why when it is tried.
apt_removed() {
    { apt-get "${apt_from[@]}" -s -q -y --no-install-recommends --allow-downgrades install "${picks[@]}" 2>/dev/null || true; } |
        awk '$1 == "Purg" || $1 == "Remv" {print $2}'
}

# What it would bring in another version than is here, by name.
apt_moved() {
    { apt-get "${apt_from[@]}" -s -q -y --no-install-recommends --allow-downgrades install "${picks[@]}" 2>/dev/null || true; } |
        awk '$1 == "Inst" && $3 ~ /^\[/ {print $2}'
}

apt_install() { # SPEC...
    local picks
    quietly dpkg --configure -a
    apt_pick "$@"
    without_service_starts apt-get "${apt_from[@]}" -q -y --no-install-recommends --allow-downgrades \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600 install "${picks[@]}" ||
        fail "apt-get could not install ${picks[*]}: $(grep -E '^(E|Err|dpkg)' "$log" | tail -n 3 | tr '\n' ' ')" \
            "see the lines above; is the package source reachable from this host, and is there disk space?"
}

# For an installation that follows.
apt_fetch() { # SPEC...
    local picks
    apt_pick "$@"
    quietly apt-get "${apt_from[@]}" -q -y --no-install-recommends --allow-downgrades --download-only -o DPkg::Lock::Timeout=600 install "${picks[@]}" ||
        fail "apt-get could not fetch ${picks[*]}: $(grep -E '^(E|Err)' "$log" | tail -n 3 | tr '\n' ' ')" "is the package source reachable from this host, and is there disk space?"
}

# Puts the package of what is installed into a folder.
apt_keep() { # NAME VERSION FOLDER
    (cd "$3" && quietly apt-get "${apt_from[@]}" -q download "$1=$2") || cp /var/cache/apt/archives/"$1_${2//:/%3a}"_*.deb "$3" 2>/dev/null
}

apt_put_back() { # FILE...
    quietly dpkg --configure -a
    without_service_starts apt-get -q -y --no-install-recommends --allow-downgrades \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600 install "$@"
}

apt_update() {
    quietly apt-get "${apt_from[@]}" -q -o DPkg::Lock::Timeout=600 update ||
        fail "apt-get update failed: $(grep -E '^(E|Err)' "$log" | tail -n 2 | tr '\n' ' ')" \
            "check /etc/apt/sources.list.d and whether its servers are reachable from this host"
}

# Packages must not start services with their own defaults (an etcd of one member): ours start when they are configured.
without_service_starts() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\n# datacentre: only while it installs packages\nexit 101\n' >"$policy.new"
        chmod 0755 "$policy.new" && mv "$policy.new" "$policy"
    fi
    quietly "$@" || status=$?
    apt_forget_policy
    return "$status"
}

# Also called first, for a run that was killed while it installed.
apt_forget_policy() {
    ! grep -qs '^# datacentre: only while' /usr/sbin/policy-rc.d || rm -f /usr/sbin/policy-rc.d
}

# What it was told stays.
apt_remove() { # NAME...
    without_service_starts apt-get -q -y -o DPkg::Lock::Timeout=600 remove "$@" ||
        fail "apt-get could not remove $*: $(grep -E '^(E|dpkg)' "$log" | tail -n 3 | tr '\n' ' ')" "see the lines above, and mend the package database ('dpkg --configure -a')"
}

apt_purge() { # NAME...
    apt_forget_policy
    quietly apt-get -q -y -o DPkg::Lock::Timeout=600 purge "$@"
}

# What a purge of NAME... would take along, by name.
apt_dragged() { apt-get -s -q -o DPkg::Lock::Timeout=600 purge "$@" | awk '$1 == "Purg" || $1 == "Remv" {print $2}'; }
