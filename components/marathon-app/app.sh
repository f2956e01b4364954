# shellcheck shell=bash
# One app of Marathon's: put there as described, waited for until it is deployed and healthy.

converge() {
    local path=/v2/apps$id
    call GET "$path?$embeds"
    if [ "$status" = 200 ] && [ -n "$(ours)" ] && [ "$(app_version)" = "$(cat "$record" 2>/dev/null)" ]; then
        deployed || await
    else
        [ "$status" = 200 ] || [ "$status" = 404 ] || fail "Marathon answers $status for $id: ${body:0:300}" "see 'journalctl -u marathon'"
        put "$path"
        # What Marathon has already it does not plan again, forced or not: a deployment of it that hangs stays.
        call GET "$path?$embeds"
        ! given_up || renew
        await
    fi
    rm -f "$record.hangs"
    mkdir -p "${record%/*}" && printf '%s' "$(app_version)" >"$record.new" && mv "$record.new" "$record"
}

# Marathon may take minutes, in which other steps have work to do on its host.
# shellcheck disable=SC2034 # read by main
host_lock=$run/lock.$step

# Which version of the app is ours: somebody else's change makes another one.
record=$(record_of "$id")

# The deployments that a run of ours gave up.
given_up() { [ -s "$record.hangs" ] && deployments | grep -qxFf "$record.hangs"; }
deployments() { of_app '.app.deployments[]?.id'; }

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
        # A deployment of another definition gives way to this one.
        call PUT "$1?force=true&partialUpdate=false" "$definition"
        case $status in
            200 | 201) changed "deployed $id"; return ;;
            409) sleep 2 ;;
            *) break ;;
        esac
    done
    fail "Marathon refuses the definition of $id with status $status: ${body:0:600}" "correct it in datacentre:$key"
}

# Since when tasks are of today's definition; $new and $old are those that run of it, and of earlier ones. Marathon counts both together.
of_versions() { # FILTER
    of_app --argjson wanted "$instances" --arg checked "$health_checked" '.app | (.versionInfo.lastConfigChangeAt // .version // "") as $since |
        def checked: .healthCheckResults // []; def good: $checked == "" or ((checked | length) > 0 and all(checked[]; .alive));
        def ill: any(checked[]; .alive | not);
        [.tasks[]? | select(.state == "TASK_RUNNING")] as $running |
        [$running[] | select(.version >= $since)] as $new | [$running[] | select(.version < $since)] as $old | '"$1"
}

# Deployed, and as many tasks as described run with the last definition, healthy where that is checked, and no others. The
# list of deployments alone does not say it: one that gives way to the next is gone before that one is there.
deployed() {
    [ "$(of_versions '(.deployments | length) == 0 and ($old | length) == 0 and ([$new[] | select(good)] | length) >= $wanted and all($new[]; good)')" = true ]
}

await() {
    local start=$SECONDS since=$SECONDS best=-1 score hint stable=0 pushes=0
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
        score=$(of_versions '([$new[] | select(good)] | length) * 2 + ($new | length)')
        if [ "${score:-0}" -gt "$best" ]; then best=${score:-0} since=$SECONDS; fi
        hint=
        if [ $((SECONDS - since)) -ge "$stuck" ]; then
            hint=$(hindrance)
            [ -z "$hint" ] || give_up "$hint"
            if [ "$pushes" -lt 2 ] && [ $((SECONDS - since)) -gt "$(number taskKillGracePeriodSeconds)" ] && stalled; then
                pushes=$((pushes + 1))
                push "$pushes"
                best=-1
                continue
            fi
        fi
        [ $((SECONDS - start)) -lt "$timeout" ] || give_up "$(hindrance)"
        sleep 1
    done
}

# Marathon itself does nothing more: no task is being started or ended, none waits for an offer, and what runs of today's definition is
# good. Old tasks that it counts as unhealthy and that leave no room for new ones hang so, and kills that were lost while no master led
# (seen on 1.11.24).
stalled() {
    [ "$(of_versions 'all($new[]; good) and all(.tasks[]?; .state | test("CREATED|STAGING|STARTING|KILLING") | not)')" = true ] || return 1
    local app=$body queued
    call GET /v2/queue
    queued=$(of_app --arg id "$id" '[.queue[] | select(.app.id == $id and .count > 0)] | length')
    body=$app
    [ "$queued" = 0 ]
}

# Deployed anew, Marathon reckons with today's health of the old tasks. Those that are of no use any more, or that outlast even this, are
# killed: what ends so is replaced by what the deployment wants.
push() { # WHICH TIME
    local surplus task killed=0
    surplus=$(of_versions 'if ([$new[] | select(good)] | length) >= $wanted or '"$1"' > 1 then $old else [$old[] | select(ill)] end | .[].id')
    [ -n "$surplus" ] || { renew; return; }
    while read -r task; do
        call DELETE "/v2/apps$id/tasks/$task?force=true"
        [ "$status" = 404 ] || killed=$((killed + 1))
    done <<<"$surplus"
    changed "killed $killed tasks of earlier versions of $id, over which its deployment hung"
}

# Puts nothing back: what Marathon has stays, and is deployed as a version of its own.
renew() {
    local deployment ended
    ended=$(deployments)
    for deployment in $ended; do
        call DELETE "/v2/deployments/$deployment?force=true"
        [[ $status = 20[02] || $status = 404 ]] || fail "Marathon does not cancel deployment $deployment of $id: status $status: ${body:0:300}" \
            "cancel it by DELETE /v2/deployments/$deployment?force=true, and run up again"
    done
    wait_for 60 none_left || fail "deployment ${ended//$'\n'/, } of $id was cancelled 60 s ago and is still there" "restart the leading Marathon ('systemctl restart marathon'), and run up again"
    for _ in 1 2 3 4 5; do
        call POST "/v2/apps$id/restart?force=true"
        [ "$status" = 409 ] || break
        sleep 2
    done
    [ "$status" = 200 ] || fail "Marathon does not deploy $id anew: status $status: ${body:0:300}" "see 'journalctl -u marathon'"
    rm -f "$record.hangs"
    changed "deployed $id anew${ended:+, in place of deployment ${ended//$'\n'/, }, which hung}"
}

none_left() {
    call GET "/v2/apps$id?$embeds"
    [ -z "$(deployments)" ]
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
    failure=$(of_versions '[$new[] | select(ill)] | length')
    [ "${failure:-0}" = 0 ] || printf '%s of its tasks fail their health check. ' "$failure"
}

give_up() { # WHY
    local running app=$body at
    # The next run knows by this that it was waited for long enough.
    mkdir -p "${record%/*}" && deployments >"$record.hangs"
    running=$(of_versions '"\([$new[] | select(good)] | length) of \($wanted) tasks of this version \(if $checked == "" then "run" else "are healthy" end)\(
        if ($old | length) > 0 then ", \($old | length) of earlier ones still run" else "" end)"')
    call GET /v2/deployments
    at=$(of_app --arg id "$id" '[.[] | select(.affectedApps | index($id)) | "deployment \(.id) has been at \(
        [.currentActions[]? | select(.app == $id) | .action] | unique | join(", ")) (step \(.currentStep) of \(.totalSteps)) since \(.version)"] | join("; ")')
    body=$app
    fail "$id is not deployed after $SECONDS s: ${1:-no reason is told by Marathon. }${running:+$running; }${at:-Marathon has no deployment of it under way}" "$(remedy "$1")"
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
        *) printf "see the app in /v2/deployments of Marathon and 'journalctl -u marathon'; the next run cancels what hangs, and deploys anew" ;;
    esac
    printf "; 'make verify' names every reason"
}

undo() {
    call DELETE "/v2/apps$id?force=true"
    [ "$status" = 404 ] || changed "deleted $id"
    wait_for 120 gone || notes+=("$id still has tasks that end")
    rm -f "$record" "$record".{hangs,leaves}
}

gone() {
    call GET "/v2/apps$id/tasks"
    [ "$status" = 404 ]
}
