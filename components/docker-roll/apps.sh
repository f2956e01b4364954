# shellcheck shell=bash
# Marathon's apps, between one host's turn and the next: what ran whole before is whole again before another host's tasks go.

# Whoever is asked passes the question on to the one that leads.
ask_marathon() { # METHOD PATH
    local url
    for url in "${marathons[@]}"; do
        timeout 60 curl -fsS -K <(login_of) --connect-timeout 5 -X "$1" -H 'Accept: application/json' "$url$2" 2>/dev/null && return 0
    done
    return 1
}

ask_apps() { ask_marathon GET '/v2/apps?embed=apps.counts'; }

# "ID whole" for every app of which as many as described run, and are healthy where that is checked; "ID starting" where the rest is on its
# way, and "ID lacking" where it is not.
app_states() {
    leaves | awk -F '\t' '
        { split("", at); split($1, at, ".") }
        at[1] == "apps" { fields[at[2], at[3] (4 in at ? ".": "")] = $2; if (at[2] >= count) count = at[2] + 1 }
        END {
            for (n = 0; n < count; n++) {
                instances = fields[n, "instances"] + 0
                good = ((n, "healthChecks.") in fields ? fields[n, "tasksHealthy"] : fields[n, "tasksRunning"]) + 0
                coming = fields[n, "tasksStaged"] > 0 || fields[n, "tasksRunning"] + 0 >= instances
                print fields[n, "id"], (good >= instances ? "whole" : coming ? "starting" : "lacking")
            }
        }'
}

# Apps with several tasks that run, all of them on one agent, and one of these tasks.
only_at() { # AGENT-ID
    leaves | awk -F '\t' -v agent="$1" '
        { split($1, at, "."); fields[at[2], at[3]] = $2; if (at[1] == "tasks" && at[2] >= count) count = at[2] + 1 }
        END {
            for (n = 0; n < count; n++) {
                app = fields[n, "appId"]
                if (fields[n, "state"] != "TASK_RUNNING") continue
                if (fields[n, "slaveId"] == agent) { here[app]++; task[app] = fields[n, "id"] } else elsewhere[app]++
            }
            for (app in here) if (here[app] > 1 && !elsewhere[app]) print app, task[app]
        }'
}

# Mesos ends all tasks of an agent at once. One task of an app that has none elsewhere is moved before, while its others answer: the
# agent gets none by then.
spread_apps() { # AGENT-ID
    local app task tasks
    tasks=$(ask_marathon GET /v2/tasks | only_at "$1") || return 0
    [ -n "$tasks" ] || return 0
    while read -r app task; do
        ask_marathon DELETE "/v2/apps$app/tasks/$task" >/dev/null || notes+=("Marathon does not end the task $task of $app")
    done <<<"$tasks"
    wait_for "$app_timeout" is_spread "$1" ||
        notes+=("apps have tasks here alone, and Marathon starts none elsewhere: $(ask_marathon GET /v2/tasks | only_at "$1" | cut -d ' ' -f 1 | tr '\n' ' ')")
}

is_spread() {
    local tasks
    tasks=$(ask_marathon GET /v2/tasks) && [ -z "$(only_at "$1" <<<"$tasks")" ] && none_lacking
}

# Sets `whole`: the ids of apps that lack nothing.
know_apps() {
    local id word states
    # A turn that was broken off, or another change, may have left some on their way.
    wait_for 60 none_starting || true
    states=$(ask_apps) ||
        fail "no Marathon answers, and without it nothing that is stopped here starts elsewhere: ${marathons[*]}" \
            "see 'systemctl status marathon' there, and whether a Mesos master leads ('make verify'); then run up again"
    while read -r id word; do [ "$word" != whole ] || whole+=("$id"); done < <(app_states <<<"$states")
}

none_starting() { states=$(ask_apps) && [[ $(app_states <<<"$states")$'\n' != *' starting'$'\n'* ]]; }

# Those that were whole and are not; all of them while nobody tells.
lacking() {
    local states id
    if ! states=$(ask_apps); then printf '%s\n' "${whole[@]}"; return; fi
    states=$'\n'$(app_states <<<"$states")$'\n'
    for id in "${whole[@]}"; do [[ $states != *$'\n'"$id "@(lacking|starting)$'\n'* ]] || printf '%s\n' "$id"; done
}

none_lacking() { [ -z "$(lacking)" ]; }

await_apps() {
    local left
    if ! wait_for "$app_timeout" none_lacking; then
        left=$(lacking | tr '\n' ' ')
        fail "apps that were whole before this host's turn are not $app_timeout s later: ${left% }" \
            "'make verify' says what they wait for; no further host has its turn before: run up again when they are there"
    fi
}
