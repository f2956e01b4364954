# shellcheck shell=bash
# One member of the ZooKeeper ensemble. Members are visited one after another: one that runs is restarted only while the
# others can do without it, and the next is visited only when this one serves again.

converge() {
    [ -z "$archive_url" ] || put_archive zookeeper "$archive_url" "$archive_sha256"
    put_user zookeeper "$data_dir"
    keep_id
    for_unit zookeeper
    put_data_dir "$data_dir" 0750 zookeeper:zookeeper
    put_file "$data_dir/.datacentre-id" 0644 zookeeper:zookeeper "$id"$'\n'
    put_file "$data_dir/myid" 0644 zookeeper:zookeeper "$id"$'\n'
    put_file /etc/zookeeper/conf/zoo.cfg 0644 root:root "$zoo_cfg"
    put_file "/etc/zookeeper/conf/$log_file" 0644 root:root "$log_config"
    put_file /etc/systemd/system/zookeeper.service 0644 root:root "$unit_file"
    for_unit
    reload_if_needed zookeeper
    local print
    print=$(fingerprint "$id" "$zoo_cfg" "$log_config" "$unit_file" "$version")
    if is_applied zookeeper "$print" && serves "$address"; then enable_unit zookeeper; return; fi
    if is_applied zookeeper "$print"; then wake; else spare_me; fi
    run_unit zookeeper "$print"
    await
    mark_applied zookeeper "$print"
}

# The id is part of the data: a member that gets another one's id corrupts the ensemble.
keep_id() {
    local had
    # Debian's package puts a text where the number belongs, so the data have a note of their own.
    had=$(cat "$data_dir/.datacentre-id" "$data_dir/myid" 2>/dev/null | grep -m 1 -xE '[0-9]+' || true)
    if [ -n "$had" ] && [ "$had" != "$id" ] && [ -d "$data_dir/version-2" ]; then
        fail "this member was number $had, and would become number $id" \
            "set datacentre:nodes[].zookeeperId: $had for $node, or empty $data_dir if its data may go"
    fi
}

words() { # ADDRESS WORD: what a member answers to a four-letter word
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"; printf %s "$3" >&3; cat <&3' - "$1" "$client_port" "$2" 2>/dev/null
}

# A member serves when it belongs to a quorum (or is alone).
serves() { words "$1" srvr | grep '^Mode: ' >/dev/null; }

answers() { port_open "$1" "$client_port"; }

spare_me() {
    local others=${#peers[@]} quorum=$(((${#peers[@]} + 1) / 2 + 1)) peer
    serves "$address" && [ "$others" -ge "$quorum" ] || return 0
    [ "$(how_many serves "${peers[@]}")" -lt "$quorum" ] || return 0
    for peer in "${peers[@]}"; do
        # Where the host is up and its member is not, the member's own step is still to come: waiting for it here would
        # be waiting for ever.
        serves "$peer" || { port_open "$peer" 22 && ! answers "$peer"; } ||
            fail "a restart here would cost the ensemble its quorum, since $peer does not serve" \
                "bring that host or its member back ('systemctl status zookeeper' there), then run up again"
    done
}

# A member that runs and does not serve, although the others do, is stuck.
wake() {
    [ "$(how_many serves "${peers[@]}")" -gt 0 ] && ! wait_for 20 serves "$address" || return 0
    quietly systemctl restart zookeeper
    changed "restarted zookeeper, which did not serve"
}

# While the first members of a new ensemble are started there is nobody to form a quorum with: the last one waits for all.
await() {
    local quorum=$(((${#peers[@]} + 1) / 2 + 1))
    if [ -n "$last" ]; then
        wait_for 120 all_serve || explain "not all members serve 120 s after the last one started"
    elif [ $(($(how_many answers "${peers[@]}") + 1)) -ge "$quorum" ]; then
        wait_for 120 serves "$address" || explain "this member does not serve 120 s after its start"
    fi
}

all_serve() { serves "$address" && [ "$(how_many serves "${peers[@]}")" = "${#peers[@]}" ]; }

explain() { # PROBLEM
    local why
    why=$(journal_says zookeeper -E 'ERROR|Exception|Cannot open channel|Invalid config|FATAL')
    fail "$1${why:+; its journal says: $why}" \
        "check ports $client_port, $peer_port and $election_port between the members, the disk, and 'journalctl -u zookeeper'"
}

undo() {
    undo_unit zookeeper
    restore "/etc/zookeeper/conf/zoo.cfg" "/etc/zookeeper/conf/$log_file" /etc/systemd/system/zookeeper.service
    reload_units
    remove_data "$data_dir"
    [ -z "$archive_url" ] || undo_archive zookeeper "$archive_sha256"
    drop_dirs /etc/zookeeper/conf "$data_dir"
    undo_user zookeeper
}
