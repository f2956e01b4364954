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
    programs_due
    if [ "${#due[@]}" = 0 ] && is_applied etcd "$print" && healthy "$address"; then
        enable_unit etcd
    else
        if [ "${#due[@]}" = 0 ] && is_applied etcd "$print"; then wake; else spare_me; fi
        upgrade_programs etcd healthy "$address"
        move_in
        # The unit reports that it is ready only with a quorum, which the first members of a new cluster do not have.
        run_unit etcd "$print" --no-block
        await
        mark_applied etcd "$print"
        rm -f "$join_file" "$join_environment" && reload_if_needed etcd
    fi
    programs_serve
    drop_strangers
    make_room
    note_members "${members[@]}"
    note_cluster
}

scheme=http
# What etcdctl is told besides, of those who prove who they are.
identity=()

# Read after the unit's own environment files, so it wins; in /run, since only the first start is different.
join_file=$unit_run/etcd.service.d/datacentre-join.conf
join_environment=$run/etcd-join.conf

ctl() { # ADDRESS ARGUMENT...
    local at=$1
    shift
    ETCDCTL_API=3 timeout 10 "$etcdctl" --endpoints="$scheme://$at:$client_port" --command-timeout=4s "$@" 2>>"$log"
}

# A member is healthy when it commits a read, so when it belongs to a quorum. One without a leader says so at once,
# where etcdctl would try until its time is up. With an alarm it says that it is not healthy, and reads tell.
healthy() {
    local said
    said=$(http "$1" "GET /health HTTP/1.0"$'\r\n\r\n') || true
    case $said in
        *'"health": "true"'* | *'"health":"true"'*) ;;
        *'"health'*) reads "$1" ;;
        *) return 1 ;;
    esac
}

http() { # ADDRESS REQUEST
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"; printf %s "$3" >&3; cat <&3' - "$1" "$client_port" "$2" 2>/dev/null
}

# A read that a majority agrees on, of a key that need not be there.
read_request='{"key":"aGVhbHRo"}'
reads() {
    http "$1" "POST /v3/kv/range HTTP/1.0"$'\r\n'"Content-Length: ${#read_request}"$'\r\n\r\n'"$read_request" | grep '"revision"' >/dev/null
}

answers() { port_open "$1" "$peer_port"; }

quorum() { majority "${#members[@]}"; }

# Lines of `member list`: number, status, name, URL for peers, URLs for clients.
listed() { ctl "$1" member list || true; }

my_url() { printf '%s' "$scheme://$address:$peer_port"; }

host_of() { cut -d, -f4 | sed 's|^ *[a-z]*://\([^:/]*\).*|\1|'; }

# This member's line in a list on stdin: by its URL, or by its name, where its node has got another address.
own_line() { awk -F ', ' -v url="$(my_url)" -v name="$node" '$4 == url {by_url = $0} $3 == name {by_name = $0} END {if (by_url || by_name) print by_url ? by_url : by_name}'; }

# The first other member that is healthy.
helper() {
    local peer
    for peer in "${peers[@]}"; do
        if healthy "$peer"; then printf '%s' "$peer"; return; fi
    done
    return 1
}

# A restart takes one voice: the others of the list must agree without it.
spare_me() {
    local list host count absent=()
    unit_is active etcd && healthy "$address" || return 0
    list=$(listed "$address")
    count=$(grep -c . <<<"$list") || true
    [ "$count" -gt 1 ] || return 0
    for host in $(host_of <<<"$list"); do [ "$host" = "$address" ] || healthy "$host" || absent+=("$host"); done
    hold_quorum $((count - 1 - ${#absent[@]})) "$(majority "$count")" "a restart of this member" "${absent[*]}" etcd
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

has_data() { [ -d "$data_dir/member/wal" ]; }

# Beside the data, which stay when the stack goes: whose they are.
cluster_note=${data_dir%/*}/.datacentre-cluster

cluster_at() { ctl "$1" endpoint status -w json | grep -o '"cluster_id":[0-9]*' | cut -d: -f2 || true; }

same_cluster() { # ADDRESS
    local noted
    noted=$(cat "$cluster_note" 2>/dev/null) || true
    [ -n "$noted" ] && [ "$noted" = "$(cluster_at "$1")" ]
}

note_cluster() {
    local now
    ! healthy "$address" || now=$(cluster_at "$address")
    [ -z "${now-}" ] || [ "$(cat "$cluster_note" 2>/dev/null)" = "$now" ] || printf '%s\n' "$now" >"$cluster_note"
}

# What a member's list must say of it before it starts.
move_in() {
    local at line
    if ! at=$(helper); then
        if ! has_data && was_member && [ "${#peers[@]}" -gt 0 ]; then
            fail "the data of this member is gone, and no other member is healthy from which it could fetch them" \
                "bring the other members back ('systemctl start etcd' there), then run 'make up' again"
        fi
        return 0
    fi
    line=$(listed "$at" | own_line)
    if has_data && { has_left || [ -z "$line" ]; }; then
        # A member that was taken out starts with its former data no more; it joins as a new one.
        if healthy "$address" || ! { has_left || same_cluster "$at"; }; then
            fail "this member's data belong to another cluster than the one at $at, or to nobody knows which" \
                "decide whose data stay: stop etcd where they do not, and move $data_dir away there; then run 'make up' again"
        fi
        ! unit_is active etcd || quietly systemctl stop etcd
        mv "$data_dir" "$data_dir.left-$(date +%s)"
        changed "put the data of the member that had left aside"
    fi
    if has_data; then move_url "$at" "$line"; else join "$at" "$line"; fi
}

# The same member at another address, since its node has got one.
move_url() { # ADDRESS LINE
    [ "$(cut -d, -f4 <<<"$2" | tr -d ' ')" != "$(my_url)" ] || return 0
    ctl "$1" member update "${2%%,*}" --peer-urls="$(my_url)" >/dev/null ||
        fail "the cluster does not take another address of this member: $(tail -n 1 "$log")" "see that its other members are healthy ('etcdctl endpoint health --cluster')"
    changed "told the cluster that its member $node is at $(my_url)"
}

# Without data of its own, a member either takes part in the making of a new cluster, or joins the one that is there.
join() { # ADDRESS LINE
    local at=$1 line=$2 host count healthy=0 answer
    # A member tells the cluster its client URLs when it starts for the first time.
    if [ -n "$line" ] && { [ -n "$(cut -d, -f5 <<<"$line" | tr -d ' ')" ] || [ "$(cut -d, -f4 <<<"$line" | tr -d ' ')" != "$(my_url)" ]; }; then
        # It had data, which is gone: the others' copies are what there is, and a new member fetches one.
        count=$(listed "$at" | grep -c .) || true
        for host in $(listed "$at" | host_of); do [ "$host" = "$address" ] || ! healthy "$host" || healthy=$((healthy + 1)); done
        [ "$healthy" -ge "$(majority "$count")" ] ||
            fail "the data of this member is gone, and without it the cluster has no quorum" "bring the other members back first"
        ctl "$at" member remove "${line%%,*}" >/dev/null
        changed "removed the former member $node, whose data is gone"
        line=
    fi
    if [ -z "$line" ]; then
        wait_for 30 add_member "$at" || fail "the cluster does not take a new member: $(tail -n 1 "$log")" \
            "mend its unhealthy members first ('etcdctl endpoint health --cluster')"
        changed "added member $node"
    fi
    answer=$(ctl "$at" member list | awk -F ', ' -v me="$(my_url)" -v name="$node" \
        '{print ($4 == me ? name : $3) "=" $4}' | grep -v '^=' | paste -sd, -)
    mkdir -p "${join_file%/*}"
    printf 'ETCD_INITIAL_CLUSTER_STATE=existing\nETCD_INITIAL_CLUSTER=%s\n' "$answer" >"$join_environment"
    printf '[Service]\nEnvironmentFile=%s\n' "$join_environment" >"$join_file"
    reload_units
}

add_member() { ctl "$1" member add "$node" --peer-urls="$(my_url)"; }

# In a new cluster the first members find nobody to form a quorum with.
await() {
    if [ $(($(how_many answers "${peers[@]}") + 1)) -ge "$(quorum)" ] || helper >/dev/null; then
        wait_for 180 healthy "$address" || explain "this member is not healthy 180 s after its start"
    fi
}

# Members whose nodes are no longer described, and that did not leave by themselves, are taken out, one at a time. One whose node has got
# another address moves itself.
drop_strangers() {
    local line host name list others=0
    healthy "$address" || return 0
    list=$(listed "$address")
    while read -r line; do
        host=$(host_of <<<"$line")
        name=$(cut -d, -f3 <<<"$line" | tr -d ' ') name=${name:--}
        ! printf '%s\n' "${members[@]}" | grep -xE -e "${name//./\\.} .*|.* ${host//./\\.}" >/dev/null || continue
        others=0
        for host in $(grep -vF "$line" <<<"$list" | host_of); do ! healthy "$host" || others=$((others + 1)); done
        hold_quorum "$others" "$(majority $(($(grep -c . <<<"$list") - 1)))" "to take out $line, which is not described any more," "" etcd
        ctl "$address" member remove "${line%%,*}" >/dev/null
        changed "removed member $(cut -d, -f4 <<<"$line" | tr -d ' '), which is not described any more"
        wait_for 30 healthy "$address"
        list=$(listed "$address")
    done <<<"$list"
}

# Above its quota etcd takes no writes until the alarm is disarmed, whatever the quota is by then. That waits until the data bases of all
# members have room in the quota that is described; a member that still has the former one may raise it again, and is visited as well.
make_room() {
    local host bytes most=0 quota
    ctl "$address" alarm list | grep NOSPACE >/dev/null || return 0
    quota=$(sed -n 's/^ETCD_QUOTA_BACKEND_BYTES="\(.*\)"/\1/p' <<<"$etcd_conf")
    for host in $(listed "$address" | host_of); do
        bytes=$(ctl "$host" endpoint status -w json | grep -o '"dbSize":[0-9]*' | cut -d: -f2) || true
        [ "${bytes:-0}" -le "$most" ] || most=$bytes
    done
    [ "$most" -lt $((quota * 9 / 10)) ] || out_of_room "$most" "$quota"
    ctl "$address" alarm disarm >/dev/null || fail "etcd does not disarm its alarm: $(tail -n 1 "$log")" "run 'etcdctl alarm disarm' there"
    changed "disarmed NOSPACE: the data base has $((most >> 20)) of $((quota >> 20)) MiB"
}

out_of_room() { # BYTES QUOTA
    local by="ETCDCTL_API=3 $etcdctl --endpoints=$scheme://$address:$client_port${identity[*]:+ ${identity[*]}}"
    fail "etcd takes no writes (NOSPACE): its data base has $(($1 >> 20)) MiB, and its quota is $(($2 >> 20))" \
        "raise datacentre:etcd.quotaBackendMiB to $((($1 >> 20) * 5 / 4 + 1)) or more and run 'make up'; or make room in it: '$by compact \$($by endpoint status -w json | grep -o '\"revision\":[0-9]*' | cut -d: -f2)', then '$by --command-timeout=5m defrag' with each member's address in turn, then '$by alarm disarm'"
}

tell() {
    healthy "$address" || return 0
    notes+=(serves)
    [ "$(ctl "$address" endpoint status -w simple | cut -d, -f5 | tr -d ' ')" != true ] || notes+=(leads)
}

leave() {
    local at list line host count there=0 absent=()
    if ! has_left && has_data; then
        at=$(helper) || fail "no other member of the cluster is healthy, so that none could go on without this one" \
            "bring the others back ('systemctl start etcd' there), then run 'make up' again"
        list=$(listed "$at")
        line=$(own_line <<<"$list")
        if [ -n "$line" ]; then
            count=$(grep -c . <<<"$list")
            for host in $(grep -vF "$line" <<<"$list" | host_of); do
                if healthy "$host"; then there=$((there + 1)); else absent+=("$host"); fi
            done
            hold_quorum "$there" "$(majority $((count - 1)))" "its leaving" "${absent[*]}" etcd
            hand_over
            ctl "$at" member remove "${line%%,*}" >/dev/null || fail "the cluster does not let this member go: $(tail -n 1 "$log")" "see that its members are healthy ('etcdctl endpoint health --cluster')"
            changed "left the cluster"
        fi
    fi
    leave_unit etcd
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
    forget_members
    remove_data "$data_dir" "$data_dir".left-*
    [ -d "$data_dir" ] || rm -f "$cluster_note"
    [ -z "$archive_url" ] || undo_archive etcd "$archive_sha256"
    drop_dirs /etc/etcd "${data_dir%/*}"
    undo_user etcd
}
