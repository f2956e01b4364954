# shellcheck shell=bash
# What an upgrade will need on a host, before any host's turn has begun: asked and downloaded, and nothing changed.

tell() {
    # shellcheck disable=SC2034 # set and read by what is called
    local picks others name version trial unkept=()
    # Of one that was cut off this host's own step knows what to do.
    if [ -s "$state/upgrades/$step/packages" ]; then notes+=("has begun"); return; fi
    programs_due
    [ "${#due[@]}" -gt 0 ] || return 0
    refuse_way
    "${family}_pick" "${due[@]}"
    refuse_removals
    "${family}_fetch" "${due[@]}"
    trial=$(mktemp -d "$run/ahead.XXXXXX")
    for name in $("${family}_moved"); do
        version=$("${family}_exact" "$name")
        [ -z "$version" ] || "${family}_keep" "$name" "$version" "$trial" || unkept+=("$name $version")
    done
    rm -rf "$trial"
    [ "${#unkept[@]}" = 0 ] || notes+=("no source offers what is here any more, so the new one stays should it not serve: ${unkept[*]}")
}
