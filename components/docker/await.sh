# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by those that use it
# An engine's start: what it is to run with, whether it does, and what is done so that a restart spares containers. For the engine's own
# step, and for the one that restarts it in its host's turn.

wanted_engine="$data_root with $storage_driver${cluster_store:+ and $cluster_store}"
# There while an engine runs with former settings until its host's turn comes.
restart_due=$state/docker-restart-due
export DOCKER_HOST=unix:///run/docker.sock
export -n DOCKER_CONTEXT

# All that makes a restart due.
engine_print() { fingerprint "$restart_settings" "$(dockerd --version)" ${engine_proxy:+"$engine_proxy"}; }

# Containers outlive their daemon only where that is said before its end, by a setting which it reloads. A configuration that somebody
# else wrote may lack it.
spare_containers() {
    is_live_restored && return 0
    quietly systemctl reload docker.service || true
    wait_for 10 is_live_restored || notes+=("this engine did not take live-restore, so its containers end with its restart")
}

is_live_restored() { [ "$(timeout 10 docker info --format '{{.LiveRestoreEnabled}}' 2>/dev/null)" = true ]; }

# Later engines know no store, so that those without one are not asked for it.
where_it_is() {
    local format='{{.DockerRootDir}} with {{.Driver}}'
    [ -z "$cluster_store" ] || format+=' and {{.ClusterStore}}'
    timeout 10 docker info --format "$format" 2>/dev/null || true
}

is_as_described() { [ "$(where_it_is)" = "$wanted_engine" ]; }

# A failing daemon is started again by systemd, until it has failed too often.
gave_up() {
    case $(systemctl show -p ActiveState,NRestarts docker.service | tr '\n' ' ') in
        *ActiveState=failed*) return 0 ;;
        *NRestarts=[2-9]*) ! unit_is active docker.service ;;
        *) return 1 ;;
    esac
}

wait_for_engine() { # SINCE, in seconds: what it said before belongs to another start
    local until=$((SECONDS + 90)) found='no answer' said=()
    # When the store went away a moment ago, the unit waits for it, and then dockerd for each of its members.
    [ -z "$cluster_store" ] || until=$((until + 210))
    while [ "$SECONDS" -lt "$until" ] && ! gave_up; do
        if unit_is active docker.service; then
            found=$(where_it_is)
            [ "$found" != "$wanted_engine" ] || return 0
            [ -z "$found" ] || break
        fi
        sleep 0.2
    done
    if unit_is active docker.service; then
        fail "the engine runs, but not at $wanted_engine: ${found:-no answer}" \
            "see 'systemctl cat docker' for flags that name another configuration, and 'journalctl -u docker.service'"
    fi
    mapfile -t said < <(journalctl -u docker.service --since "@$1" -o cat --no-pager 2>/dev/null | tail -n 300 |
        docker_diagnosis "$data_root" "$storage_driver")
    fail "${said[0]}" "${said[1]}"
}
