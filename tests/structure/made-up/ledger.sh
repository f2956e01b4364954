# shellcheck shell=bash
# The made-up system on a host.

converge() {
    put_data_dir "$data_dir" 0750 root:root
    put_file /etc/ledger/token 0600 root:root "$token"
    put_file /etc/ledger/port 0644 root:root "$port"
}

undo() {
    restore /etc/ledger/token /etc/ledger/port
    drop_dirs /etc/ledger
    remove_data "$data_dir"
}
