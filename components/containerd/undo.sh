# shellcheck shell=bash
# Takes the engine off a host that was there before: what it leaves is the host as found, and what users stored.

before=$state/containerd-before

# Asked before our first start: what the engine, and pods' networks, make by themselves.
keep_host() {
    local path
    [ ! -e "$before" ] || return 0
    mkdir -p "$state"
    {
        ! unit_is active containerd.service || printf 'engine was-active\n'
        [ -z "$(running_tasks | grep '^k8s.io ' || true)" ] || printf 'pods were-there\n'
        for path in /run/containerd /var/lib/cni /run/netns; do [ ! -e "$path" ] || printf 'there %s\n' "$path"; done
        [ ! -d "$root" ] || printf 'mode %s\n' "$(stat -c %a "$root")"
    } >"$before.new" && mv "$before.new" "$before"
}

undo() {
    local stays='' path mode
    # Without a record we never came as far as the engine, and one that runs is not ours.
    if [ ! -e "$before" ] || grep -q '^engine' "$before"; then stays=yes; fi
    # The host has another role by now, whose engine it is.
    [ ! -e "$state/docker-before" ] || stays=docker
    [ ! -e "$before" ] || grep -q '^pods' "$before" || end_pods
    if [ -z "$stays" ]; then end_tasks; fi
    while read -r path; do forget_registry "$path"; done < <(cat "$record" 2>/dev/null)
    rm -f "$record"
    restore "$config"
    drop_proxy
    reload_if_needed containerd.service
    if [ -n "$stays" ] && [ -e "$state/applied/containerd.service" ]; then hand_back; fi
    if [ "$stays" = docker ]; then rm -f "$state/applied/containerd.service"; else undo_unit containerd.service; fi
    restore "$cni_bin"
    [ -n "$stays" ] || clear_host
    drop_dirs "$certs" /etc/containerd "$cni_conf"
    if [ -z "$stays" ] || [ "$(root_now)" != "$root" ]; then remove_data "$root"; fi
    drop_dirs "$root"
    mode=$(sed -n 's/^mode //p' "$before" 2>/dev/null) || true
    if [ -d "$root" ] && [ -n "$mode" ]; then chmod "$mode" "$root"; fi
    rm -f "$before"
}

engine_answers() { unit_is active containerd.service && ctr version >/dev/null 2>&1 </dev/null; }

# Whoever ran them is gone. Their containers are asked to end, and have ten seconds.
end_pods() {
    local id pods=()
    engine_answers || return 0
    mapfile -t pods < <(cri_pods)
    [ "${#pods[@]}" -gt 0 ] || return 0
    ask_to_end k8s.io
    for id in "${pods[@]}"; do
        cri_end_pod "$id" 2>>"$log" ||
            fail "the pod $id does not end: $(tail -n 1 "$log")" "end it by hand ('ctr -n k8s.io tasks ls', 'journalctl -u containerd'), then destroy again"
    done
    changed "ended ${#pods[@]} pods"
}

none_runs() { # NAMESPACE
    [ -z "$(running_tasks | grep "^$1 " || true)" ]
}

# Signals all but the sandboxes, which live until their pod is ended.
ask_to_end() { # NAMESPACE
    local id sandboxes
    sandboxes=$(cri_pods)
    for id in $(running_tasks | sed -n "s/^$1 //p"); do
        [[ $'\n'$sandboxes$'\n' == *$'\n'"$id"$'\n'* ]] || quietly ctr -n "$1" tasks kill -a -s TERM "$id" </dev/null || true
    done
    wait_for 10 none_but_sandboxes "$1" "$sandboxes" || true
}

none_but_sandboxes() { # NAMESPACE SANDBOXES
    ! running_tasks | sed -n "s/^$1 //p" | grep -vxF "${2:-none}" >/dev/null
}

# What runs by the engine otherwise.
end_tasks() {
    local space id count=0
    engine_answers || return 0
    for space in $(ctr namespaces ls -q </dev/null); do
        none_runs "$space" || ask_to_end "$space"
        for id in $(ctr -n "$space" tasks ls -q </dev/null); do
            quietly ctr -n "$space" tasks delete -f "$id" </dev/null ||
                fail "container $id of namespace $space does not end: $(tail -n 1 "$log")" "end it by hand ('ctr -n $space tasks ls'), then destroy again"
            count=$((count + 1))
        done
    done
    [ "$count" = 0 ] || changed "ended $count containers"
}

# An engine that ran before us goes on with its own configuration.
hand_back() {
    if [ "$(root_now)" != "$root" ]; then end_tasks; fi
    quietly systemctl restart containerd.service ||
        notes+=("the engine that was here before us does not start with its own $config; see 'journalctl -u containerd.service'")
    changed "restarted containerd.service with its former configuration"
}

was_there() { grep -qxF "there $1" "$before"; }

# What a stopped engine leaves: mounts, its runtime directory, control groups, and rules and notes of pods' networks.
clear_host() {
    local at space table rules='(^:|^-A |-j )CNI-[A-Za-z0-9-]+'
    awk -v root="$root/" '$2 ~ "^/run/containerd/" || index($2, root) == 1 {print $2}' /proc/mounts | sort -r | while read -r at; do
        quietly umount "$at" || quietly umount -l "$at" || true
    done
    for at in /run/netns/cni-*; do
        [ -e "$at" ] || continue
        quietly umount "$at" || true
        rm -f "$at"
    done
    was_there /run/containerd || rm -rf /run/containerd
    was_there /run/netns || rmdir /run/netns 2>/dev/null || { umount /run/netns 2>/dev/null && rmdir /run/netns; } || true
    was_there /var/lib/cni || rm -rf /var/lib/cni
    for space in k8s.io default; do
        find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$space" -print 2>/dev/null | while read -r at; do
            find "$at" -depth -type d -exec rmdir {} + 2>/dev/null || true
        done
    done
    command -v iptables-save >/dev/null || return 0
    for table in filter nat; do
        iptables-save -t "$table" 2>/dev/null | grep -E "$rules" >/dev/null || continue
        iptables-save -t "$table" | grep -vE "$rules" | quietly iptables-restore -T "$table"
        changed "removed the rules of pods' networks from table $table"
    done
}
