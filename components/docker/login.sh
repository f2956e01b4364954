# shellcheck shell=bash
# root's logins to private registries: what Docker's client, and agents that pull as root, send to them.

converge() {
    put_dir /root/.docker 0700 root:root
    put_file /root/.docker/config.json 0600 root:root "$(client_config)"$'\n'
}

undo() {
    restore /root/.docker/config.json
    drop_dirs /root/.docker
}
