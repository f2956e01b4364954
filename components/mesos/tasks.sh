# shellcheck shell=bash
# What an agent has started outlives it, and would outlive the stack.

stop_tasks() {
    local tasks=() one
    for one in "${agent_units[@]}"; do quietly systemctl kill --kill-who=all -s KILL "$one" || true; done
    stop_contained
    command -v docker >/dev/null || return 0
    mapfile -t tasks < <(docker ps -aq --filter 'name=^/mesos-' 2>/dev/null)
    [ "${#tasks[@]}" = 0 ] || { quietly docker rm -f "${tasks[@]}" && changed "removed ${#tasks[@]} containers of tasks"; }
}

# Tasks of the Mesos containerizer are not in the agent's own control group: its launcher gives each container one of its own, named by
# its id, in the hierarchies of the isolators and the freezer's; systemd's has them in mesos_executors.slice.
# Source: Mesos 1.11, src/slave/containerizer/mesos/linux_launcher.cpp, launcher.cpp; src/linux/systemd.cpp.
stop_contained() {
    local groups=() pids=() group n=0 round
    for group in "$cgroups_hierarchy/$cgroups_root"/*/ "$cgroups_hierarchy"/*/"$cgroups_root"/*/; do
        group=${group%/}
        # Others' are left alone, such as those of another agent's.
        if [ -d "$group" ] && is_container "${group##*/}"; then groups+=("$group"); fi
    done
    mapfile -t -O "${#groups[@]}" groups < <(groups_of_units)
    for round in {1..100}; do
        mapfile -t pids < <(contained "${groups[@]}"; sessions)
        [ "${#pids[@]}" -gt 0 ] || break
        [ "$round" != 1 ] || n=${#pids[@]}
        kill -KILL "${pids[@]}" 2>/dev/null || true
        # What is frozen ends when it is thawed.
        for group in "${groups[@]}"; do [ ! -e "$group/freezer.state" ] || printf THAWED >"$group/freezer.state" || true; done
        sleep 0.1
    done
    [ "${#pids[@]}" = 0 ] || notes+=("processes of tasks do not end: ${pids[*]}")
    for group in "${groups[@]}"; do quietly find "$group" -depth -type d -exec rmdir {} \; || true; done
    [ "$n" = 0 ] || changed "ended $n processes of tasks"
}

# Of agents' units, whose package may be gone and systemd with it have forgotten them: executors that were started in them.
groups_of_units() {
    local slice one group
    slice=$(systemctl show -p ControlGroup system.slice 2>/dev/null | sed -n 's/^ControlGroup=//p')
    [ -n "$slice" ] || return 0
    for one in "${agent_units[@]}"; do
        for group in "$cgroups_hierarchy/systemd$slice/$one.service" "$cgroups_hierarchy$slice/$one.service"; do
            [ ! -e "$group/cgroup.procs" ] || printf '%s\n' "$group"
        done
    done
}

# Whether this agent has made a container of that id.
is_container() { compgen -G "$work_dir/slaves/*/frameworks/*/executors/*/runs/$1" >/dev/null; } # ID

# Processes in control groups, and those below. One of another PID namespace is shown as 0.
contained() { # GROUP...
    [ $# -gt 0 ] || return 0
    find "$@" -name cgroup.procs -exec cat {} + 2>/dev/null | grep -vx 0 | sort -u || true
}

# Where the launcher has no control groups, each executor leads a session, which is told by its checkpoint. A number may be somebody
# else's by now, who is not in that slice.
sessions() {
    local file pid
    for file in "$work_dir"/meta/slaves/*/frameworks/*/executors/*/runs/*/pids/forked.pid; do
        pid=$(cat "$file" 2>/dev/null || true)
        [ -n "$pid" ] || continue
        grep -F mesos_executors.slice "${proc:-/proc}/$pid/cgroup" >/dev/null 2>&1 || continue
        ps -o pid= -s "$pid" 2>/dev/null | tr -d ' ' || true
    done
}

# The network namespaces of containers are mounted below the work directory, which is a mount of its own for them. Their addresses
# go back with the node.
drop_networks() {
    local path
    while read -r path; do quietly umount -l "$path"; done < <(awk '{ print $2 }' /proc/self/mounts | grep -F "$work_dir/isolators/" | sort -r)
    rm -rf "$work_dir/isolators"
}
