# shellcheck shell=bash
# shellcheck disable=SC2154 # apt_programs, release_series and the like are parameters
# A system's own packages, brought to the described version in this host's turn: downloaded before anything is stopped, installed where the
# step would restart its unit, and put back where that does not serve with them. Whatever a package restarts by itself, it does then.

# The first step's functions on packages, as it found this host.
package_tools=$state/packages.sh
# put_file keeps what it replaces, until the new programs serve: settings may belong to a version too.
# shellcheck disable=SC2034 # read by lib.sh
keeps_former=yes

# Sets `due` to the described packages that are here in another version.
programs_due() {
    local spec wanted specs here=
    # Until the new ones serve: what ran before, a NAME=VERSION each, with the packages and the unit's files.
    former=$state/upgrades/$step
    due=()
    [ -r "$package_tools" ] || return 0
    # shellcheck source=/dev/null
    . "$package_tools"
    if [ "$family" = apt ]; then wanted=("${apt_programs[@]}"); else wanted=("${yum_programs[@]}"); fi
    choose "${wanted[@]}"
    for spec in "${specs[@]}"; do
        [ -z "$("${family}_version" "${spec%%=*}")" ] || here=yes
        is_there "$spec" || due+=("$spec")
    done
    # The first step has left another package of the same program in their place.
    [ -n "$here" ] || [ -s "$former/packages" ] || due=()
}

# Called where UNIT is about to be restarted, and may be. A script may define before_upgrade, for what has to end before its files change,
# and after_packages, for what a package's own scripts do to what is ours.
upgrade_programs() { # UNIT COMMAND... that says whether it serves
    local picks others
    upgraded_unit=$1 upgrade_serves=("${@:2}")
    if [ "${#due[@]}" -gt 0 ]; then
        refuse_way
        "${family}_pick" "${due[@]}"
        refuse_removals
        keep_former
        "${family}_fetch" "${due[@]}"
        rm -f "$state/applied/$1"
        trap put_back EXIT
        ! declare -F before_upgrade >/dev/null || before_upgrade
        bring_packages "${due[@]}"
    elif [ -s "$former/packages" ]; then
        # Of an upgrade that was cut off.
        trap put_back EXIT
    fi
}

# The new ones serve.
programs_serve() {
    trap 'rm -f "$log"' EXIT
    rm -rf "$former"
}

bring_packages() { # SPEC...
    local spec
    "${family}_list" >"$state/packages.before.new" && mv "$state/packages.before.new" "$state/packages.before"
    ("${family}_install" "$@") || { settle_packages; exit 1; }
    settle_packages
    for spec in "$@"; do
        is_there "$spec" || fail "$spec is not there after it was installed" "see which versions this host's sources offer, and choose one of them in datacentre:versions.$programs_of"
    done
    packages_came
    changed "upgraded to ${*//=/ }"
}

packages_came() { ! declare -F after_packages >/dev/null || after_packages; }

# As config/upgrades.ts judges what was described before; here it is what is installed.
refuse_way() {
    local spec name had wanted
    for spec in "${due[@]}"; do
        name=${spec%%=*} wanted=$(series_of "${spec#*=}")
        had=$("${family}_version" "$name")
        [ -n "$had" ] || continue
        [ "$(series_of "$had")" != "$wanted" ] || continue
        if [ "$(printf '%s\n' "$(series_of "$had")" "$wanted" | sort -V | head -n 1)" = "$wanted" ]; then
            fail "$name $had does not go back to ${spec#*=}: $no_way_back" "set datacentre:versions.$programs_of to $(series_of "$had")"
        elif [ -n "$one_series_at_a_time" ] && [ "$(next_series "$(series_of "$had")")" != "$wanted" ]; then
            fail "$programs_of goes from $had to ${spec#*=} by every series between them" "set datacentre:versions.$programs_of to $(next_series "$(series_of "$had")") first, and go on from there, with a 'make up' after each"
        fi
    done
}

# The first numbers of a version, as many as name a release series.
series_of() { cut -d. -f "1-$release_series" <<<"${1%%[-+~]*}"; }

next_series() { awk -F. -v OFS=. '{$NF = $NF + 1; print}' <<<"$1"; }

refuse_removals() {
    others=$("${family}_removed" | sort -u | comm -23 - <(sort -u "$state/packages" 2>/dev/null) | tr '\n' ' ')
    [ -z "$others" ] || fail "to upgrade to ${picks[*]} would remove ${others% }, which this program has not installed" \
        "leave the version in datacentre:versions as it is on $node; or, if nobody needs ${others% }, remove that yourself"
}

# --- the way back ----------------------------------------------------------------------------------------------------

keep_former() {
    local name version lines=''
    [ ! -s "$former/packages" ] || return 0
    rm -rf "$former/kept" && (umask 077 && mkdir -p "$former/kept")
    # With what they bring along: a package may want just its own version of another.
    for name in $("${family}_moved"); do
        version=$("${family}_exact" "$name")
        [ -n "$version" ] || continue
        lines+="$name=$version"$'\n'
        "${family}_keep" "$name" "$version" "$former/kept" ||
            notes+=("no source of this host offers the former $name $version any more: where the new one does not serve, it stays")
    done
    printf '%s' "$lines" >"$former/packages.new" && mv "$former/packages.new" "$former/packages"
}

# When the step ends before programs_serve: what served before is brought to serve again.
put_back() {
    local status=$? serves=
    trap - EXIT ERR
    set +eE
    if [ "$status" != 0 ] && [ -s "$former/packages" ]; then
        if ! compgen -G "$former/kept/*" >/dev/null || ! "${family}_put_back" "$former/kept"/*; then
            printf 'datacentre: %s on %s: the former packages could not be put back: %s\n' "$step" "$node" "$(tr '\n' ' ' <"$former/packages")" >&2
        else
            put_former_files
            packages_came
            rm -f "$state/applied/$upgraded_unit"
            reload_units
            quietly systemctl reset-failed "$upgraded_unit"
            quietly systemctl --no-block restart "$upgraded_unit"
            if wait_for 90 "${upgrade_serves[@]}"; then serves=", and serves with them"; fi
            printf 'datacentre: %s on %s has its former packages again%s: %s\n' "$step" "$node" "$serves" "$(tr '\n' ' ' <"$former/packages")" >&2
            rm -rf "$former"
        fi
    fi
    rm -f "$log"
    exit "$status"
}

put_former_files() {
    local kept path
    while read -r kept; do
        path=${kept#"$former/files"}
        if [[ $path == *.absent ]]; then rm -f "${path%.absent}"; else cp -a "$kept" "$path.former" && mv -fT "$path.former" "$path"; fi
    done < <(find "$former/files" ! -type d 2>/dev/null)
}
