# shellcheck shell=bash
# An agent that goes hands its tasks over first; one that is away for a while is given back afterwards.

registered() { healthy "$address:$port" && is_one "$address:$port" slave/registered; }

agent_id() {
    get_json "http://$address:$port/state" | grep -o '"id": *"[^"]*-S[0-9]*"' | cut -d '"' -f 4 | sed -n 1p | grep . ||
        fail "the agent does not tell its id" "see http://$address:$port/state"
}

# One call to whoever leads, about one agent. Sets `answer`, its status, and `said`, its text. Fails where nobody leads.
# Source: Mesos 1.11, docs/operator-http-api.md.
operate() { # TYPE ID [FURTHER-FIELDS]
    local master out
    answer=none said=
    for master in "${masters[@]}"; do
        out=$(printf '{"type":"%s","%s":{"agent_id":{"value":"%s"}%s}}' "$1" "${1,,}" "$2" "${3-}" |
            timeout 30 curl -sS -L --post302 -w '\n%{http_code}' -H 'Content-Type: application/json' --data @- "http://$master/api/v1" 2>/dev/null) || continue
        answer=${out##*$'\n'} said=${out%$'\n'*}
        # Without a leader masters answer 503, or lead to one that is there no more.
        [[ $answer != [24]?? ]] || return 0
    done
    return 1
}

# Its tasks run elsewhere before it goes for good. Masters before 1.9 cannot drain: there the agent is stopped, and its tasks move once
# it is given up.
drain() {
    local id
    registered || return 0
    id=$(agent_id)
    empty "$id" ',"mark_gone":true'
}

empty() { # ID [FURTHER-FIELDS]
    operate DRAIN_AGENT "$@" ||
        fail "no master takes the order to drain agent $1 (last answer: $answer)" "see whether a master leads ('make verify'), then run up again"
    if [[ $answer != 2?? ]]; then
        notes+=("no master drains agents (status $answer: ${said:0:120}): its tasks run elsewhere when it has been given up")
        return 0
    fi
    [ "$drain_timeout" = 0 ] || wait_for "$drain_timeout" is_empty "$1" ||
        fail "the agent's tasks do not end within $drain_timeout s" "see what runs there (http://$address:$port/state), or raise datacentre:mesos.drainTimeoutSeconds (0 does not wait); then run up again"
    changed "drained agent $1"
}

# By the leading master's word, which has heard from frameworks that they know: drained, or out of its list for good. An agent that
# does not answer may have all its tasks.
is_empty() { # ID
    local list
    list=$(of_leader "/slaves?slave_id=$1" | tr -d ' \n')
    [[ $list == *'"slaves":['* ]] || return 1
    [[ $list != *"\"id\":\"$1\""* ]] || [[ $list == *'"state":"DRAINED"'* ]]
}

of_leader() { # PATH
    local master
    for master in "${masters[@]}"; do timeout 10 curl -fsSL "http://$master$1" 2>/dev/null && return 0; done
    return 1
}

# Also where it had come back by then, or was never away.
reactivate() { # ID
    operate REACTIVATE_AGENT "$1" && { [[ $answer == 2?? ]] || [[ $said == *'not deactivated'* ]]; }
}
