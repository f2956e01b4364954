# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by master.sh
# The log that masters keep their registry in, of which each has a replica. A replica that is new votes only when it has caught up with
# a quorum that votes; only where none ever voted do all begin together. `/health` and `master/elected` say nothing of that.
# Source: Mesos 1.11, src/log/recover.cpp, docs/operational-guide.md.

log_dir=$work_dir/replicated_log
# The words by which this host's replica was asked to begin anew; beside the data, so that they last as long.
words_note=$work_dir/.reinitialised

# True when the replica there votes. A master with another registry has none, and counts when it answers.
votes() { # ADDRESS
    if [ -n "$replicated" ]; then is_one "$1:$port" registrar/log/recovered; else healthy "$1:$port"; fi
}

runs() { healthy "$1:$port"; } # ADDRESS

# The quorum that the master there runs with; nothing where it does not answer.
quorum_at() { # ADDRESS
    get "http://$1:$port/flags" | grep -oE '"quorum": *"[0-9]+"' | grep -oE '[0-9]+' || true
}

# The quorum that this host's master was told last, of use where it does not run. A file that is not ours tells nothing: a package's own
# says 1, also on a host whose master left and kept its log.
quorum_told() {
    local file
    [ -d "$log_dir" ] || return 0
    for file in "$settings/quorum" "$settings"; do
        if [ ! -f "$file" ] || ! { [ -e "$state/originals$file" ] || [ -e "$state/originals$file.absent" ]; }; then continue; fi
        sed -n 's/^\(MESOS_QUORUM=\)\{0,1\}\([0-9][0-9]*\)$/\2/p' "$file"
    done
}

# How many replicas the master there knows of, its own included, described or not.
ensemble_at() { # ADDRESS
    get_json "http://$1:$port/metrics/snapshot" | grep -oE '"registrar/log/ensemble_size": *[0-9]+' | grep -oE '[0-9]+$' || true
}

# True when the master there leads and has read the registry, without which it serves nobody.
leads() { # ADDRESS
    local said
    said=$(get_json "http://$1:$port/metrics/snapshot") || return 1
    metric_is master/elected '1(\.0)?' <<<"$said" && metric_is registrar/registry_size_bytes '[0-9.]+' <<<"$said"
}

led() { # ADDRESS...
    local one
    for one in "$@"; do ! leads "$one" || return 0; done
    return 1
}

# The lowest and the highest quorum of those that run, or that this host was told.
quorums() {
    local one found
    {
        for one in "${peers[@]}"; do quorum_at "$one"; done
        # What runs here without a log of ours is a package's.
        [ ! -d "$log_dir" ] || { found=$(quorum_at "$address") && printf '%s\n' "${found:-$(quorum_told)}"; }
    } | grep -x '[0-9]*' | grep . | sort -n || true
}

# For messages: how each replica is.
states() {
    local one
    for one in "$address" "${peers[@]}"; do
        if votes "$one"; then printf '%s votes, ' "$one"; elif runs "$one"; then printf '%s does not vote, ' "$one"; else printf '%s does not answer, ' "$one"; fi
    done | sed 's/, $//'
}

begins_anew() { [ -n "$reinitialise" ] && ! grep -qsxF "$reinitialise" "$words_note"; }

key_remedy='set datacentre:mesos.reinitialiseRegistry to a new word, such as the date: masters then begin with an empty registry, the old one is kept beside it'

# Looked at before anything is touched: a change of the quorum that those who hold the log cannot follow, and masters too many.
# Where the description asks for an empty log, `anew` is set, and `aside` where this host's has to go.
refuse_harm() {
    local all low high need voting
    anew='' aside=''
    [ -n "$replicated" ] || return 0
    refuse_strangers
    all=$(quorums)
    low=$(head -n 1 <<<"$all") high=$(tail -n 1 <<<"$all")
    [ -n "$low" ] || return 0
    voting=$(how_many votes "$address" "${peers[@]}")
    need=$((quorum > high ? quorum : high))
    if begins_anew; then
        [ "$voting" -ge "$need" ] || { anew=yes && aside=yes; }
    elif [ -n "$reinitialise" ] && runs "$address" && ! votes "$address"; then
        # One that has begun so already, and waits for the others.
        anew=yes
    elif [ "$low" != "$quorum" ] || [ "$high" != "$quorum" ]; then
        refuse_quorum "$low" "$need" "$voting"
    fi
}

refuse_quorum() { # LOWEST NEEDED VOTING
    local told=$((2 * $1 - 1))
    if [ "$told" -lt "$quorum" ]; then
        fail "the masters' log is held by $told, and the quorum would be $quorum: none of the new ones could ever join it, and nobody would lead. Nothing was touched" \
            "take the change back; or, where the registry may go, $key_remedy. What is lost stands in docs/systems.md"
    fi
    if [ "$2" -gt $((${#peers[@]} + 1)) ]; then
        fail "masters run with quorum $2, and $((${#peers[@]} + 1)) are described: what they agreed on may be with those that go. Nothing was touched" \
            "take the change back; or, where the registry may go, $key_remedy. What is lost stands in docs/systems.md"
    fi
    if [ "$3" -lt "$2" ]; then
        fail "the quorum changes to $quorum, for which $2 masters must vote, and $3 do: $(states). Nothing was touched" \
            "bring the other masters back as they were ('systemctl start mesos-master' there), then run up again; where they are lost and the registry may go, $key_remedy"
    fi
    if [ ! -d "$log_dir" ]; then
        fail "this master is new, and those that are there do not run with quorum $quorum yet: it could part them" \
            "run 'make up', which visits those that are there first; or list this node after them"
    fi
}

# A master too many can make a second quorum. One that ended is known to the others for as long as its session lasts.
refuse_strangers() {
    local one
    wait_for 20 no_strangers ||
        fail "$(ensemble) masters take part, and $((${#peers[@]} + 1)) are described$(for one in $(told_members | strangers "$address" "${peers[@]}"); do ! runs "$one" || printf '; %s runs still' "$one"; done): two quorums could part. Nothing was touched" \
            "run 'make up', which takes out first who is described no more; by hand, on each of those: systemctl disable --now mesos-master"
}

no_strangers() { [ "$(ensemble)" -le $((${#peers[@]} + 1)) ]; }

# Replicas that take part, with this one, which is to.
ensemble() {
    local one most=0 found
    for one in "$address" "${peers[@]}"; do
        found=$(ensemble_at "$one")
        [ "${found:-0}" -le "$most" ] || most=$found
    done
    if unit_is active "$unit"; then printf '%s' "$most"; else printf '%s' $((most + 1)); fi
}

# The master does not run meanwhile. What is put aside is nobody's to delete but a person's.
put_log_aside() {
    local to=$log_dir.before-$reinitialise more=
    if [ -n "$aside" ] && [ -d "$log_dir" ]; then
        quietly systemctl stop "$unit"
        while [ -e "$to$more" ]; do more=.$((${more#.} + 1)); done
        mv -T "$log_dir" "$to$more"
        changed "moved the masters' log to $to$more, where it stays"
    fi
    [ -z "$reinitialise" ] || grep -qsxF "$reinitialise" "$words_note" || printf '%s\n' "$reinitialise" >>"$words_note"
}
