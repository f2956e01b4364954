# shellcheck shell=bash
# Packages in whose place others come that bring the same files under another name, such as another distribution of the same program. What
# they run goes on, and systemd keeps its unit until the step of that program has put the new one in its place.

retired_mark='# datacentre: its package is gone, and its step has not come yet'

# Sets `replaced` to those of the described names that are there.
find_replaced() {
    local name names=(${apt_replaced[@]+"${apt_replaced[@]}"})
    [ "$family" = apt ] || names=(${yum_replaced[@]+"${yum_replaced[@]}"})
    replaced=()
    for name in ${names[@]+"${names[@]}"}; do
        [ -z "$("${family}_version" "$name")" ] || replaced+=("$name")
    done
}

# One that another package needs by its name would take that along.
refuse_needed() {
    local others
    [ "${#replaced[@]}" -gt 0 ] || return 0
    others=$("${family}_dragged" "${replaced[@]}" | sort -u | comm -23 - <(printf '%s\n' "${replaced[@]}" | sort -u) | tr '\n' ' ')
    [ -z "$others" ] ||
        fail "${others% } would go with ${replaced[*]}, in whose place another package is described" "have ${others% } from a package that does not need ${replaced[*]}, or describe the distribution that is installed"
}

# SPECs are what comes instead, fetched before anything goes.
retire_packages() { # SPEC...
    local unit file
    [ "${#replaced[@]}" -gt 0 ] || return 0
    "${family}_fetch" "$@"
    for unit in "${units[@]}"; do
        unit_is active "$unit" || continue
        file=$(systemctl show -p FragmentPath "$unit" 2>/dev/null | sed -n 's/^FragmentPath=//p')
        [[ $file == /lib/* || $file == /usr/lib/* ]] || continue
        mkdir -p "$unit_run"
        { printf '%s\n' "$retired_mark" && cat "$file"; } >"$unit_run/$unit"
    done
    "${family}_remove" "${replaced[@]}"
    changed "removed ${replaced[*]}, in whose place another package comes"
}

# Where the new package has a unit of that name, it counts.
settle_retired() {
    local unit
    for unit in "${units[@]}"; do
        if [ ! -e "/lib/systemd/system/$unit" ] && [ ! -e "/usr/lib/systemd/system/$unit" ]; then continue; fi
        ! grep -qsxF "$retired_mark" "$unit_run/$unit" || rm -f "$unit_run/$unit"
    done
}
