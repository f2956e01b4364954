# shellcheck shell=bash
# The apt family behind the package interface: apt_list, apt_known, apt_version, apt_exact, apt_pick, apt_removed, apt_moved, apt_fetch,
# apt_install, apt_keep, apt_put_back, apt_remove, apt_purge.

# Where packages come from, as options: empty for the host's own sources. See use_bundle.
apt_from=()
apt_home=/etc/apt

apt_list() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u; }

# With those that are gone but for their settings.
apt_known() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^\(installed\|config-files\) //p' | sort -u; }

apt_version() { # NAME: the installed version without its epoch, or nothing
    { dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null || true; } | sed -n 's/^installed \([0-9]*:\)\{0,1\}//p'
}

# With its epoch.
apt_exact() { { dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null || true; } | sed -n 's/^installed //p'; } # NAME

# What the sources offer of a package, as `apt-cache madison` says it, without what a publisher has besides.
apt_offered() { # NAME
    local file url besides=()
    for file in "$apt_home"/preferences.d/datacentre-*; do
        [ -e "$file" ] || continue
        ! grep -qxF "Package: $1" "$file" || continue
        url=$(sed -nE 's/^deb (\[[^]]*\] )?([^ ]+) .*/\2/p' "$apt_home/sources.list.d/${file##*/}.list" 2>/dev/null)
        [ -z "$url" ] || besides+=(-e "| $url")
    done
    apt-cache "${apt_from[@]}" madison "$1" 2>/dev/null | if [ "${#besides[@]}" -gt 0 ]; then grep -vF "${besides[@]}"; else cat; fi
}

# NAME=VERSION of the newest candidate whose upstream version is PREFIX or a more exact form of it: 3.4 is none of 3.40.
apt_candidate() { # NAME PREFIX
    apt_offered "$1" | awk -F '|' -v name="$1" -v prefix="$2" \
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
        [ -n "$pick" ] || apt_refuse_signature || true
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
    quietly apt-get "${apt_from[@]}" -q -o DPkg::Lock::Timeout=600 update || apt_refuse_signature ||
        fail "apt-get update failed: $(grep -E '^(E|Err)' "$log" | tail -n 2 | tr '\n' ' ')" \
            "check /etc/apt/sources.list.d and whether its servers are reachable from this host"
}

# Sets `why` and `remedy` where apt's last words are of a signature. They are GnuPG's; from apt 3 on, in Debian 13, Sequoia's.
apt_signature_fault() {
    local line url key whose=
    line=$(grep -aE '^(E|W|Error|Warning): .*(GPG error|OpenPGP signature verification failed): ' "$log" | tail -n 1)
    [ -n "$line" ] || return 1
    url=$(sed -nE 's/.*(GPG error|verification failed): ([a-z]+:[^ ]*).*/\2/p' <<<"$line")
    whose=$(source_of "$url")
    key=$(grep -oE '\b[0-9A-F]{40}\b|\b[0-9A-F]{16}\b' <<<"$line" | head -n 1) || true
    case $line in
        *EXPKEYSIG* | *KEYEXPIRED* | *[Ee]xpired*)
            why="$url is signed with the key $key, which has expired (EXPKEYSIG)"
            remedy="$(newer_key "$whose")"
            ;;
        *REVKEYSIG* | *"evoked"*)
            why="$url is signed with the key $key, which its owner has revoked (REVKEYSIG)"
            remedy="$(newer_key "$whose")"
            ;;
        *NO_PUBKEY* | *"issing key"*)
            why="$url is signed by another key, $key, and not by the one that is given (NO_PUBKEY)"
            remedy="if the publisher says elsewhere that this is the right one, $(newer_key "$whose")${whose:+, with its keyFingerprint}"
            ;;
        *)
            why="the index of $url is not what its publisher has signed: ${line#*: }"
            remedy="try again later, since the publisher may be at work on it; if it stays so, install nothing from there, and tell the publisher"
            ;;
    esac
}

# The name in datacentre:sources, where one of ours has the URL.
source_of() { # URL
    local file
    for file in "$apt_home"/sources.list.d/datacentre-*.list; do
        ! grep -qsF " $1 " "$file" || { file=${file##*/datacentre-} && printf '%s' "${file%.list}"; return 0; }
    done
}

newer_key() { # NAME
    if [ -n "$1" ]; then
        printf 'give the publisher'\''s newer key in datacentre:sources.%s.key' "$1"
    else
        printf 'put the newer key of that publisher where the source in /etc/apt/sources.list.d says it is; the source is none of this program'
    fi
}

# Ends the step where a signature is in the way. apt goes on with the lists of before, if it has any.
apt_refuse_signature() {
    local why remedy
    ! apt_signature_fault || fail "$why" "$remedy"
    return 1
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
