# shellcheck shell=bash
# The yum family behind the package interface: yum_list, yum_known, yum_version, yum_exact, yum_pick, yum_removed, yum_moved, yum_fetch,
# yum_install, yum_keep, yum_put_back, yum_remove, yum_purge. RPM packages do not start services when they are installed, and may restart them
# when they are upgraded.

# Where packages come from, as options: empty for the host's own repositories. See use_bundle.
yum_from=()

yum_tool() { if command -v dnf >/dev/null; then printf dnf; else printf yum; fi; }

yum_list() { rpm -qa --qf '%{NAME}\n' | sort -u; }

yum_known() { yum_list; }

# With the release, which tells builds of one version apart: 1.11.0-0.9.0.el9.
yum_version() { # NAME
    local version
    version=$(rpm -q --qf '%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null | tail -n 1) || return 0
    printf '%s\n' "$version"
}

# With its release.
yum_exact() { rpm -q --qf '%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null | grep -v 'not installed' | tail -n 1 || true; } # NAME

# Sets `picks` to what the tool is to be told.
yum_pick() { # SPEC... where SPEC is NAME or NAME=PREFIX
    local spec name prefix
    picks=()
    for spec in "$@"; do
        name=${spec%%=*} prefix=${spec#"$name"} prefix=${prefix#=}
        picks+=("$name${prefix:+-${prefix}[!0-9]*}")
    done
}

yum_offers() { # NAME PREFIX
    "$(yum_tool)" "${yum_from[@]}" -q --showduplicates list "$1${2:+-${2}[!0-9]*}" >/dev/null 2>&1
}

yum_refuse() { # NAME WANTED
    fail "no repository of this host offers $2" \
        "check its repositories with '$(yum_tool) repolist', and the versions that they have with '$(yum_tool) list --showduplicates $1'; add one in datacentre:sources, or choose a version that is there in datacentre:versions"
}

# What an installation of the picks would remove, by name: what others obsolete stands below them, the rest under a title of its own.
yum_removed() {
    { "$(yum_tool)" "${yum_from[@]}" --assumeno --setopt=install_weak_deps=False install "${picks[@]}" 2>/dev/null || true; } |
        awk '/^ +replacing +/ {sub(/\.[^.]*$/, "", $2); print $2; next}
        /^[A-Z]/ {removing = /^Removing/} /^$/ {removing = 0}
        removing && /^ [^ ]/ {print $1}'
}

# What it would bring in another version than is here, by name.
yum_moved() {
    { "$(yum_tool)" "${yum_from[@]}" --assumeno --setopt=install_weak_deps=False install "${picks[@]}" 2>/dev/null || true; } |
        awk '/^[A-Z]/ {moving = /^(Upgrading|Updating|Downgrading)/} /^$/ {moving = 0} moving && /^ [^ ]/ {print $1}'
}

yum_install() { # SPEC...
    local picks
    yum_pick "$@"
    quietly "$(yum_tool)" "${yum_from[@]}" -q -y --setopt=install_weak_deps=False install "${picks[@]}" || yum_refuse_signature ||
        fail "$(yum_tool) could not install ${picks[*]}: $(grep -iE 'error|no match' "$log" | tail -n 3 | tr '\n' ' ')" \
            "check the host's repositories with '$(yum_tool) repolist', and the versions they have with '$(yum_tool) list --showduplicates'"
}

# For an installation that follows. yum 3 ends it with an error of its own.
yum_fetch() { # SPEC...
    local picks said
    yum_pick "$@"
    said=$("$(yum_tool)" "${yum_from[@]}" -q -y --setopt=install_weak_deps=False --downloadonly install "${picks[@]}" 2>&1) || [[ $said == *ownload\ ?nly* ]] ||
        fail "$(yum_tool) could not fetch ${picks[*]}: $(grep -iE 'error|no match' <<<"$said" | tail -n 3 | tr '\n' ' ')" "are the host's repositories reachable, and is there disk space?"
}

yum_remove() { quietly "$(yum_tool)" -q -y remove "$@"; } # NAME...

# Puts the package of what is installed into a folder.
yum_keep() { # NAME VERSION FOLDER
    quietly "$(yum_tool)" "${yum_from[@]}" -q -y --downloadonly --downloaddir="$3" reinstall "$1-$2" || true
    compgen -G "$3/$1-$2*.rpm" >/dev/null
}

yum_put_back() { quietly "$(yum_tool)" --disablerepo='*' -q -y downgrade "$@"; } # FILE...

# Sets `why` and `remedy` where a package's signature or the key is what is wrong.
yum_signature_fault() {
    local line whose
    line=$(grep -aE 'GPG check FAILED|Public key for .* is not installed|not correct for this package|[Kk]ey.*(expired|not alive)' "$log" | tail -n 1)
    [ -n "$line" ] || return 1
    whose=$(sed -nE 's/.*GPG keys listed for the "([A-Za-z]+), for datacentre".*/\1/p; s:.*rpm-gpg/datacentre-([A-Za-z]+).*:\1:p' "$log" | tail -n 1)
    why="packages are not signed with the key that is given, or that has expired: $line"
    remedy="if the publisher says elsewhere that it has a newer key, give that in datacentre:sources.${whose:-NAME}.key; else install nothing from there"
}

yum_refuse_signature() {
    local why remedy
    ! yum_signature_fault || fail "$why" "$remedy"
    return 1
}

yum_purge() { quietly "$(yum_tool)" -q -y remove "$@"; }

# What a removal of NAME... would take along, by name.
yum_dragged() {
    rpm -q --whatrequires --qf '%{NAME}\n' "$@" 2>/dev/null | grep -v '^no package' || true
}
