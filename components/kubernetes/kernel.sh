# shellcheck shell=bash
# What the kernel is told. What it was told before is noted, and told again at the end; not in a container, whose kernel is others' too.

kernel_record=$state/kubernetes-sysctl
sysctl_file=/etc/sysctl.d/60-datacentre-kubernetes.conf

put_kernel() {
    local i key value now module
    for ((i = 0; i < ${#kernel_files[@]}; i += 2)); do put_file "${kernel_files[i]}" 0644 root:root "${kernel_files[i + 1]}"; done
    for module in "${modules[@]}"; do [ -e "/sys/module/$module" ] || quietly modprobe "$module" || true; done
    while IFS=' =' read -r key value; do
        [ -n "$key" ] || continue
        now=$(sysctl -n "$key" 2>/dev/null) || fail "the kernel has no setting $key" "see whether module br_netfilter is there ('modprobe br_netfilter')"
        [ "$now" != "$value" ] || continue
        # More is as good.
        if [[ $key == fs.inotify.* && $now -gt $value ]]; then continue; fi
        mkdir -p "$state"
        grep -qs "^$key " "$kernel_record" || printf '%s %s\n' "$key" "$now" >>"$kernel_record"
        quietly sysctl -q -w "$key=$value" || fail "$key cannot be set to $value" "the kubelet refuses to start with another value: see who forbids it"
        changed "set $key to $value"
    done <"$sysctl_file"
}

undo_kernel() {
    local i key value
    if ! systemd-detect-virt -cq 2>/dev/null; then
        while read -r key value; do quietly sysctl -q -w "$key=$value" || true; done < <(cat "$kernel_record" 2>/dev/null)
    fi
    rm -f "$kernel_record"
    for ((i = 0; i < ${#kernel_files[@]}; i += 2)); do restore "${kernel_files[i]}"; done
}
