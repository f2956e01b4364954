# shellcheck shell=bash
# After an engine that was killed before it wrote its state: takes back what was put on this host and the state of now knows nothing of. Run by
# `make`, not by the engine (ops/prepare/take-back.ts). With `asks` it only tells which steps those are.

converge() {
    [ "$(cat "$state/claim" 2>/dev/null)" = "$stack" ] || return 0
    if [ -n "$asks" ]; then tell_left; return; fi
    give_up_ended "$recorded_steps"
    let_members_leave
    take_back_begun "$recorded_steps"
}

tell_left() {
    local one
    while read -r one; do
        if grep -qxF -e "$one" <<<"$recorded_steps"; then continue; fi
        if is_member "$one"; then notes+=("member $one"); else notes+=("step $one"); fi
    done < <({ ls "$state/begun" "$state/done" 2>/dev/null || true; } | sed '/:$/d; /^$/d' | sort -u)
}

# Whether the step has others to leave: its script has a way to, by the scripts that its program names, and the system stays elsewhere.
is_member() { # STEP
    local digest
    grep -qxF -e "$1" <<<"$steps_elsewhere" || return 1
    while read -r digest; do
        if grep -qs '^leave() *{' "$state/scripts/$digest"; then return 0; fi
    done < <({ cat "$state/begun/$1" "$state/done/$1" 2>/dev/null || true; } | sed -nE "s/^(step_scripts=')?([0-9a-f]{10}) .*/\2/p")
    return 1
}

# A member of a quorum that is stopped without having left counts as one that is dead. One that cannot leave now stays, and is said.
let_members_leave() {
    local one
    [ -d "$state/begun" ] || return 0
    while read -r one; do
        if grep -qxF -e "$one" <<<"$recorded_steps" || ! is_member "$one"; then continue; fi
        if ! DATACENTRE_LOCK_HELD=yes bash -c 'eval "$(cat)"' datacentre leave <"$state/begun/$one" >>"$log" 2>&1 9>&-; then
            notes+=("the member $one of this host does not leave, so it stays: $(tail -n 2 "$log" | tr '\n' ' ')")
            recorded_steps+=$'\n'$one
        fi
    done < <(ls -t "$state/begun")
}
