# shellcheck shell=bash
# root's logins to private registries: what Docker's client, and agents that pull as root, send to them.

converge() {
    put_dir /root/.docker 0700 root:root
    put_file /root/.docker/config.json 0600 root:root "$(client_config)"$'\n'
}

# As `docker login` writes it. printf is a part of bash: what it is given stands in no argument list.
client_config() {
    local i login separator='' auth
    printf '{\n    "auths": {'
    for ((i = 1; i <= logins; i++)); do
        login=login_$i
        auth=$(printf '%s' "${!login#*$'\n'}" | base64 -w 0)
        printf '%s\n        "%s": { "auth": "%s" }' "$separator" "${!login%%$'\n'*}" "$auth"
        separator=,
    done
    printf '\n    }\n}'
}

undo() {
    restore /root/.docker/config.json
    drop_dirs /root/.docker
}
