# shellcheck shell=bash
# Bricks that move, and members that leave. A member is detached when its bricks are elsewhere and healed; what would lose files, or
# cannot be done for a volume of its kind, is refused before anything is touched.

# Members that the description had, and has no more: each member's own step notes them.
leavers=$state/gluster/leavers
check_leave() {
    local index name leaver left all=()
    for index in "${!volume_names[@]}"; do
        read_volume "${volume_names[index]}" || continue
        judge_bricks "${volume_names[index]}" "${volume_types[index]}" "${volume_words[index]}" "${volume_bricks[index]}"
    done
    mapfile -t all < <(leaving)
    for leaver in "${all[@]%% *}"; do
        ask volume list || fail "the volumes cannot be listed: $(said)" "see /var/log/glusterfs/glusterd.log on the host"
        for name in $(grep -v ' ' <<<"$answer" || true); do
            if [[ " ${volume_names[*]} " == *" $name "* ]] || ! read_volume "$name"; then continue; fi
            left=$(bricks_there | tr ' ' '\n' | grep "^${leaver//./\\.}:" | words || true)
            [ -z "$left" ] ||
                fail "$leaver leaves, and volume $name, which is not described, has bricks there: $left" \
                    "move them first, here on $node: 'gluster volume replace-brick $name ${left%% *} NODE:/PATH commit force', or describe $leaver again; a volume that nobody needs goes by 'gluster volume stop $name' and 'gluster volume delete $name'"
        done
    done
}

# Those that are in the pool still: "NAME NAME-IN-THE-POOL", which is another one where a member was met by its address.
leaving() {
    local name address known peer states
    [ -s "$leavers" ] || return 0
    states=$(peer_states)
    while read -r name address; do
        known=
        while IFS=$'\t' read -r peer _; do
            [ "$peer" = "$name" ] || [ "$(getent ahostsv4 "$peer" | awk 'NR == 1 {print $1}')" = "${address:-none}" ] || continue
            known=$peer
            break
        done <<<"$states"
        [ -z "$known" ] || printf '%s %s\n' "$name" "$known"
    done <"$leavers"
}

# Whether bricks that are described no more can be replaced by those that are, each in its place; or what a person has to do.
judge_bricks() { # NAME TYPE WORDS BRICKS
    local gone=() there=() brick had
    had=$(bricks_there)
    read -ra there <<<"$had"
    for brick in "${there[@]}"; do [[ " $4 " == *" $brick "* ]] || gone+=("$brick"); done
    [ "${#gone[@]}" -gt 0 ] || return 0
    if can_move "$2" "$3" "$4"; then return; fi
    local told="volume $1 has bricks that are not described: ${gone[*]}" start="gluster volume remove-brick $1" back="describe them again"
    if [ "$(field Type)" = Distribute ]; then
        fail "$told" "$back; or empty them, here on $node: '$start ${gone[*]} start', the same with 'status' in place of 'start' until it says completed, then with 'commit'; then run up again"
    elif [ "$(field Type)" = Replicate ] && [ $((${#there[@]} - ${#gone[@]})) -ge 2 ]; then
        fail "$told" "$back; or have as many bricks as before, which are moved; or take these copies out, here on $node: '$start replica $((${#there[@]} - ${#gone[@]})) ${gone[*]} force'; then run up again"
    fi
    fail "$told" "$back; or have a new brick in the place of each, to which it is moved; or empty whole replica sets, here on $node: '$start BRICKS-OF-A-SET start', then with 'status' until it says completed, then with 'commit'; then run up again"
}

can_move() { # TYPE WORDS BRICKS
    local there=() wanted=() i had
    had=$(bricks_there)
    read -ra there <<<"$had"
    read -ra wanted <<<"$3"
    [ "$1" != Distribute ] && [ "$(field Type)" = "$1" ] && [ "$(copies_there)" = "$(copies_wanted "$2")" ] &&
        [ "${#there[@]}" = "${#wanted[@]}" ] || return 1
    for i in "${!there[@]}"; do
        [ "${there[i]}" = "${wanted[i]}" ] || { [[ " $had " != *" ${wanted[i]} "* ]] && [[ " $3 " != *" ${there[i]} "* ]]; } || return 1
    done
}

# One after another, so that the copies of a file are never fewer by more than one. What was moved away stays on its disk.
move_bricks() { # NAME TYPE WORDS BRICKS
    local there=() wanted=() i had
    can_move "$2" "$3" "$4" || return 0
    had=$(bricks_there)
    read -ra there <<<"$had"
    read -ra wanted <<<"$4"
    for i in "${!there[@]}"; do
        [ "${there[i]}" != "${wanted[i]}" ] || continue
        # The one that goes may be down; all others are to have every file.
        await_heal "$1" "${there[i]}"
        ask volume replace-brick "$1" "${there[i]}" "${wanted[i]}" commit force ||
            fail "brick ${there[i]} of volume $1 is not moved to ${wanted[i]}: $(said)" "see /var/log/glusterfs/glusterd.log on $node and on the hosts of both"
        changed "moved brick ${there[i]} of volume $1 to ${wanted[i]}"
        ask volume heal "$1" full || true
        await_heal "$1"
    done
}

detach_leavers() {
    local index leaver all=()
    mapfile -t all < <(leaving)
    [ "${#all[@]}" -gt 0 ] || return 0
    for index in "${!volume_names[@]}"; do
        if ! read_volume "${volume_names[index]}" || [[ $(field Type) != *Replicate* ]]; then continue; fi
        await_heal "${volume_names[index]}"
    done
    for leaver in "${all[@]##* }"; do
        # One that is down is not told; it has no brick any more.
        ask peer detach "$leaver" || { [[ $answer == *down* || $answer == *onnect* ]] && ask peer detach "$leaver" force; } ||
            fail "$leaver is not detached from the pool: $(said)" "see 'gluster peer status' on $node, then run 'gluster peer detach $leaver' there"
        changed "detached $leaver from the pool"
    done
}
