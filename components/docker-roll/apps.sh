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
    each_of '
        good = checked ? number["tasksHealthy"] : number["tasksRunning"]
        coming = number["tasksStaged"] > 0 || number["tasksRunning"] >= number["instances"]
        print word["id"], (good >= number["instances"] ? "whole" : coming ? "starting" : "lacking")'
}

# Apps with several tasks that run, all of them on one agent.
only_at() { # AGENT-ID
    each_of 'if (word["state"] == "TASK_RUNNING") print word["appId"], word["slaveId"], word["id"]' |
        awk -v agent="$1" '$2 == agent {here[$1]++; task[$1] = $3; next} {elsewhere[$1]++} END {for (app in here) if (here[app] > 1 && !elsewhere[app]) print app, task[app]}'
}

# Runs an action of awk for each object of a list, such as {"apps":[…]}: word[KEY] has its texts, number[KEY] its numbers, and checked
# says whether it has health checks. Hosts need not have jq.
each_of() { # ACTION
    awk '
        function value() {
            if (depth == 3) { if (digits ~ /^ *$/) word[key] = text; else number[key] = digits + 0 }
            key = ""; digits = ""; text = ""
        }
        {
            end = length($0)
            for (i = 1; i <= end; i++) {
                c = substr($0, i, 1)
                if (quoted) {
                    if (c == "\\") i++; else if (c == "\"") quoted = 0; else text = text c
                } else if (c == "\"") { quoted = 1; text = "" }
                else if (c == ":") { if (depth == 3) { key = text; digits = "" } }
                else if (c == "{" || c == "[") { if (depth == 4 && key == "healthChecks") checked = 1; depth++ }
                else if (c == "}" || c == "]") {
                    value()
                    if (--depth == 2 && "id" in word) {
                        '"$1"'
                        checked = 0; split("", number); split("", word)
                    }
                } else if (c == ",") { if (depth == 3) value() }
                else if (depth == 3) digits = digits c
            }
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
    sleep 5
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
        fail "apps that were whole before this host's engine was restarted are not $app_timeout s later: ${left% }" \
            "'make verify' says what they wait for; no further host is restarted before: run up again when they are there"
    fi
    # Who balances their load hears of new tasks a moment later, and is to know them before the next host's go.
    sleep 5
}
