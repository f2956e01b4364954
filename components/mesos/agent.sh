# shellcheck shell=bash
# One Mesos agent. Its id and its tasks belong together: Mesos refuses an agent that comes back with another name or port,
# or with less than it had, so this asks first, and puts the old settings back where it could not know.

converge() {
    find_layout
    [ -n "$has_master" ] || keep_off mesos-master
    judge
    keep_settings
    for_unit "$unit"
    put_dir "$work_dir" 0755 root:root
    put_logins
    put_program
    for_unit
    reload_if_needed "$unit"
    local print
    print=$(fingerprint "${inputs[@]}")
    programs_due
    if [ "${#due[@]}" = 0 ] && is_applied "$unit" "$print" && registered; then
        enable_unit "$unit"
        leave_other_layouts
        forget_settings
        programs_serve
        return
    fi
    upgrade_programs "$unit" registered
    local here
    here=$(journal_end)
    leave_other_layouts
    run_unit "$unit" "$print"
    await "$here"
    put_file "$identity_file" 0644 root:root "$hostname $port"$'\n'
    [ -z "${marathons-}" ] || open_proxy
    mark_applied "$unit" "$print"
    forget_settings
    programs_serve
    [ "${#whole[@]}" = 0 ] || await_apps
}

# Where an agent may get a new id, its tasks end: apps go elsewhere before, and are whole again before the next agent's turn
# (docker-roll/apps.sh, proxies.sh).
whole=()

send_tasks_away() {
    local id
    [ -n "${marathons-}" ] && registered || return 0
    id=$(agent_id)
    know_apps
    # Masters before 1.9 do not know the call, and cannot drain either.
    if operate DEACTIVATE_AGENT "$id" && [[ $answer == 2?? ]]; then hand_over "$id"; fi
}

# What its containerizers send to private registries. It is read at the agent's start alone.
put_logins() {
    if [ "${logins:-0}" -gt 0 ]; then
        put_file "$docker_config" 0600 root:root "$(client_config)"$'\n'
    elif [ -e "$docker_config" ]; then
        rm -f "$state/applied/$unit"
        restore "$docker_config"
    fi
}

identity_file=$work_dir/.datacentre-agent
latest=$work_dir/meta/slaves/latest
# Under which it ran before, in the layout that it has.
settings_before() { printf '%s' "$state/${settings##*/}.before"; }

# A name or port that changes is refused by Mesos under every policy, so it is known before anything is touched.
judge() {
    local was port_now=$port port
    { [ -e "$latest" ] || [ -L "$latest" ]; } && [ -e "$identity_file" ] || return 0
    was=$(cat "$identity_file")
    [ "$was" != "$hostname $port_now" ] || return 0
    [ "$incompatible" = renew ] ||
        fail "this agent was ${was/ /:} and would become $hostname:$port_now, which Mesos refuses ('Incompatible agent info detected')" \
            "take the change back, or set datacentre:mesos.incompatibleAgent: renew, which drains the agent and gives it a new id"
    # It listens where it did before, and is asked there.
    port=${was##* }
    send_tasks_away
    drain
    renew "its name or port changed"
}

renew() { # WHY
    local one
    for one in "${agent_units[@]}"; do ! unit_is active "$one" || quietly systemctl stop "$one"; done
    rm -f "$latest" "$identity_file" "$state/applied/$unit"
    changed "gave the agent a new id, since $1"
}

# A copy of the settings under which it runs, until it runs under new ones.
keep_settings() {
    local kept
    kept=$(settings_before)
    [ ! -e "$kept" ] && [ -e "$settings" ] && [ -e "$latest" ] && registered || return 0
    rm -rf "$kept.new" && cp -a "$settings" "$kept.new" && mv -T "$kept.new" "$kept"
}

forget_settings() { rm -rf "$state"/mesos-{slave,agent}{,.env}.before; }

# As policy `equal` says it, and `additive`.
refusal='Incompatible agent info|Configuration change not permitted'

# Where the journal ends by now: a time would let lines of the same second through.
journal_end() { journalctl -q -n 0 --show-cursor 2>/dev/null | sed -n 's/^-- cursor: //p'; }

incompatible_since() { # JOURNAL_END
    journalctl -u "$unit" --after-cursor="$1" -o cat --no-pager 2>/dev/null | grep -E "$refusal" >/dev/null
}

# One that was described no more was marked gone when it was empty, and is shut down each time that it comes back under its id.
# Source: Mesos 1.11, src/master/master.cpp, reregisterSlave.
gone_since() { # JOURNAL_END
    journalctl -u "$unit" --after-cursor="$1" -o cat --no-pager 2>/dev/null | grep -F 'Agent has been marked gone' >/dev/null
}

await() { # JOURNAL_END before the start
    local round
    for round in 1 2; do
        wait_for 90 settled "$1" || true
        ! registered || return 0
        if [ "$round" = 1 ] && gone_since "$1"; then
            renew "a master had marked the old one gone"
        elif ! incompatible_since "$1"; then
            explain "the agent is not registered 90 s after its start"
        elif [ "$round" != 1 ] || [ "$incompatible" != renew ]; then
            refuse
        else
            renew "Mesos refuses what it has now"
        fi
        set -- "$(journal_end)"
        quietly systemctl start "$unit"
    done
    explain "the agent is not registered with its new id"
}

settled() { registered || incompatible_since "$1" || gone_since "$1"; }

refuse() {
    local detail kept
    kept=$(settings_before)
    detail=$(journalctl -u "$unit" -n 60 -o cat --no-pager 2>/dev/null | grep -E "$refusal" | tail -n 1 | cut -c 1-400 || true)
    if [ -e "$kept" ]; then
        rm -rf "$settings" && cp -a "$kept" "$settings"
        quietly systemctl restart "$unit"
        wait_for 60 registered || true
        forget_settings
        detail+="(it runs again with its old settings)"
    fi
    fail "Mesos refuses this agent with its new resources or attributes ('Incompatible agent info detected'): $detail" \
        "take the change back, or set datacentre:mesos.incompatibleAgent: renew, which gives the agent a new id: its tasks run elsewhere then"
}

explain() { # PROBLEM
    local said
    said=$(why "$unit")
    case $said in
        *"unknown flag"*) fail "$1: its journal says: $said" "take that flag out of datacentre:mesos.agentFlags, or choose another version" ;;
        *"systemd cgroups hierarchy"*)
            fail "$1: this host has cgroup v2 only, where an agent with systemd's support finds no hierarchy of its own, and Apache's Mesos none at all" \
                "start the host with systemd.unified_cgroup_hierarchy=0, or $cgroup2_remedy"
            ;;
        *docker*version* | *"create docker"*) fail "$1: its journal says: $said" "$docker_remedy" ;;
    esac
    fail "$1${said:+; its journal says: $said}" "see 'journalctl -u $unit', whether a master leads ('make verify'), and ports $port and ${masters[*]##*:}"
}

undo() {
    local one
    for one in "${agent_units[@]}"; do undo_program "$one"; done
    restore /etc/mesos/zk "$docker_config"
    reload_units
    stop_tasks
    drop_networks
    drop_executor_image
    remove_data "$work_dir"
    forget_settings
    drop_dirs "$work_dir" /etc/mesos
}
