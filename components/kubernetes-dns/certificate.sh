# shellcheck shell=bash
# What the service that follows pods and nodes proves itself with to the API: a key that never leaves the host.

converge() {
    put_user "$group" "$etc"
    # A unit that is there starts anew by its own step, which knows the certificate.
    for_unit "$group"
    put_dir "$etc" 0755 root:root
    put_file "$etc/authority.crt" 0644 root:root "$authority"
    put_certificate "$etc/client" "/CN=$user" clientAuth "" "root:$group" "$etc/authority.crt" authority_key
}

undo() {
    undo_certificate "$etc/client"
    restore "$etc/authority.crt"
    drop_dirs "$etc"
    undo_user "$group"
}
