# shellcheck shell=bash
# Apps of this stack that are described no more. The engine deletes an app that it knows; one whose first deployment failed it does not
# know, so such a one is found by the label that it came with.

# It runs before apps are put there, so that the list of those that may be there is in the state before one of them fails.
# shellcheck disable=SC2034 # read by main
host_lock=$run/lock.$step

drop_all_but() { # ID...
    local id stores list record
    call GET "/v2/apps?label=datacentre-stack"
    [ "$status" = 200 ] || fail "Marathon answers $status when it is asked for apps: ${body:0:300}" "see 'journalctl -u marathon'"
    list=$(jq -r --arg owner "$owner" '.apps[] | select(.labels["datacentre-stack"] == $owner) |
        "\(.id) \(if any(.container.volumes[]?; .persistent != null) then "yes" else "no" end)"' <<<"$body")
    while read -r id stores; do
        if [ -z "$id" ] || [[ " $* " == *" $id "* ]]; then continue; fi
        record=$(record_of "$id")
        # One that came to its end the engine knows, and deletes when what is new is there. It did not, where this finds the app again.
        if [ -e "$record" ] && [ "$#" -gt 0 ]; then
            mv "$record" "$record.leaves"
            continue
        fi
        # Its tasks may have stored something there.
        if [ "$stores" = yes ]; then
            notes+=("$id is described no more and has a persistent volume: DELETE /v2/apps$id?force=true deletes both")
            continue
        fi
        call DELETE "/v2/apps$id?force=true"
        [[ $status = 200 || $status = 404 ]] || fail "Marathon does not delete $id, which is described no more: status $status: ${body:0:300}" "see 'journalctl -u marathon'"
        rm -f "$record" "$record".{hangs,leaves}
        changed "deleted $id, which is described no more"
        wait_for 120 gone "$id" || notes+=("$id still has tasks that end")
    done <<<"$list"
}

gone() { # ID
    call GET "/v2/apps$1/tasks"
    [ "$status" = 404 ]
}

converge() {
    local id
    for id in "${described_apps[@]}"; do rm -f "$(record_of "$id").leaves"; done
    # An id for none, so that this is never the word to delete all.
    drop_all_but / "${described_apps[@]}"
}

# Those that the engine knew are gone by now.
undo() { drop_all_but; }
