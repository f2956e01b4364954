# shellcheck shell=bash
# Restarts an engine that runs with other settings than are written, in its host's turn. Mesos holds a `docker run` for each task, which
# ends with the daemon, whatever live-restore says; so tasks go elsewhere before, and the agent is given back afterwards.

# The agent's id, from before it is sent away until it is back: a killed step is finished by the next.
away=$state/agent-away

converge() {
    local restart='' whole=()
    programs_due
    if unit_is active docker.service; then
        [ "${#due[@]}" = 0 ] && is_applied docker.service "$(engine_print)" || restart=yes
    fi
    { [ -n "$restart" ] || [ -e "$away" ]; } || return 0
    if [ -n "$restart" ]; then
        spare_masters
        send_agent_away
        upgrade_programs docker.service is_as_described
        restart_engine
    fi
    await_programs
    programs_serve
    bring_agent_back
    [ "${#whole[@]}" = 0 ] || await_apps
}

restart_engine() {
    local begun
    begun=$(date +%s)
    spare_containers
    # Not more than a start's own patience; whether it serves is asked next.
    quietly timeout 300 systemctl restart docker.service || true
    wait_for_engine "$begun"
    mark_applied docker.service "$(engine_print)"
    rm -f "$restart_due"
    changed "restarted docker.service with its new settings"
}

# --- masters and Marathon in containers ------------------------------------------------------------------------------

spare_masters() {
    local n
    [ -n "$master" ] && healthy "$master" && [ "${#master_peers[@]}" -ge "$quorum" ] || return 0
    n=$(how_many votes "${master_peers[@]}")
    [ "$n" -ge "$quorum" ] ||
        fail "the engine's restart ends the master in its container here, and would leave $n masters, of which $quorum must agree" \
            "bring the other masters back ('systemctl status mesos-master' there), then run up again"
}

# A replica of the log that is not recovered counts for nothing. What does not tell of it is taken by its health.
votes() { healthy "$1" && ! get_json "http://$1/metrics/snapshot" | metric_is registrar/log/recovered '0(\.0)?'; } # ADDRESS:PORT

elected() {
    local one
    for one in "$master" "${master_peers[@]}"; do ! is_one "$one" master/elected || return 0; done
    return 1
}

marathon_answers() { [ "$(http "$marathon/ping")" = 200 ] && ask_apps >/dev/null; }

await_programs() {
    if [ -n "$master" ]; then
        wait_for 120 votes "$master" || fail "the master here does not serve 120 s after the engine's restart" "see 'journalctl -u mesos-master'"
        wait_for 120 elected || fail "no master leads 120 s after the engine's restart" "see 'journalctl -u mesos-master' on the masters ('make verify')"
    fi
    [ -z "$marathon" ] || wait_for 180 marathon_answers ||
        fail "Marathon here does not serve 180 s after the engine's restart" "see 'journalctl -u marathon'"
    [ ! -e "$away" ] || wait_for 180 registered ||
        fail "the agent here is not registered 180 s after the engine's restart" "see 'journalctl -u mesos-slave -u mesos-agent', and whether a master leads ('make verify'); then run up again"
}

# --- the agent -------------------------------------------------------------------------------------------------------

# It is where it was last told to be, until its own step has moved it.
agent_port() { awk '{print $2; exit}' "$identity_file" 2>/dev/null | grep . || printf '%s' "$port"; }

send_agent_away() {
    local id
    [ -n "$agent" ] || return 0
    port=$(agent_port)
    registered || return 0
    id=$(agent_id)
    [ "${#marathons[@]}" = 0 ] || know_apps
    mkdir -p "$state" && printf '%s\n' "$id" >"$away.new" && mv -f "$away.new" "$away"
    operate DEACTIVATE_AGENT "$id" ||
        fail "no master takes the order to deactivate agent $id (last answer: $answer)" "see whether a master leads ('make verify'), then run up again"
    if [[ $answer != 2?? ]]; then
        # Masters before 1.9: one that was not sent away is not to be given back.
        rm -f "$away"
        notes+=("no master deactivates agents (status $answer: ${said:0:120}): tasks end here with the engine")
        return 0
    fi
    hand_over "$id"
    [ "$before" != drain ] || empty "$id"
}

bring_agent_back() {
    local id
    [ -e "$away" ] || return 0
    id=$(cat "$away")
    open_proxy
    # One that is still being emptied is not given back before it is empty.
    wait_for $((drain_timeout + 60)) reactivate "$id" ||
        fail "agent $id takes no new tasks, and is not given back: the master answers $answer: ${said:0:200}" \
            "see whether a master leads ('make verify'), then run up again, which gives it back"
    rm -f "$away"
    changed "gave agent $id back"
}

undo() {
    open_proxy
    rm -f "$away" "$away.new"
}
