# shellcheck shell=bash
# Marathon's apps, between one host's turn and the next: what ran whole before is whole again before another host's tasks go.

# Whoever is asked passes the question on to the one that leads.
ask_apps() {
    local url
    for url in "${marathons[@]}"; do
        timeout 60 curl -fsS -K <(login_of) --connect-timeout 5 -H 'Accept: application/json' "$url/v2/apps?embed=apps.counts" 2>/dev/null && return 0
    done
    return 1
}

# "ID whole" for every app of which as many as described run, and are healthy where that is checked; "ID starting" where the rest is on its
# way, and "ID lacking" where it is not.
app_states() {
    awk '
        function value() {
            if (depth == 3) { if (key == "id") id = text; else number[key] = digits + 0 }
            key = ""; digits = ""
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
                    if (--depth == 2 && id != "") {
                        good = checked ? number["tasksHealthy"] : number["tasksRunning"]
                        coming = number["tasksStaged"] > 0 || number["tasksRunning"] >= number["instances"]
                        print id, (good >= number["instances"] ? "whole" : coming ? "starting" : "lacking")
                        id = ""; checked = 0; split("", number)
                    }
                } else if (c == ",") { if (depth == 3) value() }
                else if (depth == 3) digits = digits c
            }
        }'
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
