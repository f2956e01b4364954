# shellcheck shell=bash
# An agent that goes hands its tasks over first.

registered() { healthy "$address:$port" && is_one "$address:$port" slave/registered; }

# Its tasks run elsewhere before it goes. Masters before 1.9 cannot drain: there the agent is stopped, and its tasks move
# once it is given up.
drain() {
    local id answer master
    registered || return 0
    id=$(get "http://$address:$port/state" | grep -o '"id": *"[^"]*-S[0-9]*"' | cut -d '"' -f 4 | sed -n 1p) ||
        fail "the agent does not tell its id" "see http://$address:$port/state"
    for master in "${masters[@]}"; do
        answer=$(printf '{"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"%s"},"mark_gone":true}}' "$id" |
            timeout 10 curl -sS -L --post302 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' --data @- "http://$master/api/v1" 2>/dev/null || true)
        [ "$answer" = 200 ] || [ "$answer" = 202 ] || continue
        [ "$drain_timeout" = 0 ] || wait_for "$drain_timeout" idle ||
            fail "the agent's tasks do not end within $drain_timeout s" "see what runs there (http://$address:$port/state), or raise datacentre:mesos.drainTimeoutSeconds (0 does not wait)"
        changed "drained agent $id"
        return
    done
    notes+=("no master drains agents: its tasks run elsewhere when it has been given up")
}

idle() { ! healthy "$address:$port" || [ "$(get "http://$address:$port/containers" | tr -d ' \n')" = '[]' ]; }
