# shellcheck shell=bash
# Package repositories besides the host's own: a source file and, where it is signed, the publisher's key. With a bundle that one
# alone is asked: the host's own sources stay as they are, and are passed over.

bundle_dir=${bundle_dir:-/var/lib/datacentre-bundle}
bundle_index=${bundle_index:-}
bundle_release=${bundle_release:-}
mirror=${mirror:-}

put_repositories() {
    local list=("${apt_repositories[@]}") i before=${#changes[@]}
    [ "$family" = apt ] || list=("${yum_repositories[@]}")
    use_bundle
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
    put_origins
    if [ -n "$bundle_index" ] && [ "$(cat "$state/bundle/index" 2>/dev/null)" != "$bundle_index" ]; then
        read_bundle
    elif [ "${#changes[@]}" != "$before" ] && [ "$family" = apt ]; then
        apt_update
    fi
}

# A publisher's repository may have more than the programs that it is named for: a ZooKeeper beside Mesos. Of what others have as well, theirs
# is taken. NAME, the publisher's host, and a file of apt's preferences (repositories.ts).
[ -n "${apt_origins+set}" ] || apt_origins=()

put_origins() {
    local i file names=" "
    if [ "$family" = apt ]; then
        for ((i = 0; i + 2 < ${#apt_origins[@]}; i += 3)); do
            # What comes from one host by several sources cannot be told apart.
            ! others_use "${apt_origins[i + 1]}" || continue
            names+="${apt_origins[i]} "
            put_file "/etc/apt/preferences.d/datacentre-${apt_origins[i]}" 0644 root:root "${apt_origins[i + 2]}"
        done
    fi
    for file in /etc/apt/preferences.d/datacentre-*; do
        [ ! -e "$file" ] || [[ $names == *" ${file##*/datacentre-} "* ]] || restore "$file"
    done
}

# Whether a source that is none of ours has it.
others_use() { # HOST
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        [ -f "$file" ] || continue
        [[ ${file##*/} != datacentre-* ]] || continue
        ! grep -v '^ *#' "$file" | grep -E "://${1//./\\.}[:/ ]" >/dev/null || return 0
    done
    return 1
}

# Package tools are told with each call, so that the host's own settings stay as they are; later steps find it noted down.
use_mirror() {
    local url=${mirror%%$'\n'*}
    if [ -z "$mirror" ]; then
        rm -f "$mirror_note"
    elif ! cmp -s "$mirror_note" <(printf '%s' "$mirror"); then
        printf '%s' "$mirror" >"$mirror_note.new" && mv -f "$mirror_note.new" "$mirror_note"
    fi
    [ -n "$url" ] || return 0
    # shellcheck disable=SC2034 # os/apt.sh and os/yum.sh use them
    if [ "$family" = apt ]; then
        apt_from+=(-o "Acquire::http::Proxy=$url" -o "Acquire::https::Proxy=$url")
    else
        yum_from+=("--setopt=proxy=$url")
    fi
}

# The one repository for every call of apt and yum from here on, with lists of its own.
use_bundle() {
    local index=$bundle_dir/packages/Packages
    if [ -z "$bundle_index" ]; then
        drop_bundle
        return
    fi
    # shellcheck disable=SC2034 # os/apt.sh uses it
    if [ "$family" = apt ]; then
        mkdir -p "$state/bundle/lists/partial"
        apt_from=(-o Dir::Etc::SourceList=/etc/apt/sources.list.d/datacentre-bundle.list -o Dir::Etc::SourceParts=/dev/null
            -o "Dir::State::Lists=$state/bundle/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    else
        index=$bundle_dir/packages/repodata/repomd.xml
        yum_from=(--disablerepo='*' --enablerepo=datacentre-bundle)
    fi
    [ "$({ sha256sum <"$index"; } 2>/dev/null | cut -c 1-64)" = "$bundle_index" ] ||
        fail "the bundle is not whole on this host: $index" "'make up' sends what is lacking; if it has just tried, its warning says what was in the way"
}

# Its checksums of packages are what both tools hold the files against.
read_bundle() {
    if [ "$family" = apt ]; then apt_update; else quietly "$(yum_tool)" -q "${yum_from[@]}" clean metadata; fi
    mkdir -p "$state/bundle"
    printf '%s' "$bundle_index" >"$state/bundle/index.new" && mv -f "$state/bundle/index.new" "$state/bundle/index"
}

drop_bundle() {
    rm -rf "$state/bundle"
    [ -e "$bundle_dir" ] || return 0
    rm -rf "$bundle_dir"
    changed "removed the bundle"
}

# One release's packages do not fit another's hosts. Called by check_host, before anything is touched.
check_bundle() {
    local is version machine
    version=$(os_release VERSION_ID)
    # A minor release of the yum family is a state of the one that it belongs to.
    if [ "$family" = apt ]; then machine=$(dpkg --print-architecture); else machine=$(uname -m) version=${version%%.*}; fi
    is="$(os_release ID) $version $machine"
    [ "$is" = "$bundle_release" ] ||
        fault "this host is $is, and the bundle is for $bundle_release" "make the bundle in an image of this host's release (datacentre:bundle.base), or take the host out of datacentre:nodes"
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
    restore /etc/apt/preferences.d/datacentre-*
    drop_bundle
    drop_dirs /etc/apt/keyrings
}
