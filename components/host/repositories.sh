# shellcheck shell=bash
# Package repositories besides the host's own: a source file and, where it is signed, the publisher's key.

put_repositories() {
    local list=("${apt_repositories[@]}") i before=${#changes[@]}
    [ "$family" = apt ] || list=("${yum_repositories[@]}")
    for ((i = 0; i + 2 < ${#list[@]}; i += 3)); do
        if [ "$family" = apt ]; then
            [ -z "${list[i + 2]}" ] || put_file "/etc/apt/keyrings/datacentre-${list[i]}.asc" 0644 root:root "${list[i + 2]}"
            put_file "/etc/apt/sources.list.d/datacentre-${list[i]}.list" 0644 root:root "${list[i + 1]}"
        else
            [ -z "${list[i + 2]}" ] || put_file "/etc/pki/rpm-gpg/datacentre-${list[i]}" 0644 root:root "${list[i + 2]}"
            put_file "/etc/yum.repos.d/datacentre-${list[i]}.repo" 0644 root:root "${list[i + 1]}"
        fi
    done
    drop_repositories "${list[@]}"
    [ "${#changes[@]}" = "$before" ] || [ "$family" != apt ] || apt_update
}

# Those that are described no more.
drop_repositories() { # NAME TEXT KEY...
    local file name names=" "
    while [ $# -ge 3 ]; do names+="$1 "; shift 3; done
    for file in /etc/apt/sources.list.d/datacentre-*.list /etc/yum.repos.d/datacentre-*.repo; do
        [ -e "$file" ] || continue
        name=${file##*/datacentre-} name=${name%.*}
        [[ $names == *" $name "* ]] || restore "$file" "/etc/apt/keyrings/datacentre-$name.asc" "/etc/pki/rpm-gpg/datacentre-$name"
    done
}

undo_repositories() {
    drop_repositories
    drop_dirs /etc/apt/keyrings
}
