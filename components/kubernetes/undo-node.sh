# shellcheck shell=bash
# Takes a node back to what it was: pods end with the kubelet, and what both had made of mounts, networks, rules and groups goes.

undo() {
    undo_unit kube-proxy
    undo_unit kubelet
    end_pods
    undo_rules
    restore "${kube_proxy_files[@]}" "${kubelet_files[@]}" "${master_files[@]}" "${static_pods[@]}" /etc/kubernetes/kubelet.env
    reload_units
    undo_local_proxy
    undo_mounts
    undo_groups
    rm -rf /var/log/kubernetes /var/log/pods /var/log/containers
    undo_programs
    undo_kernel
    rm -f "$state/kubernetes-version"
    drop_dirs /etc/kubernetes/manifests /etc/kubernetes/apiserver /etc/kubernetes
}

# Containers and their sandboxes; the engine finds out when it is started anew, which only who keeps it needs.
end_pods() {
    local id space ended=""
    command -v ctr >/dev/null && ctr version >/dev/null 2>&1 || return 0
    for id in $(ctr tasks list -q 2>/dev/null); do
        ctr tasks kill --signal SIGKILL "$id" >>"$log" 2>&1 || true
        wait_for 10 ctr tasks delete --force "$id" || true
        ended=yes
    done
    for id in $(ctr containers list -q 2>/dev/null); do
        quietly ctr containers delete "$id" || true
        ended=yes
    done
    for space in /run/netns/cni-* /var/run/netns/cni-*; do
        [ -e "$space" ] || continue
        # Its end of the pair takes the bridge's end with it.
        quietly ip netns delete "${space##*/}" || { quietly umount "$space" || true; rm -f "$space"; }
    done
    [ -z "$ended" ] || { changed "ended the node's pods"; ! unit_is active containerd || quietly systemctl restart containerd; }
}

# Mounts of pods, which are below the kubelet's directory; what they were of is not touched.
undo_mounts() {
    local at
    [ -d /var/lib/kubelet ] || return 0
    awk '$2 ~ "^/var/lib/kubelet/" {print $2}' /proc/mounts | sort -r | while read -r at; do
        quietly umount -l "$(printf '%b' "$at")" || true
    done
    if awk '$2 ~ "^/var/lib/kubelet/" {found = 1} END {exit !found}' /proc/mounts; then
        notes+=("left /var/lib/kubelet, where something is still mounted")
        return 0
    fi
    # The kubelet mounts it on itself, where it was not a mount that others see; a disk of its own is only emptied.
    if awk '$5 == "/var/lib/kubelet" && $4 != "/" {found = 1} END {exit !found}' /proc/self/mountinfo; then quietly umount -l /var/lib/kubelet || true; fi
    if mountpoint -q /var/lib/kubelet; then find /var/lib/kubelet -xdev -mindepth 1 -delete; else rm -rf --one-file-system /var/lib/kubelet; fi
    changed "removed /var/lib/kubelet"
}

# Rules of kube-proxy by its own verb, then those that the kubelet keeps.
undo_rules() {
    local table
    [ ! -x "$bin/kube-proxy" ] || quietly timeout 60 "$bin/kube-proxy" --cleanup --config=/etc/kubernetes/kube-proxy.yaml || true
    command -v iptables-save >/dev/null || return 0
    for table in mangle nat filter; do drop_chains iptables "$table"; ! command -v ip6tables-save >/dev/null || drop_chains ip6tables "$table"; done
    ! command -v conntrack >/dev/null || quietly conntrack -D -d "$service_network" || true
}

# Jumps to chains of Kubernetes', then the chains, in one transaction of the kernel's.
drop_chains() { # iptables|ip6tables TABLE
    local now chains
    now=$("$1-save" -t "$2" 2>/dev/null) || return 0
    chains=$(sed -n 's/^:\(KUBE-[^ ]*\) .*/\1/p' <<<"$now")
    [ -n "$chains" ] || return 0
    {
        printf '*%s\n' "$2"
        awk '{print "-F", $0}' <<<"$chains"
        grep -E '^-A [^ ]+ .*-j KUBE-' <<<"$now" | grep -v '^-A KUBE-' | sed 's/^-A/-D/' || true
        awk '{print "-X", $0}' <<<"$chains"
        printf 'COMMIT\n'
    } | "$1-restore" --noflush >>"$log" 2>&1 || notes+=("chains KUBE-* of $1 are left in table $2")
}

# Of this host's own tree alone.
undo_groups() {
    local group tree
    group=$(awk -F: '$2 ~ /(^|,)memory(,|$)/ {print $3}' /proc/1/cgroup)
    group=${group%/init.scope}
    [ "$group" != / ] || group=
    for tree in /sys/fs/cgroup{,/*}"$group"/kubepods{,.slice}; do
        [ ! -d "$tree" ] || find "$tree" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    # Of the host's own those that the kubelet's start had made; the others are in use.
    [ -z "$group" ] || rmdir /sys/fs/cgroup/*"$group" 2>/dev/null || true
}
