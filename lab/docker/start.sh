#!/usr/bin/env bash
# Makes a Docker engine answer on this machine. One that runs already is never stopped or restarted.
# Engines are found by the client or by the pid file, never by process name: lab hosts run engines of their own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"

runtime=datacentre-runc
runtime_path=/usr/local/lib/datacentre/runc-without-sys-resource
pid_file=/var/run/docker.pid

# engine_pid: the running engine's process, when it is on this machine.
engine_pid() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && echo "$pid"
}

config_file() {
    local pid=$1 found
    found=$(tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n '/^--config-file$/{n;p;};s/^--config-file=//p' | head -n 1)
    echo "${found:-/etc/docker/daemon.json}"
}

install_engine() {
    have dockerd && return 0
    say "   no Docker engine is installed: installing Debian's docker.io"
    apt_install docker.io iptables ca-certificates iproute2
}

# The folder is systemd's own sign of that; anything can leave one behind, so who is the first process counts too.
booted_by_systemd() { [ -d /run/systemd/system ] && [ "$(cat /proc/1/comm)" = systemd ]; }

start_engine() {
    need_root "starting a Docker engine"
    if booted_by_systemd; then
        say "   starting docker.service"
        systemctl start docker || fail "docker.service did not start" "see journalctl -u docker"
        return
    fi
    local log=$DATACENTRE_HOME/docker/dockerd.log flags=()
    mkdir -p "${log%/*}"
    rm_stale_pid
    # A bridge wider than the uplink loses large packets without a word.
    grep -qs '"mtu"' /etc/docker/daemon.json || flags+=(--mtu "$(uplink_mtu)")
    say "   systemd is not running here: starting dockerd by hand, log in $log"
    # setsid: it outlives this shell and its terminal. The lock must not outlive this script with it.
    setsid dockerd "${flags[@]}" >>"$log" 2>&1 </dev/null {DC_LOCK_FD}>&- &
    DOCKERD_LOG=$log
}

rm_stale_pid() {
    [ ! -e "$pid_file" ] || engine_pid >/dev/null || rm -f "$pid_file"
}

wait_for_engine() {
    local deadline=$((SECONDS + 60))
    until docker_answers; do
        if ((SECONDS >= deadline)); then
            [ -z "${DOCKERD_LOG:-}" ] || tail -n 15 "$DOCKERD_LOG" | sed 's/^/   | /' >&2
            fail "the Docker engine did not answer within 60 s" "see ${DOCKERD_LOG:-journalctl -u docker}"
        fi
        sleep 0.3
    done
}

# Only where the engine itself lacks the capability; additive, and a reload by signal, so that nothing running is disturbed.
adapt_runtime() {
    local pid file default
    pid=$(engine_pid) || {
        say "   the engine is not this machine's own (or its pid file is elsewhere): runtime left as it is"
        return 0
    }
    lacks_sys_resource "$pid" || return 0
    default=$(docker info --format '{{.DefaultRuntime}}')
    if [ "$default" != runc ] && [ "$default" != "$runtime" ]; then
        say "   this machine lacks CAP_SYS_RESOURCE; the engine's default runtime is '$default', which somebody chose: left as it is"
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        [ "$default" = "$runtime" ] ||
            fail "this machine lacks CAP_SYS_RESOURCE, so privileged containers fail" "run this once as root: it adds a runtime to the engine"
        return 0
    fi
    if ! cmp -s "$here/runc-without-sys-resource" "$runtime_path"; then
        mkdir -p "${runtime_path%/*}"
        install -m 0755 "$here/runc-without-sys-resource" "$runtime_path.new"
        mv "$runtime_path.new" "$runtime_path"
    fi
    file=$(config_file "$pid")
    if [ "$(node "$here/set-runtime.js" "$file" "$runtime" "$runtime_path")" = changed ] || [ "$default" != "$runtime" ]; then
        say "   this machine lacks CAP_SYS_RESOURCE: privileged containers need the runtime '$runtime' ($runtime_path);"
        say "   added to $file as the default one, and the engine (pid $pid) told to reload by SIGHUP"
        kill -HUP "$pid"
        local deadline=$((SECONDS + 15))
        until [ "$(docker info --format '{{.DefaultRuntime}}')" = "$runtime" ]; do
            if ((SECONDS >= deadline)); then
                # A flag of the same meaning makes the engine refuse the file, at its next start too: take the addition out.
                node "$here/set-runtime.js" "$file" "$runtime" --remove >/dev/null
                fail "the engine did not take up the runtime '$runtime'; $file is as it was" \
                    "start dockerd without --default-runtime, or give it a default runtime that asks for no CAP_SYS_RESOURCE"
            fi
            sleep 0.3
        done
    fi
}

report() {
    local cgroup=v1
    [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ] || cgroup=v2
    docker info --format "   Docker {{.ServerVersion}}, storage {{.Driver}}, cgroup $cgroup by {{.CgroupDriver}}, runtime {{.DefaultRuntime}}, uplink MTU $(uplink_mtu)" >&2
}

if docker_answers; then
    lock docker
    adapt_runtime
    stage "docker (skipped: an engine answers)"
else
    stage "docker: no engine answers"
    lock docker
    if ! docker_answers; then
        install_engine
        start_engine
        wait_for_engine
    fi
    adapt_runtime
fi
report
