# shellcheck shell=bash
# Subnets of nodes that have left, when their pods run elsewhere: with a subnet the others lose their way to it.

converge() {
    wait_for 60 read_key "$prefix/config" ||
        fail "etcd does not answer: $(tail -n 1 "$log")" "see 'systemctl status etcd' on its members (${endpoints[*]})"
    drop_strangers
}

undo() { :; }
