# shellcheck shell=bash
# The host's own key and a certificate for it, which both services of a node serve by.

etc=/etc/datacentre-images
group=datacentre-images

converge() {
    put_user "$group" "$etc"
    put_dir "$etc" 0755 root:root
    put_file "$etc/authority.crt" 0644 root:root "$authority"
    put_certificate "$etc/server" "/CN=$name" serverAuth "DNS:$name,IP:$address" "root:$group" "$etc/authority.crt" authority_key
}

undo() {
    undo_certificate "$etc/server"
    restore "$etc/authority.crt"
    drop_dirs "$etc"
    undo_user "$group"
}
