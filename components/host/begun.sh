# shellcheck shell=bash
# Steps that the engine knows nothing of: that began on this host and never came to their end, or ended before an engine that was killed had
# written its state. When such a one is described no more it is taken back here, by its own program, which was noted (components/step/lib.sh).

# A host that was prepared before such notes were kept: its steps count as ended, since the engine may have recorded them.
know_steps() {
    local one
    if [ -d "$state/done" ] || [ ! -s "$state/claim" ]; then return 0; fi
    rm -rf "$state/done.new" && mkdir -p "$state/done.new"
    while read -r one; do [ -z "$one" ] || : >"$state/done.new/$one"; done <<<"$described_steps"
    mv -T "$state/done.new" "$state/done"
}

# Steps that ended here, and that nobody will take back: from now on they count as begun.
give_up_ended() { # STEPS THAT STAY, a line each
    local one old=()
    [ -d "$state/done" ] || return 0
    while read -r one; do
        if [ "$one" = "$step" ] || grep -qxF -e "$one" <<<"$1"; then continue; fi
        if [ -s "$state/done/$one" ]; then
            # When it was noted goes with it, and is the order.
            mkdir -p "$state/begun" && mv -fT "$state/done/$one" "$state/begun/$one"
        else
            old+=("$one")
        fi
    done < <(ls "$state/done")
    [ "${#old[@]}" = 0 ] || notes+=("what these steps put here stays, since they ended before their programs were kept: ${old[*]}")
}

# The last one that began goes first.
take_back_begun() { # STEPS THAT ARE DESCRIBED, a line each
    local one
    [ -d "$state/begun" ] || return 0
    while read -r one; do
        # One that ended all the same is the engine's.
        if [ "$one" = "$step" ] || [ -e "$state/done/$one" ] || grep -qxF -e "$one" <<<"$1"; then continue; fi
        # This step holds the host's lock for it.
        if DATACENTRE_LOCK_HELD=yes bash -c 'eval "$(cat)"' datacentre undo <"$state/begun/$one" >>"$log" 2>&1 9>&-; then
            changed "took back what the step $one had begun here"
        else
            # Its secrets are not kept, and some cannot do without.
            notes+=("the step $one began here, is described no more, and could not be taken back: $(tail -n 2 "$log" | tr '\n' ' ')")
        fi
    done < <(ls -t "$state/begun")
}
