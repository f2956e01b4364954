# shellcheck shell=bash
# flannel on one host: flanneld, its unit, and what on the host goes by its lease. Routes and devices stay while flanneld is started
# anew, so hosts need not take turns.

network_note=$state/applied/flannel-network
lease_file=/run/flannel/subnet.env
kept_home=/var/lib/datacentre-flannel

converge() {
    local i print archive
    check_kernel
    check_routes
    keep_kernel_settings
    put_flannel
    for_unit "$flannel_unit"
    for ((i = 0; i + 1 < ${#files[@]}; i += 2)); do
        put_file "${files[i]}" "$([[ ${files[i]} == */systemd/* ]] && echo 0644 || echo 0755)" root:root "${files[i + 1]}"
    done
    for_unit
    drop_others
    archive=$(cat "$home/.datacentre-from" 2>/dev/null || true)
    # A new certificate is read at a start alone.
    print=$(fingerprint "$config" "$home" "$archive" "$(cat "$client_certificate" 2>/dev/null || true)" "${files[@]}")
    reload_if_needed "$flannel_unit"
    leave_former_network
    run_unit "$flannel_unit" "$print" --no-block
    wait_for 100 has_lease || explain
    mark_applied "$flannel_unit" "$print"
    mark_applied flannel-network "$config"
    print=$(fingerprint "${files[@]}")
    reload_if_needed "$guard_unit"
    run_unit "$guard_unit" "$print"
    mark_applied "$guard_unit" "$print"
    if [ -n "$docker" ]; then put_docker_options; else drop_docker_options; fi
}

lease() { sed -n "s/^FLANNEL_$1=//p" "$lease_file" 2>/dev/null | tail -n 1; }

has_lease() { unit_is active "$flannel_unit" && [ "$(lease NETWORK)" = "$network" ] && [ -n "$(lease SUBNET)" ]; }

# Units that this node's containers have no use for.
drop_others() {
    [ -n "$docker" ] || restore "/etc/systemd/system/$renewal_unit.service"
    [ -n "$pods" ] || restore "$cni_file"
    [ -z "$pods" ] || { remember "$cni_file" && make_dir "${cni_file%/*}"; }
}

# Upstream's archive has its programs at its top, where others have a folder of their own.
put_flannel() {
    local got from=
    [ -n "$archive_sha256" ] || from=$(stat -c '%s %Y' "${archive_url#file://}" 2>/dev/null) ||
        fail "there is no ${archive_url#file://}" "put the archive there, or correct datacentre:sources.flannel.url"
    [ ! -x "$home/flanneld" ] || [ "$(cat "$home/.datacentre-from" 2>/dev/null)" != "$from" ] || return 0
    rm -rf "$home.new" && mkdir -p "$home.new"
    fetch "$archive_url" "$home.tar.gz" || fail "cannot download $archive_url" "check datacentre:sources.flannel.url, and whether this host reaches it"
    got=$(sha256sum "$home.tar.gz" | cut -c 1-64)
    [ -z "$archive_sha256" ] || [ "$got" = "$archive_sha256" ] || {
        rm -rf "$home.tar.gz" "$home.new"
        fail "$archive_url has sha256 $got, not $archive_sha256" "if that file is the wanted one, set datacentre:sources.flannel.sha256 to what its publisher states"
    }
    quietly tar -xzf "$home.tar.gz" -C "$home.new" --no-same-owner || fail "$archive_url is no .tar.gz" "give upstream's release for this machine, such as flannel-v0.28.4-linux-amd64.tar.gz"
    rm -f "$home.tar.gz"
    [ -f "$home.new/flanneld" ] || fail "$archive_url has no flanneld at its top" "give upstream's release, such as flannel-v0.28.4-linux-amd64.tar.gz"
    chmod 0755 "$home.new/flanneld"
    quietly "$home.new/flanneld" --version || fail "flanneld of $archive_url does not run here" "give the release for a $(uname -m)"
    [ -z "$from" ] || printf '%s' "$from" >"$home.new/.datacentre-from"
    # A program that runs keeps its file until it is started again.
    rm -rf "$home.old" && { [ ! -d "$home" ] || mv -T "$home" "$home.old"; }
    mv -T "$home.new" "$home" && rm -rf "$home.old"
    changed "unpacked flannel in $home"
}

# flanneld reads its network at its start alone, and gives a subnet back that is no part of it. What the one before has set up in the
# kernel nobody would take away.
leave_former_network() {
    local former
    former=$(cat "$network_note" 2>/dev/null || true)
    [ -n "$former" ] && [ "$former" != "$config" ] || return 0
    quietly systemctl stop "$flannel_unit" || true
    clear_devices
    changed "left the former network $former"
}

explain() {
    local why
    why=$(journal_says "$flannel_unit" -E '^[EF][0-9]{4}|Failed|failed|error')
    case $why in
        *'out of subnets'*) fail "every subnet of $network is some host's" "widen datacentre:flannel.subnetMin and subnetMax, or use a larger subnetLen" ;;
        *'network config'*) fail "flanneld finds no network in etcd, or no etcd: $why" \
            "see 'etcdctl get $prefix/config' on a member, ports of etcd from this host (${endpoints[*]}), and whether another prefix was written by hand: flannel's packages had /atomic.io/network" ;;
        *br_netfilter*) fail "the kernel has no br_netfilter" "install the package with this kernel's further modules" ;;
    esac
    fail "flanneld has no lease 100 s after its start${why:+; its journal says: $why}" \
        "see 'journalctl -u $flannel_unit' on $node, and whether it reaches etcd (${endpoints[*]})"
}

# A node that goes gives its subnet back. One that cannot is found by the next `up` of the others.
leave_etcd() {
    local name at
    while read -r name at; do
        [ "$at" = "$address" ] || continue
        delete_key "$prefix/subnets/$name" && changed "gave back the subnet ${name/-/\/}"
    done < <(leases "$prefix" || { notes+=("etcd did not answer, and still has this host's subnet"); true; })
}

undo() {
    local i
    if [ -e /etc/systemd/system/docker.service.d/datacentre-flannel.conf ]; then drop_docker_options; fi
    undo_unit "$guard_unit"
    undo_unit "$flannel_unit"
    leave_etcd
    clear_devices
    clear_rules
    for ((i = 0; i + 1 < ${#files[@]}; i += 2)); do restore "${files[i]}"; done
    restore "/etc/systemd/system/$renewal_unit.service" "$cni_file"
    reload_units
    rm -rf /run/flannel "$kept_home" "$home" "$home.new" "$home.old" "$home.tar.gz"
    rmdir /opt/datacentre 2>/dev/null || true
    drop_dirs /usr/local/lib/datacentre "${cni_file%/*}"
    rm -f "$network_note"
    restore_kernel_settings
}
