# shellcheck shell=bash
# Logins to private registries, in the form that Docker's client keeps them in, and that Mesos' agents read as well.

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
