# shellcheck shell=bash
# One member of the ZooKeeper ensemble. The list of members is the ensemble's own: it is asked of those that serve, and changed by what
# ZooKeeper has for that (reconfig), a member at a time, so that at every moment a majority of the old list and of the new one agrees.

conf=$data_dir/conf
# By this its own member knows the one who may change the list. Made here, and told nobody.
super=$state/zookeeper-super
# A person's word, on one host, that its empty member may take part before others serve.
trust_flag=/run/datacentre.zookeeper-trust-empty
mine="server.$id=$address:$peer_port:$election_port:participant;0.0.0.0:$client_port"

converge() {
    [ -z "$archive_url" ] || put_archive zookeeper "$archive_url" "$archive_sha256"
    put_user zookeeper "$data_dir"
    keep_id
    keep_static_list
    for_unit zookeeper
    put_data_dir "$data_dir" 0750 zookeeper:zookeeper
    put_data_dir "$conf" 0750 zookeeper:zookeeper
    put_file "$data_dir/.datacentre-id" 0644 zookeeper:zookeeper "$id"$'\n'
    put_id
    put_file /etc/zookeeper/conf/zoo.cfg 0644 root:root "$zoo_cfg"
    put_file "/etc/zookeeper/conf/$log_file" 0644 root:root "$log_config"
    put_file /etc/systemd/system/zookeeper.service 0644 root:root "$unit_file"
    for_unit
    reload_if_needed zookeeper
    make_super
    local print
    print=$(fingerprint "$id" "$zoo_cfg" "$log_config" "$unit_file" "$version" "$(super_digest)")
    programs_due
    if [ "${#due[@]}" = 0 ] && is_applied zookeeper "$print" && serves "$address"; then
        enable_unit zookeeper
    else
        if [ "${#due[@]}" = 0 ] && is_applied zookeeper "$print"; then wake; else spare_me; fi
        upgrade_programs zookeeper serves "$address"
        take_part
        run_unit zookeeper "$print"
        await
        mark_applied zookeeper "$print"
    fi
    programs_serve
    be_listed
    drop_strangers
    note_members "${members[@]}"
}

put_id() { put_file "$data_dir/myid" 0644 zookeeper:zookeeper "$id"$'\n'; }

# Debian's package puts a text there whenever it is installed, which is no number.
after_packages() { put_id; }

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

has_data() { compgen -G "$data_dir/version-2/*.*" >/dev/null; }

# --- who is a member ---------------------------------------------------------------------------------------------------

# The file with this member's list; nothing before its first start.
list_file() {
    local file
    file=$(sed -n 's/^dynamicConfigFile=//p' "$conf/zoo.cfg" 2>/dev/null) || true
    if [ -s "$file" ]; then printf '%s' "$file"; elif [ -s "$conf/zoo.cfg.dynamic" ]; then printf '%s' "$conf/zoo.cfg.dynamic"; fi
}

own_list() {
    local file
    file=$(list_file)
    [ -z "$file" ] || grep -E '^server\.[0-9]+=' "$file" || true
}

# Where a member listens for clients, which may not be where it is described to yet.
port_of() { # ADDRESS
    local port
    port=$(own_list | sed -n "s/^server\.[0-9]*=${1//./\\.}:.*;\(.*:\)\{0,1\}\([0-9]*\)\$/\2/p" | head -n 1)
    printf '%s' "${port:-$client_port}"
}

words() { # ADDRESS WORD: what a member answers to a four-letter word
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"; printf %s "$3" >&3; cat <&3' - "$1" "$(port_of "$1")" "$2" 2>/dev/null
}

# A member serves when it belongs to a quorum (or is alone).
serves() { words "$1" srvr | grep '^Mode: ' >/dev/null; }

answers() { port_open "$1" "$(port_of "$1")"; }

# The ensemble's list, as a member that serves has it.
listed_at() { words "$1" conf | sed -n '/^membership/,$p' | grep -aE '^server\.[0-9]+=' || true; }

# The list that holds for this member: what it runs with, else what it would start with.
listed() {
    local list
    list=$(listed_at "$address")
    [ -n "$list" ] || list=$(own_list)
    printf '%s' "$list${list:+$'\n'}"
}

host_of() { sed 's/^server\.[0-9]*=\([^:]*\):.*/\1/'; }

# The addresses of the other voters of a list on stdin.
others() { grep ':participant' | grep -v "^server\.$id=" | host_of || true; }

# A member that serves, other than this one.
serving() {
    local peer
    for peer in $({ printf '%s\n' "${members[@]#* }"; own_list | host_of; } | sort -u); do
        if [ "$peer" != "$address" ] && serves "$peer"; then printf '%s' "$peer"; return; fi
    done
    return 1
}

described_list() {
    local member
    for member in "${members[@]}"; do
        printf 'server.%s=%s:%s:%s:participant;0.0.0.0:%s\n' "${member%% *}" "${member#* }" "$peer_port" "$election_port" "$client_port"
    done
}

# --- the list that a member starts with ----------------------------------------------------------------------------------

# Before members changed their list themselves it stood in zoo.cfg, where a member alone had none.
keep_static_list() {
    local old=/etc/zookeeper/conf/zoo.cfg ours=$state/originals/etc/zookeeper/conf/zoo.cfg list
    { [ -e "$ours" ] || [ -e "$ours.absent" ]; } && has_data && [ -z "$(list_file)" ] && ! grep '^reconfigEnabled=true' "$old" >/dev/null || return 0
    list=$(sed -n "s/^\(server\.[0-9]*=[^:]*:[0-9]*:[0-9]*\)\$/\1:participant;0.0.0.0:$client_port/p" "$old")
    put_list "${list:-$mine}"
}

put_list() { # LIST
    mkdir -p "$conf" && chown zookeeper:zookeeper "$conf"
    rm -f "$conf"/zoo.cfg*
    printf '%s\n' "$1" >"$conf/zoo.cfg.dynamic.new"
    chown zookeeper:zookeeper "$conf/zoo.cfg.dynamic.new" && mv "$conf/zoo.cfg.dynamic.new" "$conf/zoo.cfg.dynamic"
}

# Decides with which list this member starts, and writes what it is started with.
take_part() {
    local at kept
    if at=$(serving); then
        # It may have left, or been taken out while it was away: what the others agree on counts.
        if has_left || ! has_data || [ -z "$(list_file)" ] || ! listed_at "$at" | grep "^server\.$id=$address:" >/dev/null; then join "$at"; fi
    elif ! has_data; then
        start_empty
    elif ! was_member && [ ! -e "$state/applied/zookeeper" ] && ! unit_is active zookeeper; then
        # The stack comes back to its data: those of its former list that are still described.
        kept=$(own_list | grep -Fx -f <(described_list) || true)
        if [ -z "$kept" ] || [ "$kept" != "$(own_list)" ]; then put_list "${kept:-$(described_list)}"; fi
    fi
    put_conf
}

# Alone with the members that are there, this one can elect nobody: it follows, and then is added.
join() { # ADDRESS
    local list now theirs role=participant
    list=$(listed_at "$1")
    if has_data && ! has_left && [ -n "$(own_list)" ] && ! own_list | host_of | grep -xF "$1" >/dev/null; then
        fail "the member at $1 serves another ensemble than the one that this member's data belong to" \
            "decide whose data stay: stop zookeeper where they do not, and empty $data_dir there; then run 'make up' again"
    fi
    [ -n "$list" ] || fail "the member at $1 does not tell its list of members" \
        "run 'make up', which visits it first; it must let in the word conf (datacentre:zookeeper.fourLetterWords)"
    now=$(grep "^server\.$id=" <<<"$list" || true)
    theirs=$(host_of <<<"$now")
    # The same member on a node that has got another address was told its former one.
    if [ -n "$now" ] && [ "$theirs" != "$address" ] && ! told_members | grep -xF "$id $theirs" >/dev/null; then
        fail "number $id belongs to the member at $theirs, which the ensemble still has in its list" \
            "run 'make up', which takes out members that are described no more before others come, or give $node a zookeeperId of its own"
    fi
    # One that the list knows as a voter and whose data is gone has no voice before it has fetched them again.
    [ -z "$now" ] || has_data || role=observer
    put_list "$(grep -v "^server\.$id=" <<<"$list" || true)"$'\n'"${mine/:participant;/:$role;}"
}

# Nobody serves, and this one has nothing. Only the first member of a new ensemble begins one.
start_empty() {
    if [ -e "$trust_flag" ]; then
        put_list "$(described_list)"
    elif [ "${#members[@]}" = 1 ] || { [ -n "$first" ] && ! was_member; }; then
        put_list "$mine"
    elif was_member; then
        fail "the data of this member is gone, and no other member serves from which it could fetch them" \
            "bring the other members back ('systemctl start zookeeper' there), then run 'make up' again; if theirs are all there is, 'touch $trust_flag' here before"
    else
        fail "no member of the ensemble serves, and without data this one would begin another one" \
            "bring members back that have data ('systemctl start zookeeper' there), then run 'make up' again; if they may go on with this one, 'touch $trust_flag' here before"
    fi
}

# What the member is started with, and writes itself when the list changes; so it is its own.
put_conf() {
    local list ports new=$conf/.zoo.cfg.new
    list=$(list_file)
    # The port for clients stands in the list, once the list has one.
    ports=$(grep -c "^server\.$id=.*;" "$list") || true
    (
        umask 027
        {
            if [ "$ports" = 0 ]; then printf '%s' "$zoo_cfg"; else grep -v '^clientPort=' <<<"$zoo_cfg"; fi
            printf 'DigestAuthenticationProvider.superDigest=%s\ndynamicConfigFile=%s\n' "$(super_digest)" "$list"
        } >"$new"
    )
    chown zookeeper:zookeeper "$new" && mv -f "$new" "$conf/zoo.cfg"
    # Lists of before.
    find "$conf" -name 'zoo.cfg.dynamic*' ! -path "$list" ! -name '*.next' -delete
}

make_super() {
    [ -s "$super" ] || (umask 077 && od -An -tx1 -N 24 /dev/urandom | tr -d ' \n' >"$super")
}

# As ZooKeeper compares it: SHA-1, in base64. Source: DigestAuthenticationProvider.generateDigest.
super_digest() {
    local hex
    hex=$(printf 'super:%s' "$(<"$super")" | sha1sum | cut -c 1-40 | sed 's/../\\x&/g')
    printf 'super:%s' "$(printf '%b' "$hex" | base64)"
}

# --- changes of the list -----------------------------------------------------------------------------------------------

# Through this host's own member, which hands it on to the one that leads. Nothing secret is in an argument list.
reconfigure() { # -add LINE | -remove NUMBER
    local said=$run/zookeeper-said
    { printf 'addauth digest super:%s\n' "$(<"$super")" && printf 'reconfig %s %s\n' "$1" "$2"; } |
        timeout 60 java -Xmx64m -Djava.net.preferIPv4Stack=true -cp "$class_path" org.apache.zookeeper.ZooKeeperMain \
            -server "$address:$(port_of "$address")" >"$said" 2>&1 9>&- || true
    grep 'Committed new configuration' "$said" >/dev/null && return
    grep -iE 'quorum|progress|disabled|not valid|lost|timed out|authenti|Insufficient' "$said" >>"$log" || true
    return 1
}

agree() { # WHAT -add|-remove ARGUMENT
    wait_for 90 reconfigure "$2" "$3" && return
    fail "the ensemble does not agree to $1${log:+: $(tail -n 1 "$log")}" \
        "see that all its members serve ('make verify') and run this version of the program's settings ('make up' visits those that were there first), then run 'make up' again"
}

be_listed() {
    local at
    serves "$address" || return 0
    # By itself a member that is not taken in yet may only know the list that it started with.
    at=$(serving) || at=$address
    [ "$(listed_at "$at" | grep "^server\.$id=" || true)" != "$mine" ] || return 0
    agree "take in member $id at $address" -add "$mine"
    changed "took member $id into the ensemble's list"
    wait_for 30 serves "$address" || explain "this member does not serve 30 s after it was taken into the list"
}

# Members that are described no more and did not leave by themselves, such as those on lost hosts. ZooKeeper takes out none without whom
# the others hold no majority.
drop_strangers() {
    local line host
    serves "$address" || return 0
    while read -r line; do
        host=$(host_of <<<"$line")
        printf '%s\n' "${members[@]#* }" | grep -xF "$host" >/dev/null && continue
        line=${line%%=*}
        agree "go on without member ${line#server.} at $host" -remove "${line#server.}"
        changed "took member ${line#server.} at $host, which is not described any more, out of the ensemble's list"
        wait_for 30 serves "$address" || explain "this member does not serve 30 s after another was taken out"
    done < <(listed_at "$address")
}

# --- restarts ------------------------------------------------------------------------------------------------------------

# A restart takes one voice: the others of the list must agree without it.
spare_me() {
    local list peer count absent=()
    serves "$address" || return 0
    list=$(listed)
    count=$(grep -c ':participant' <<<"$list") || true
    [ "$count" -gt 1 ] && grep "^server\.$id=" <<<"$list" >/dev/null || return 0
    for peer in $(others <<<"$list"); do serves "$peer" || absent+=("$peer"); done
    hold_quorum $((count - 1 - ${#absent[@]})) "$(majority "$count")" "a restart of this member" "${absent[*]}" zookeeper
}

# A member that runs and does not serve, although the others do, is stuck.
wake() {
    serving >/dev/null && unit_is active zookeeper && ! wait_for 20 serves "$address" || return 0
    quietly systemctl restart zookeeper
    changed "restarted zookeeper, which did not serve"
}

# Where a stack comes back to its data, the first ones find nobody to form a quorum with.
await() {
    local list count peer there=1
    list=$(own_list)
    count=$(grep -c ':participant' <<<"$list") || true
    for peer in $(others <<<"$list"); do ! answers "$peer" || there=$((there + 1)); done
    [ "$there" -ge "$(majority "$count")" ] || return 0
    wait_for 120 serves "$address" || explain "this member does not serve 120 s after its start"
}

explain() { # PROBLEM
    local why
    why=$(journal_says zookeeper -E 'ERROR|Exception|Cannot open channel|Invalid config|FATAL')
    fail "$1${why:+; its journal says: $why}" \
        "check ports $client_port, $peer_port and $election_port between the members, the disk, and 'journalctl -u zookeeper'"
}

# --- going -----------------------------------------------------------------------------------------------------------------

tell() {
    local mode
    mode=$(words "$address" srvr | sed -n 's/^Mode: //p') || true
    [ -z "$mode" ] || notes+=(serves)
    [ "$mode" != leader ] || notes+=(leads)
}

leave() {
    local list peer count=0 absent=()
    list=$(listed)
    if grep "^server\.$id=" <<<"$list" >/dev/null && ! has_left; then
        count=$(grep -c ':participant' <<<"$list")
        for peer in $(others <<<"$list"); do serves "$peer" || absent+=("$peer"); done
        if serves "$address"; then
            hold_quorum $((count - 1 - ${#absent[@]})) "$(majority $((count - 1)))" "its leaving" "${absent[*]}" zookeeper
            agree "go on without member $id" -remove "$id"
            changed "left the ensemble's list"
        else
            # The first of the others that is visited takes it out of the list.
            hold_quorum $((count - 1 - ${#absent[@]})) "$(majority "$count")" "its leaving" "${absent[*]}" zookeeper
        fi
    fi
    leave_unit zookeeper
}

undo() {
    undo_unit zookeeper
    restore "/etc/zookeeper/conf/zoo.cfg" "/etc/zookeeper/conf/$log_file" /etc/systemd/system/zookeeper.service
    reload_units
    forget_members
    rm -f "$super"
    remove_data "$data_dir"
    [ -z "$archive_url" ] || undo_archive zookeeper "$archive_sha256"
    drop_dirs /etc/zookeeper/conf "$conf" "$data_dir"
    undo_user zookeeper
}
