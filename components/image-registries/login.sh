# shellcheck shell=bash
# What a mirror says to its upstream. The program takes it from its environment, where it wins over the configuration.

converge() {
    put_dir "${login_file%/*}" 0755 root:root
    put_file "$login_file" 0600 root:root "REGISTRY_PROXY_USERNAME=\"$username\""$'\n'"REGISTRY_PROXY_PASSWORD=\"$password\""$'\n'
}

undo() {
    restore "$login_file"
    drop_dirs "${login_file%/*}"
}
