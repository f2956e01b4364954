# shellcheck shell=bash
# One app of Marathon's: put there as described, waited for until it is deployed and healthy.

converge() {
    local path=/v2/apps$id
    call GET "$path?$embeds"
    if [ "$status" = 200 ] && [ -n "$(ours)" ] && [ "$(app_version)" = "$(cat "$record" 2>/dev/null)" ]; then
        deployed || await
        return
    fi
    [ "$status" = 200 ] || [ "$status" = 404 ] || fail "Marathon answers $status for $id: ${body:0:300}" "see 'journalctl -u marathon'"
    put "$path"
    await
    mkdir -p "${record%/*}" && printf '%s' "$(app_version)" >"$record.new" && mv "$record.new" "$record"
}

# Marathon may take minutes, in which other steps have work to do on its host.
# shellcheck disable=SC2034 # read by main
host_lock=$run/lock.$step

# Which version of the app is ours: somebody else's change makes another one.
record=$state/apps/${id//\//~}

embeds='embed=app.tasks&embed=app.lastTaskFailure&embed=app.counts&embed=app.deployments'

# Reads the last answer.
of_app() { jq -r "$@" <<<"$body" 2>/dev/null || true; } # OPTION... FILTER
ours() { of_app --arg digest "$digest" '.app.labels["datacentre-definition"] // empty | select(. == $digest)'; }
app_version() { of_app '.app.version // empty'; }
number() { # NAME
    local figure
    figure=$(of_app --arg name "$1" '.app[$name] // 0')
    printf '%s' "${figure:-0}"
}

put() { # PATH
    for _ in 1 2 3; do
        # A deployment of this app that hangs gives way to the new one.
        call PUT "$1?force=true&partialUpdate=false" "$definition"
        case $status in
            200 | 201) changed "deployed $id"; return ;;
            409) sleep 2 ;;
            *) break ;;
        esac
    done
    fail "Marathon refuses the definition of $id with status $status: ${body:0:600}" "correct it in datacentre:$key"
}

# Deployed, and as many tasks as described run with the last definition, healthy where that is checked, and no others. The
# list of deployments alone does not say it: one that gives way to the next is gone before that one is there.
deployed() {
    [ "$(of_app --argjson wanted "$instances" --arg checked "$health_checked" '.app |
        (.versionInfo.lastConfigChangeAt // .version) as $since |
        [.tasks[]? | select(.state == "TASK_RUNNING")] as $running |
        [$running[] | select(.version >= $since and
            ($checked == "" or ((.healthCheckResults // []) | length > 0 and all(.[]; .alive))))] as $good |
        (.deployments | length) == 0 and ($good | length) >= $wanted and ($good | length) == ($running | length)')" = true ]
}

await() {
    local start=$SECONDS since=$SECONDS best=-1 score hint stable=0
    while :; do
        call GET "/v2/apps$id?$embeds"
        if [ "$status" = 404 ]; then
            fail "$id was deleted while it was deployed" "run up again"
        elif deployed; then
            # An app without health checks counts as running as soon as it was started: one that ends at once does not stay so.
            [ -n "$health_checked" ] || [ "$instances" = 0 ] || [ "$stable" -ge 3 ] || { stable=$((stable + 1)); sleep 1; continue; }
            return 0
        fi
        stable=0
        score=$(($(number tasksHealthy) + $(number tasksRunning)))
        if [ "$score" -gt "$best" ]; then best=$score since=$SECONDS; fi
        hint=
        [ $((SECONDS - since)) -lt "$stuck" ] || hint=$(hindrance)
        [ -z "$hint" ] || give_up "$hint"
        [ $((SECONDS - start)) -lt "$timeout" ] || give_up "$(hindrance)"
        sleep 1
    done
}

# Why it does not get further, or nothing while it is only slow.
hindrance() {
    local app=$body waits failure
    call GET /v2/queue
    waits=$(of_app --arg id "$id" '.queue[] | select(.app.id == $id) | .processedOffersSummary |
        [.rejectSummaryLastOffers[]? | select(.declined > 0) | "\(.reason) (\(.declined) of \(.processed) offers)"] as $reasons |
        if ($reasons | length) > 0 then $reasons | join(", ")
        elif .processedOffersCount == 0 then "no offer from any agent" else empty end')
    body=$app
    [ -z "$waits" ] || printf 'it stays in Waiting: %s. ' "$waits"
    failure=$(of_app '.app | select((.lastTaskFailure.version // "") >= .versionInfo.lastConfigChangeAt) | .lastTaskFailure.message' | tr '\n' ' ' | cut -c 1-400)
    [ -z "$failure" ] || printf 'its last task failed: %s. ' "$failure"
    [ "$(number tasksUnhealthy)" = 0 ] || printf '%s of its tasks fail their health check. ' "$(number tasksUnhealthy)"
}

give_up() { # WHY
    local running
    running=$(number tasksHealthy)
    fail "$id is not deployed after $SECONDS s: ${1:-no reason is told by Marathon}${running:+ ($running tasks are healthy)}" "$(remedy "$1")"
}

remedy() { # WHY
    case $1 in
        *InsufficientMemory*) printf 'ask for less mem in datacentre:%s, or give an agent more: one agent must hold a whole task' "$key" ;;
        *InsufficientCpus*) printf 'ask for fewer cpus in datacentre:%s, or give an agent more: one agent must hold a whole task' "$key" ;;
        *InsufficientDisk*) printf 'ask for less disk in datacentre:%s, or give an agent more' "$key" ;;
        *InsufficientPorts*) printf 'add its host ports to datacentre:mesos.ports, or free them: each can be taken once on an agent' ;;
        *UnfulfilledRole*) printf 'give the agents that role, or take role and acceptedResourceRoles out of datacentre:%s' "$key" ;;
        *UnfulfilledConstraint*) printf 'compare its constraints with what agents call themselves (/slaves of the master); hostname is what datacentre:mesos.advertise says' ;;
        *"no offer"*) printf 'see whether agents are registered, and whether the number of masters is odd and fits the quorum' ;;
        *pull*) printf 'see that the agent reaches the registry of the image and that name and tag are there, or load it by datacentre:docker.images' ;;
        *"health check"*) printf 'see the health check in datacentre:%s (path, port, gracePeriodSeconds) and the stderr of its task' "$key" ;;
        *failed*) printf 'see the stderr of its task on the agent, in the sandbox below the work directory, or docker logs' ;;
        *) printf "see /v2/queue and /v2/deployments of Marathon, and the agents' resources" ;;
    esac
    printf "; 'make verify' names every reason"
}

undo() {
    call DELETE "/v2/apps$id?force=true"
    [ "$status" = 404 ] || changed "deleted $id"
    wait_for 120 gone || notes+=("$id still has tasks that end")
    rm -f "$record"
}

gone() {
    call GET "/v2/apps$id/tasks"
    [ "$status" = 404 ]
}
