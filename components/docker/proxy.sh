# shellcheck shell=bash
# The engine's way to registries, where that is the stack's mirror.

proxy_drop_in=/etc/systemd/system/docker.service.d/datacentre-proxy.conf

put_proxy() {
    if [ -n "$engine_proxy" ]; then put_file "$proxy_drop_in" 0644 root:root "$engine_proxy"; else drop_proxy; fi
}

drop_proxy() {
    restore "$proxy_drop_in"
    drop_dirs "${proxy_drop_in%/*}"
}
