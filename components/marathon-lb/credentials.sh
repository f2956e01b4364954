# shellcheck shell=bash
# The login of Marathon's API, in a file that marathon-lb reads: its arguments would be seen by everybody.

converge() {
    put_dir /etc/marathon-lb 0700 root:root
    put_file /etc/marathon-lb/credentials 0600 root:root "$login"
}

undo() {
    restore /etc/marathon-lb/credentials
    drop_dirs /etc/marathon-lb
}
