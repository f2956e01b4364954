# shellcheck shell=bash
# One Mesos master. Masters are visited one after another: one that runs is restarted only while the others hold the quorum.

converge() {
    [ -n "$has_agent" ] || keep_off mesos-slave
    for_unit mesos-master
    put_dir "$work_dir" 0750 root:root
    put_program
    for_unit
    reload_if_needed mesos-master
    local print
    print=$(fingerprint "${inputs[@]}")
    if is_applied mesos-master "$print" && healthy "$address:$port"; then enable_unit mesos-master; return; fi
    spare_me
    run_unit mesos-master "$print"
    wait_for 60 healthy "$address:$port" || explain "this master does not answer 60 s after its start"
    await_leader
    mark_applied mesos-master "$print"
}

count_healthy() {
    local peer n=0
    for peer in "${peers[@]}"; do ! healthy "$peer:$port" || n=$((n + 1)); done
    printf '%s' "$n"
}

# A restart that would cost the masters their quorum waits for a person; a master that does not run costs nothing.
spare_me() {
    local others=${#peers[@]}
    healthy "$address:$port" && [ "$others" -ge "$quorum" ] || return 0
    [ "$(count_healthy)" -ge "$quorum" ] || [ "$(count_healthy)" = 0 ] ||
        fail "a restart here would leave $(count_healthy) masters, and $quorum must agree" \
            "bring the other masters back ('systemctl status mesos-master' there), then run up again"
}

elected() {
    local peer
    for peer in "$address" "${peers[@]}"; do ! is_one "$peer:$port" master/elected || return 0; done
    return 1
}

# Nobody is elected before the quorum is there, and nobody admits agents before: the last master waits for it.
await_leader() {
    [ -n "$last" ] || [ $(($(count_healthy) + 1)) -gt "$quorum" ] || return 0
    wait_for 120 elected || explain "no master was elected within 120 s"
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

undo() {
    undo_program mesos-master
    [ -n "$has_agent" ] || restore /etc/mesos/zk
    reload_units
    remove_data "$work_dir"
    drop_dirs "$work_dir" /etc/mesos
}
