# shellcheck shell=bash
# One Mesos master. Masters are visited one after another: one that runs is restarted only while the others hold the quorum, and the
# next is visited only when this one's replica of the log votes again.

converge() {
    local print voted=
    refuse_harm
    [ -n "$has_agent" ] || keep_agents_off
    for_unit mesos-master
    put_dir "$work_dir" 0750 root:root
    put_program
    for_unit
    reload_if_needed mesos-master
    print=$(fingerprint "${inputs[@]}")
    ! votes "$address" || voted=yes
    programs_due
    if [ -z "$aside" ] && [ "${#due[@]}" = 0 ] && is_applied mesos-master "$print" && healthy "$address:$port"; then
        enable_unit mesos-master
    else
        [ -n "$aside" ] || spare_me
        upgrade_programs mesos-master healthy "$address:$port"
    fi
    put_log_aside
    run_unit mesos-master "$print"
    await
    mark_applied mesos-master "$print"
    programs_serve
    note_members "$address" "${peers[@]}"
}

# The quorum of whoever leads, or would if this one went.
quorum_of_leader() {
    local one
    for one in "${peers[@]}"; do ! leads "$one" || { quorum_at "$one"; return; }; done
    for one in "${peers[@]}"; do quorum_at "$one"; done | sort -n | tail -n 1
}

# A restart that would cost the masters their quorum waits for a person. A master that does not run costs nothing; nor does one of
# masters that have no quorum anyway, or that all vote and are just as many as must.
spare_me() {
    local there needed mine others
    votes "$address" || return 0
    needed=$(quorum_of_leader)
    mine=$(quorum_at "$address")
    others=$(how_many votes "${peers[@]}")
    # Those that take part with this one's quorum, no more than are described.
    there=$((2 * ${mine:-$quorum} - 1))
    [ "$there" -le $((${#peers[@]} + 1)) ] || there=$((${#peers[@]} + 1))
    if [ "$others" -ge "${needed:-$quorum}" ] || [ "$others" -ge $((there - 1)) ] || [ $((others + 1)) -lt "${needed:-$quorum}" ]; then return; fi
    fail "a restart here would leave $others masters that vote, and ${needed:-$quorum} must agree: $(states)" \
        "bring the other masters back ('systemctl status mesos-master' there), then run up again"
}

# A replica that voted, or that finds a quorum which votes, has to vote. Where none ever did, all begin together when the last is
# started, and nobody leads before.
await() {
    local others together=
    wait_for 60 healthy "$address:$port" || explain "this master does not answer 60 s after its start"
    others=$(how_many votes "${peers[@]}")
    # Where all begin with an empty log, the last that still has one is visited last, and serves until then.
    [ -z "$anew" ] || [ "$others" = 0 ] || [ "$others" -ge "$quorum" ] || return 0
    [ "$(how_many runs "${peers[@]}")" -lt "${#peers[@]}" ] || together=yes
    if { [ -n "$voted" ] && [ -z "$aside" ]; } || [ "$others" -ge "$quorum" ] || [ -n "$together" ]; then
        wait_for 120 votes "$address" || explain_log
    fi
    [ -z "$together" ] || wait_for 60 all_vote || explain_log
    [ "$(how_many votes "$address" "${peers[@]}")" -ge "$quorum" ] || return 0
    wait_for 150 led "$address" "${peers[@]}" || explain "no master leads and has read the registry within 150 s"
}

all_vote() { [ "$(how_many votes "${peers[@]}")" = "${#peers[@]}" ]; }

explain_log() {
    local voting
    voting=$(how_many votes "$address" "${peers[@]}")
    [ "$voting" -ge "$quorum" ] || fail "not all replicas of the masters' log vote: one that is new catches up when $quorum do, and that is $voting now: $(states)" \
        "bring back the masters that had the log; where they are lost and the registry may go, $key_remedy"
    explain "not all replicas of the masters' log vote: $(states)"
}

explain() { # PROBLEM
    local said
    said=$(why mesos-master)
    case $said in
        *"unknown flag"*) fail "$1: its journal says: $said" "take that flag out of datacentre:mesos.masterFlags, or choose another version" ;;
        *ZooKeeper* | *zookeeper*) fail "$1: its journal says: $said" "see whether ZooKeeper serves ('make verify'), at $zk_url" ;;
    esac
    fail "$1${said:+; its journal says: $said}" \
        "check port $port between the masters, that $((${#peers[@]} + 1)) masters and quorum $quorum are what runs, and 'journalctl -u mesos-master'"
}

tell() {
    ! votes "$address" || notes+=("serves")
    ! leads "$address" || notes+=("leads")
}

# The others are asked what they run with. Where the registry is to begin anew (`renewed`), nothing of it has to be kept.
leave() {
    local others needed one away=
    if [ -z "${renewed-}" ] && votes "$address"; then
        needed=$(quorum_of_leader)
        others=$(how_many votes "${peers[@]}")
        for one in "${peers[@]}"; do votes "$one" || away+="${away:+, }$one"; done
        hold_quorum "$others" "${needed:-$quorum}" "taking this master out" "$away" mesos-master
    fi
    leave_unit mesos-master
    [ -n "${renewed-}" ] || wait_for 150 led "${peers[@]}" || explain "no other master leads within 150 s"
}

undo() {
    undo_program mesos-master
    [ -n "$has_agent" ] || restore /etc/mesos/zk
    reload_units
    remove_data "$work_dir"
    drop_dirs "$work_dir" /etc/mesos
    forget_members
}
