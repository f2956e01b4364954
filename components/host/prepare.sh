# shellcheck shell=bash
# The first step on every host: claims it for the stack, and prepares its operating system and packages.

converge() {
    check_host
    know_steps
    local fresh=
    [ -s "$state/claim" ] || fresh=yes
    claim
    keep_scripts
    # Left by a destroy that was asked to delete data and did not come to its end.
    rm -f "$purge_flag"
    choose_time_unit
    use_mirror
    put_repositories
    check_removals "$fresh"
    put_disks
    bring_back
    take_back_begun "$described_steps"
    quiet_guards
    # Without localhost, GlusterFS' helpers do not find their daemon.
    without_block /etc/hosts | grep -w localhost >/dev/null || hosts_block=$'127.0.0.1\tlocalhost\n'$hosts_block
    put_block /etc/hosts "$hosts_block"
    for kept in "${data_dirs[@]}"; do remember_empty "$kept"; done
    lend_tools
    install_packages
    keep_time
}

claim() {
    [ -s "$state/claim" ] || { mkdir -p "$state" && printf '%s' "$stack" >"$state/claim.new" && mv "$state/claim.new" "$state/claim"; }
    mkdir -p "$state/done"
}

# What this host was sent for its steps (unpack.sh) is kept only once the host is ours.
keep_scripts() {
    local home=$state/scripts one
    [ -n "${scripts_home-}" ] && [ "$scripts_home" != "$home" ] || return 0
    (umask 077 && mkdir -p "$home")
    for one in "$scripts_home"/*; do cp "$one" "$home/.new" && mv -f "$home/.new" "$home/${one##*/}"; done
    # Last, the mark of their being whole.
    sync "$home"/* && : >"$home/$pack"
    rm -rf "$scripts_home" "$sent"
    scripts_home=$home
}

# SELinux and firewalld as document 000 wants them: permissive, and off.
quiet_guards() {
    if command -v getenforce >/dev/null && [ "$(getenforce)" = Enforcing ]; then
        mkdir -p "$state" && : >"$state/setenforce"
        quietly setenforce 0
        changed "set SELinux to permissive"
    fi
    if [ -f /etc/selinux/config ] && grep -q '^SELINUX=enforcing' /etc/selinux/config; then
        put_file /etc/selinux/config 0644 root:root "$(sed 's/^SELINUX=enforcing/SELINUX=permissive/' /etc/selinux/config)"$'\n'
    fi
    if unit_is active firewalld || unit_is enabled firewalld; then
        mkdir -p "$state/units"
        [ -e "$state/units/firewalld" ] || printf 'enabled active\n' >"$state/units/firewalld"
        quietly systemctl disable --now firewalld
        changed "stopped firewalld"
    fi
}

# Which data directories were not there before us: packages make them as well, so this is asked before any is installed.
remember_empty() { # PATH
    [ -e "$state/data$1" ] || [ -e "$1" ] || { mkdir -p "$state/data${1%/*}" && : >"$state/data$1"; }
}

# Sets `missing` to those of the described packages that are not there in the described version.
find_missing() {
    local wanted spec specs
    missing=()
    if [ "$family" = apt ]; then wanted=("${apt_packages[@]}"); else wanted=("${yum_packages[@]}"); fi
    [ -z "$time_package" ] || wanted+=("$time_package")
    command -v curl >/dev/null || wanted+=(curl)
    settle_packages
    choose "${wanted[@]}"
    for spec in "${specs[@]}"; do is_there "$spec" || other_is_there "${spec%%=*}" || is_left "$spec" || missing+=("$spec"); done
}

# Whether a package that is here in another version is left to the step that upgrades it in this host's turn: it has set it up before.
is_left() { # SPEC
    local line
    [ -n "$("${family}_version" "${1%%=*}")" ] || return 1
    for line in "${rolled[@]}"; do
        [ "${line#* }" != "${1%%=*}" ] || [ ! -e "$state/done/${line%% *}" ] || return 0
    done
    return 1
}

# What steps need that upgrade their own packages (step/helpers/upgrade.sh), as it is here.
lend_tools() {
    {
        printf 'family=%s apt_home=%s\n' "$family" "$apt_home"
        list_text apt_from "${apt_from[@]}"
        list_text yum_from "${yum_from[@]}"
        declare -f choose choices_of names_of wish_of present_choice offered_choice offered_of is_offered is_fit begins_with is_between no_choice name_lacking
        declare -f is_there settle_packages without_service_starts source_of newer_key
        # shellcheck disable=SC2046 # names of functions
        declare -f $(compgen -A function "${family}_")
    } >"$state/packages.sh.new"
    mv -f "$state/packages.sh.new" "$state/packages.sh"
}

# Where the description leaves it to the host which package of a program it has.
other_is_there() { # NAME
    local one list=(${apt_instead[@]+"${apt_instead[@]}"})
    [ "$family" = apt ] || list=(${yum_instead[@]+"${yum_instead[@]}"})
    for one in ${list[@]+"${list[@]}"}; do
        if [ "${one%% *}" = "$1" ] && is_there "${one#* }"; then return 0; fi
    done
    return 1
}

is_there() { # NAME or NAME=PREFIX
    is_fit "${1%%=*}" "${1#"${1%%=*}"}"
}

# What is there stays, but for what a transaction of ours had brought. Asked before anything but the package sources is touched, and those are
# put back on a host that is new here.
check_removals() { # FRESH
    local missing picks others replaced tool=apt-get
    find_missing
    [ "${#missing[@]}" -gt 0 ] || return 0
    "${family}_pick" "${missing[@]}"
    find_replaced
    refuse_needed
    others=$({ "${family}_removed"; printf '%s\n' ${replaced[@]+"${replaced[@]}"}; } | sed '/^$/d' | sort -u | comm -23 - <(sort -u "$state/packages" 2>/dev/null) | tr '\n' ' ')
    [ -n "$others" ] || return 0
    others=${others% }
    [ "$family" = apt ] || tool=$(yum_tool)
    [ -z "$1" ] || undo
    [[ " ${replaced[*]-} " != *" $others "* ]] || fail "$others is here, which this program has not installed, and ${picks[*]} brings the same files" \
        "describe the distribution that is here (datacentre:sources), or remove it yourself ('$tool remove $others')"
    fail "to install ${picks[*]} would remove ${others// /, }, which this program has not installed" \
        "take the role that needs them off $node in datacentre:nodes; or, if nobody needs ${others// /, }, remove that yourself ('$tool remove $others'): what it stores may go with it"
}

list_text() { # NAME VALUE...
    printf '%s=(' "$1"
    [ $# = 1 ] || printf ' %q' "${@:2}"
    printf ' )\n'
}

install_packages() {
    local missing replaced spec unit idle=() absent=() before=$state/packages.before
    [ "$family" != apt ] || apt_forget_policy
    settle_retired
    find_missing
    [ "${#missing[@]}" -gt 0 ] || return 0
    for unit in "${units[@]}"; do unit_is enabled "$unit" || idle+=("$unit"); done
    "${family}_list" >"$before.new" && mv "$before.new" "$before"
    find_replaced
    retire_packages "${missing[@]}"
    # What one that failed has brought is noted at once: what a person installs before the next run is none of ours.
    ("${family}_install" "${missing[@]}") || { settle_packages; exit 1; }
    settle_packages
    settle_retired
    # Packages enable their services as they ship them; each starts with the host only once it is configured.
    for unit in "${idle[@]}"; do ! unit_is enabled "$unit" || quietly systemctl disable "$unit"; done
    # yum 3 passes over names that it does not know, and ends well.
    for spec in "${missing[@]}"; do if is_there "$spec"; then changed "installed $spec"; else absent+=("$spec"); fi; done
    [ "${#absent[@]}" = 0 ] || fail "these packages are not there after they were installed: ${absent[*]}" \
        "add a repository that has them (datacentre:sources), or choose versions that the host's have (datacentre:versions)"
}

# Notes the packages that came with a transaction of ours, dependencies included; also for one that was killed.
settle_packages() {
    local before=$state/packages.before
    [ -e "$before" ] || return 0
    "${family}_list" | comm -13 "$before" - >>"$state/packages"
    rm -f "$before"
}

undo() {
    [ -e "$state" ] || return 0
    [ "$(cat "$state/claim" 2>/dev/null)" = "$stack" ] || return 0
    bring_back
    # All steps that the engine knows of are taken back by now.
    give_up_ended ''
    take_back_begun ''
    put_block /etc/hosts ''
    undo_time
    purge_packages
    undo_repositories
    if [ -e "$state/units/firewalld" ]; then quietly systemctl enable --now firewalld; changed "started firewalld"; fi
    restore /etc/selinux/config
    if [ -e "$state/setenforce" ] && [ "$(getenforce)" = Permissive ]; then quietly setenforce 1; changed "set SELinux to enforcing"; fi
    for kept in "${data_dirs[@]}"; do
        # Empty, and ours or asked for: gone. One that is a mount of its own stays.
        if [ -e "$state/data$kept" ] || [ -e "$purge_flag" ]; then rmdir "$kept" 2>/dev/null || true; fi
        # Only now have packages taken away what they had beside it.
        if [ -e "$purge_flag" ] && [ ! -e "$kept" ]; then drop_empty_parents "$kept"; fi
    done
    reload_units
    rm -rf "$state" /run/datacentre "$purge_flag"
}

# Packages' own removal scripts delete data directories, so these stand aside meanwhile: renamed, or, where one is a
# mount of its own, unmounted for the removal alone.
purge_packages() {
    local packages=() mounts=() others
    [ -e "$state/packages" ] || [ -e "$state/packages.before" ] || return 0
    [ "$family" != auto ] || { if command -v apt-get >/dev/null; then family=apt; else family=yum; fi; }
    settle_packages
    mapfile -t packages < <(sort -u "$state/packages" | comm -12 - <("${family}_known"))
    [ "${#packages[@]}" -gt 0 ] || return 0
    others=$("${family}_dragged" "${packages[@]}" | sort -u | comm -23 - <(printf '%s\n' "${packages[@]}" | sort -u) | tr '\n' ' ')
    if [ -n "$others" ]; then
        notes+=("kept the packages that we installed, since these need them now: $others")
        return 0
    fi
    for kept in "${data_dirs[@]}"; do
        if mountpoint -q "$kept"; then mounts+=("$kept"); elif [ -d "$kept" ]; then mv -T "$kept" "$kept$aside"; fi
    done
    export -f "${family}_purge" quietly yum_tool apt_forget_policy
    export log
    unshare --mount bash -euc '
        purge=$1; shift
        while [ "$1" != -- ]; do umount -l "$1"; shift; done
        shift
        "$purge" "$@"' datacentre "${family}_purge" "${mounts[@]}" -- "${packages[@]}" || {
        bring_back
        fail "could not remove the packages that we had installed: $(grep -E '^(E:|dpkg:|rm:|Error)' "$log" | tail -n 3 | tr '\n' ' ')" \
            "mend the package database ('dpkg --configure -a'), and destroy again"
    }
    bring_back
    for kept in "${mounts[@]}"; do mountpoint -q "$kept" || { mkdir -p "$kept" && quietly mount "$kept"; }; done
    changed "removed ${#packages[@]} packages that we had installed"
}

aside=.kept-by-datacentre
# Emptied by the removal of Docker's package, wherever the data root is.
data_dirs+=(/var/lib/docker)

# Also called first, for a run that was killed meanwhile.
bring_back() {
    for kept in "${data_dirs[@]}"; do
        [ -d "$kept$aside" ] || continue
        # A package may have made it anew meanwhile, and somebody may have used that.
        [ ! -d "$kept" ] || rmdir "$kept" 2>/dev/null || mv -T "$kept" "$kept.since-$(date +%s)"
        mv -T "$kept$aside" "$kept"
    done
}
