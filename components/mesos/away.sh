# shellcheck shell=bash
# An agent that is away for a while, for a reboot or a repair: its tasks run elsewhere meanwhile, and it takes new ones when it is back. Asked
# of the masters, on a host of theirs. Its id stays, unlike that of an agent which goes for good.
# Source: Mesos 1.11, docs/operator-http-api.md, DRAIN_AGENT, REACTIVATE_AGENT; docs/maintenance.md.

registered() { is_one "$address:$port" slave/registered; }

agent_id() { get_json "http://$address:$port/state" | grep -o '"id": *"[^"]*-S[0-9]*"' | cut -d '"' -f 4 | sed -n 1p; }

# One call about the agent to whoever leads. Sets `answer` and `said`.
order() { # TYPE ID
    local master out
    answer=none said=
    for master in "${masters[@]}"; do
        out=$(printf '{"type":"%s","%s":{"agent_id":{"value":"%s"}}}' "$1" "${1,,}" "$2" |
            timeout 30 curl -sS -L --post302 -w '\n%{http_code}' -H 'Content-Type: application/json' --data @- "http://$master/api/v1" 2>/dev/null) || continue
        answer=${out##*$'\n'} said=${out%$'\n'*}
        # Without a leader masters answer 503, or lead to one that is there no more.
        [[ $answer != [24]?? ]] || return 0
    done
    fail "no master takes the order $1 for $agent (last answer: $answer)" "see whether a master leads ('make verify')"
}

# By the leading master's word, which has heard from frameworks that they know.
is_drained() { # ID
    local master list
    for master in "${masters[@]}"; do
        list=$(timeout 10 curl -fsSL "http://$master/slaves?slave_id=$1" 2>/dev/null | tr -d ' \n') || continue
        [[ $list == *"\"id\":\"$1\""* && $list == *'"state":"DRAINED"'* ]]
        return
    done
    return 1
}

drain() {
    local id answer said
    id=$(agent_id) || true
    if [ -z "$id" ]; then
        notes+=("the agent on $agent does not answer: its tasks run elsewhere once the masters have given it up")
        return 0
    fi
    ! is_drained "$id" || { notes+=("the agent on $agent is drained already"); return 0; }
    order DRAIN_AGENT "$id"
    [[ $answer == 2?? ]] || fail "the masters do not drain $agent: status $answer: ${said:0:200}" "masters before 1.9 cannot: scale its apps elsewhere by constraints, or let the agent be given up"
    # Without a limit of the description's own, a person waits an hour at most.
    wait_for "$((drain_timeout > 0 ? drain_timeout : 3600))" is_drained "$id" ||
        fail "the tasks on $agent do not end within $((drain_timeout > 0 ? drain_timeout : 3600)) s" \
            "see what runs there (http://$address:$port/state): no other agent may have room for it; it takes no new tasks meanwhile, until DO=activate"
    changed "drained the agent on $agent: its tasks run elsewhere, and it takes none"
}

activate() {
    local id answer said
    wait_for 180 registered || fail "the agent on $agent is not registered" "see 'journalctl -u mesos-slave -u mesos-agent' there, or run 'make up CONVERGE=1'"
    id=$(agent_id)
    order REACTIVATE_AGENT "$id"
    if [[ $answer == 2?? ]]; then
        changed "the agent on $agent takes tasks again"
    elif [[ $said == *'not deactivated'* ]]; then
        notes+=("the agent on $agent was not drained")
    else
        fail "the masters do not take the agent on $agent back: status $answer: ${said:0:200}" "see the leading master's log"
    fi
}
