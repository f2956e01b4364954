# shellcheck shell=bash
# With what the systems of a host that ask etcd say who they are, and know whom they ask.

converge() {
    put_dir "$etc" 0755 root:root
    put_file "$etc/authority.crt" 0644 root:root "$authority"
    put_certificate "$etc/client" "/CN=$node" clientAuth "" root:root "$etc/authority.crt" authority_key
}

undo() {
    undo_certificate "$etc/client"
    restore "$etc/authority.crt"
    drop_dirs "$etc"
}
