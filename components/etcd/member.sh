# shellcheck shell=bash
# One member of the etcd cluster. Members are visited one after another: one that runs is restarted only while the
# others keep the quorum without it, and the leader hands over first.

converge() {
    [ -z "$archive_url" ] || put_archive etcd "$archive_url" "$archive_sha256"
    put_user etcd /var/lib/etcd
    # Read at a member's first start only, so a change here restarts nobody.
    put_file /etc/etcd/bootstrap.conf 0644 root:root "$bootstrap_conf"
    for_unit etcd
    put_data_dir "${data_dir%/*}" 0700 etcd:etcd
    [ ! -d "$data_dir" ] || put_data_dir "$data_dir" 0700 etcd:etcd
    put_file /etc/etcd/etcd.conf 0644 root:root "$etcd_conf"
    put_file /etc/systemd/system/etcd.service 0644 root:root "$unit_file"
    for_unit
    rm -f "$join_file" "$join_environment" && reload_if_needed etcd
    local print
    print=$(fingerprint "$etcd_conf" "$unit_file" "$version")
    if is_applied etcd "$print" && healthy "$address"; then
        enable_unit etcd
    else
        if is_applied etcd "$print"; then wake; else spare_me; fi
        [ -d "$data_dir/member/wal" ] || join
        # The unit reports that it is ready only with a quorum, which the first members of a new cluster do not have.
        run_unit etcd "$print" --no-block
        await
        mark_applied etcd "$print"
        rm -f "$join_file" "$join_environment" && reload_if_needed etcd
    fi
    [ -z "$last" ] || drop_strangers
}

# Read after the unit's own environment files, so it wins; in /run, since only the first start is different.
join_file=/run/systemd/system/etcd.service.d/datacentre-join.conf
join_environment=/run/datacentre/etcd-join.conf

ctl() { # ADDRESS ARGUMENT...
    local at=$1
    shift
    ETCDCTL_API=3 timeout 10 "$etcdctl" --endpoints="http://$at:$client_port" --command-timeout=4s "$@" 2>>"$log"
}

# A member is healthy when it commits a read, so when it belongs to a quorum. One without a leader says so at once,
# where etcdctl would try until its time is up.
healthy() {
    timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2"; printf "GET /health HTTP/1.0\r\n\r\n" >&3; cat <&3' - "$1" "$client_port" \
        2>/dev/null | grep '"health": *"true"' >/dev/null
}

answers() { port_open "$1" "$peer_port"; }

quorum() { printf '%s' $(((${#peers[@]} + 1) / 2 + 1)); }

# The first other member that is healthy.
helper() {
    local peer
    for peer in "${peers[@]}"; do
        if healthy "$peer"; then printf '%s' "$peer"; return; fi
    done
    return 1
}

spare_me() {
    local peer
    unit_is active etcd && [ "${#peers[@]}" -ge "$(quorum)" ] && healthy "$address" || return 0
    if [ "$(how_many healthy "${peers[@]}")" -lt "$(quorum)" ]; then
        for peer in "${peers[@]}"; do
            # Where the host is up and its member is not, the member's own step is still to come: waiting for it here
            # would be waiting for ever.
            healthy "$peer" || { port_open "$peer" 22 && ! answers "$peer"; } ||
                fail "a restart here would cost the cluster its quorum, since $peer is not healthy" \
                    "bring that host or its member back ('systemctl status etcd' there), then run up again"
        done
    fi
    hand_over
}

# Gives the leadership to another member, so that a restart costs no election.
hand_over() {
    local status other
    status=$(ctl "$address" endpoint status -w simple) || return 0
    [ "$(cut -d, -f5 <<<"$status" | tr -d ' ')" = true ] || return 0
    other=$(helper) || return 0
    other=$(ctl "$other" endpoint status -w simple | cut -d, -f2 | tr -d ' ') || return 0
    ctl "$address" move-leader "$other" >/dev/null || true
}

# A member that runs and is not healthy, although others are, is stuck.
wake() {
    helper >/dev/null && ! wait_for 20 healthy "$address" || return 0
    quietly systemctl restart --no-block etcd
    changed "restarted etcd, which was not healthy"
}

# Without data of its own, a member either takes part in the making of a new cluster, or joins the one that is there.
join() {
    local at listed id answer
    at=$(helper) || return 0
    listed=$(ctl "$at" member list | grep -F "http://$address:$peer_port,") || true
    id=${listed%%,*}
    # A member tells the cluster its client URLs when it starts for the first time.
    if [ -n "$listed" ] && [ -n "$(cut -d, -f5 <<<"$listed" | tr -d ' ')" ]; then
        # It had data, which is gone: the others' copies are what there is, and a new member fetches one.
        [ "$(how_many healthy "${peers[@]}")" -ge "$(quorum)" ] ||
            fail "the data of this member is gone, and without it the cluster has no quorum" "bring the other members back first"
        ctl "$at" member remove "$id" >/dev/null
        changed "removed the former member $node, whose data is gone"
        listed=
    fi
    if [ -z "$listed" ]; then
        wait_for 30 add_member "$at" || fail "the cluster does not take a new member: $(tail -n 1 "$log")" \
            "mend its unhealthy members first ('etcdctl endpoint health --cluster')"
        changed "added member $node"
    fi
    answer=$(ctl "$at" member list | awk -F ', ' -v me="http://$address:$peer_port" -v name="$node" \
        '{print ($4 == me ? name : $3) "=" $4}' | grep -v '^=' | paste -sd, -)
    mkdir -p "${join_file%/*}"
    printf 'ETCD_INITIAL_CLUSTER_STATE=existing\nETCD_INITIAL_CLUSTER=%s\n' "$answer" >"$join_environment"
    printf '[Service]\nEnvironmentFile=%s\n' "$join_environment" >"$join_file"
    reload_units
}

add_member() { ctl "$1" member add "$node" --peer-urls="http://$address:$peer_port"; }

await() {
    if [ -n "$last" ]; then
        wait_for 180 all_healthy || explain "not all members are healthy 180 s after the last one started"
    elif [ $(($(how_many answers "${peers[@]}") + 1)) -ge "$(quorum)" ]; then
        wait_for 180 healthy "$address" || explain "this member is not healthy 180 s after its start"
    fi
}

all_healthy() { healthy "$address" && [ "$(how_many healthy "${peers[@]}")" = "${#peers[@]}" ]; }

# The last member tidies the list: members whose nodes are no longer described are taken out, one at a time.
drop_strangers() {
    local line url known peer
    while read -r line; do
        url=$(cut -d, -f4 <<<"$line" | tr -d ' ') known=
        for peer in "$address" "${peers[@]}"; do [ "$url" != "http://$peer:$peer_port" ] || known=yes; done
        [ -z "$known" ] || continue
        ctl "$address" member remove "${line%%,*}" >/dev/null
        changed "removed member $url, which is not described any more"
        wait_for 30 healthy "$address"
    done < <(ctl "$address" member list)
}

explain() { # PROBLEM
    local why
    why=$(journal_says etcd -iE 'fatal|panic|error|mismatch|no space|refused')
    fail "$1${why:+; its journal says: $why}" \
        "check ports $client_port and $peer_port between the members, the disk, and 'journalctl -u etcd'"
}

undo() {
    undo_unit etcd
    rm -f "$join_file" "$join_environment"
    restore /etc/etcd/etcd.conf /etc/etcd/bootstrap.conf /etc/systemd/system/etcd.service
    reload_units
    remove_data "$data_dir"
    [ -z "$archive_url" ] || undo_archive etcd "$archive_sha256"
    drop_dirs /etc/etcd "${data_dir%/*}"
    undo_user etcd
}
