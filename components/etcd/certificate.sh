# shellcheck shell=bash
# A member's own key and certificate. All members have this step before any of them is touched, so this is where they refuse what would
# cost the cluster its quorum.

converge() {
    change_scheme
    [ -n "$authority" ] || return 0
    put_user etcd /var/lib/etcd
    put_dir "$etc" 0755 root:root
    know_one_another
    put_file "$etc/authority.crt" 0644 root:root "$authority"
    put_certificate "$etc/member" "/CN=$node" serverAuth,clientAuth "$names" root:etcd "$etc/authority.crt" authority_key
}

has_data() { [ -d "$data_dir/member/wal" ]; }

# A cluster knows its members by URLs. One that is alone can change its own and then start by it; of several, those that have
# started and those that have not could not speak to one another.
change_scheme() {
    local is listed id url
    is=$(sed -n 's/^ETCD_LISTEN_PEER_URLS="\(https\{0,1\}\):.*/\1/p' /etc/etcd/etcd.conf 2>/dev/null) || true
    [ -n "$is" ] && [ "$is" != "$scheme" ] && has_data || return 0
    [ "$others" = 0 ] || refuse_change
    listed=$(ask "$is" member list) || true
    [ -n "$listed" ] ||
        fail "etcd does not answer, and what its cluster knows it by can only be changed while it does" \
            "see 'journalctl -u etcd', bring it up ('systemctl start etcd'), then run up again"
    [ "$(wc -l <<<"$listed")" = 1 ] || refuse_change
    id=${listed%%,*}
    url=$(cut -d, -f4 <<<"$listed" | tr -d ' ')
    [ "$url" != "$scheme://$address:$peer_port" ] || return 0
    ask "$is" member update "$id" --peer-urls="$scheme://$address:$peer_port" >/dev/null ||
        fail "etcd does not change its member's URL: $(tail -n 1 "$log")" "see 'journalctl -u etcd'"
    changed "told the cluster that its member is at $scheme://$address:$peer_port"
}

refuse_change() {
    local to="to TLS" value=true
    [ "$scheme" = https ] || to="back to plain HTTP" value=false
    fail "several members that run cannot go $to one after another: they would lose their quorum" \
        "leave the role etcd to one node, and run up; then set datacentre:etcd.tls: $value, and run up; then give the role to the others again"
}

# By the etcdctl of the member that runs, which may be of another version than the one that is to.
ask() { # SCHEME ARGUMENT...
    local is=$1 by=() bin
    shift
    [ "$is" = http ] || by=(--cacert "$etc/authority.crt" --cert "$etc/member.crt" --key "$etc/member.key")
    bin=$(sed -n 's/^ExecStart=\(.*\)\/etcd$/\1/p' /etc/systemd/system/etcd.service 2>/dev/null) || true
    ETCDCTL_API=3 timeout 10 "${bin:-/usr/bin}/etcdctl" --endpoints="$is://$address:$client_port" --command-timeout=4s "${by[@]}" "$@" 2>>"$log"
}

# Members trust what they read at their start. Certificates by an authority that the others have not read yet would part them.
know_one_another() {
    local signs
    [ "$others" -gt 0 ] && [ -s "$etc/authority.crt" ] && has_data || return 0
    # The first of its certificates is the one that signs.
    signs=$(openssl x509 <<<"$authority" 2>>"$log") || fail "the stack's etcd-authority.crt holds no certificate" "bring it back from a copy (docs/systems.md)"
    [[ $(<"$etc/authority.crt") != *"$signs"* ]] || return 0
    ! quietly openssl verify -CAfile <(printf '%s' "$authority") "$etc/member.crt" || return 0
    fail "the stack's authority for etcd is another one, which no member that runs knows yet" \
        "add the former authority's certificate to the end of etcd-authority.crt, run up, then take it out and run up again (docs/systems.md)"
}

undo() {
    undo_certificate "$etc/member"
    restore "$etc/authority.crt"
    drop_dirs "$etc" "${etc%/*}"
    # The member's own step takes its user back, if it was ever there.
    [ -e /etc/systemd/system/etcd.service ] || ! getent passwd etcd >/dev/null || undo_user etcd
}
