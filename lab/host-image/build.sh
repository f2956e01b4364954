#!/usr/bin/env bash
# Builds the lab's host images and prints the full one's name on stdout:
#   datacentre-host:bare-<hash>, datacentre-host:bare   systemd, ssh and everyday tools
#   datacentre-host:<hash>, datacentre-host:current     the same with the services' packages, none enabled
# Both names besides the hashes have the lab's own packages and image archives (lab/doubles) and Calico (lab/calico) in
# /opt/datacentre-lab.
# With --bare only datacentre-host:bare-<hash> is made, in which other recipes of the lab run, and its name printed.
# The hash is of the recipe, the machine's package sources and certificates, and whether runc needs the lab's wrapper.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"
# shellcheck source=../build/box.sh
. "$here/../build/box.sh"

repository=datacentre-host
release=bookworm
image_cache=$DATACENTRE_CACHE/host-image
log_dir=$DATACENTRE_CACHE/log

docker_answers || fail "no Docker engine answers" "run lab/docker/start.sh"

wrapper=no
! lacks_sys_resource 1 || wrapper=yes

# What the machine lends to its hosts, laid out as bake.sh wants it. A machine of another release lends certificates only:
# its package sources would not fit.
collect_machine() {
    local to=$1
    mkdir -p "$to"
    cp /etc/ssl/certs/ca-certificates.crt "$to/ca.crt" 2>/dev/null || true
    # shellcheck source=/dev/null
    [ "$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")" = "$release" ] || return 0
    mkdir -p "$to/apt/sources.list.d" "$to/apt/apt.conf.d"
    local file
    # Only Debian's own sources: others (a Node.js repository, say) have no place in a plain server.
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if [ -f "$file" ] && grep -q "$release" "$file"; then
            cp "$file" "$to/apt/${file#/etc/apt/}"
        fi
    done
    # How they are reached: proxies, release-date checks and the like, nothing about this machine's housekeeping.
    for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
        if [ -f "$file" ] && grep -qE '^[[:space:]]*Acquire::' "$file" && ! grep -qE 'Post-Invoke|Acquire::GzipIndexes|Languages' "$file"; then
            cp "$file" "$to/apt/${file#/etc/apt/}"
        fi
    done
}

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
collect_machine "$temp/machine"
mapfile -t machine_files < <(find "$temp/machine" -type f | sort)
bare_hash=$(content_hash "$release $wrapper $(uname -m)" "$here"/{bake.sh,build.sh,packages-bare,own-hosts.sh,prepare-ssh.sh,lab-prepare-ssh.service,sshd.conf} \
    "$here/../docker/runc-without-sys-resource" "${machine_files[@]}")
full_hash=$(content_hash "$bare_hash" "$here/packages-services")
bare=$repository:bare-$bare_hash
full=$repository:$full_hash

present() { docker image inspect "$1" >/dev/null 2>&1; }

# with_lab FROM NAME: FROM with what lab/doubles and lab/calico built, under a name of its own and as NAME.
with_lab() {
    local name
    mkdir -p "$log_dir"
    name=$repository:lab-$(content_hash "$1 $doubles $calico" "$here/Dockerfile.lab")
    if ! present "$name"; then
        sed "s|^FROM .*|FROM $1|" "$here/Dockerfile.lab" >"$temp/Dockerfile"
        tar -C "$doubles" -c apt images -C "$temp" Dockerfile calico | DOCKER_BUILDKIT=0 docker build -q -t "$name" - >"$log_dir/with-lab.log" 2>&1 ||
            fail "the lab's packages could not be put into the host image" "see $log_dir/with-lab.log, and whether the Docker engine has disk space ('docker system df')"
    fi
    docker tag "$name" "$repository:$2"
}

tag_stable() {
    doubles=$("$here/../doubles/build.sh" "$bare")
    calico=$("$here/../calico/build.sh" "$bare")
    mkdir -p "$temp/calico"
    while read -r folder; do cp "$folder"/* "$temp/calico/"; done <<<"$calico"
    with_lab "$bare" bare
    with_lab "$full" current
    docker image inspect -f "$repository:current {{.Id}}" "$repository:current"
}

# The machine's own mirror, when it is of this release; debootstrap's default otherwise.
mirror() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
        awk -v release="$release" '$2 == release { print $1; exit }'
}

make_base() {
    local name=$repository:base-$bare_hash pulled=debian:$release-slim
    ! present "$name" || { echo "$name"; return; }
    if timeout 25 docker pull -q "$pulled" >/dev/null 2>&1; then
        say "   base system: $pulled from its registry ($(docker image inspect -f '{{index .RepoDigests 0}}' "$pulled"))"
        docker tag "$pulled" "$name"
    else
        say "   base system: no image registry answers, so debootstrap makes it from packages"
        need_root "debootstrap"
        apt_install debootstrap
        mkdir -p "$DATACENTRE_CACHE/debs-base"
        local source
        source=$(mirror)
        with_progress "debootstrap" "$log_dir/debootstrap.log" debootstrap --variant=minbase --include=ca-certificates \
            --cache-dir="$DATACENTRE_CACHE/debs-base" "$release" "$temp/root" ${source:+"$source"} ||
            fail "debootstrap failed" "see $log_dir/debootstrap.log and check the machine's package sources"
        tar -C "$temp/root" -c . | docker import - "$name" >/dev/null
        rm -rf "$temp/root"
    fi
    echo "$name"
}

# bake FROM WHAT TO: the network is the machine's own, so that whatever lets it reach its package sources serves here too.
bake() {
    local from=$1 what=$2 to=$3 box=datacentre-bake-$$-$2
    # Its proxies are for the bake alone; in the container's environment they would stay in the image.
    recipe_in "$temp/recipe" "$here"/{bake.sh,packages-bare,packages-services,own-hosts.sh,prepare-ssh.sh,lab-prepare-ssh.service,sshd.conf}
    [ "$wrapper" = no ] || cp "$here/../docker/runc-without-sys-resource" "$temp/recipe/runc-wrapper"
    # A container made by an interrupted run would hold its name only until then: the name has this process in it.
    # shellcheck disable=SC2064 # the name is known now
    trap "docker rm -f '$box' >/dev/null 2>&1; rm -rf '$temp'" EXIT
    PROGRESS_PATTERN='^Setting up ' PROGRESS_UNIT='packages set up' \
        with_progress "baking the $what packages" "$log_dir/bake-$what.log" docker run --name "$box" --network host --stop-signal SIGRTMIN+3 \
        -v "$temp/recipe:/recipe:ro" -v "$temp/machine:/machine:ro" -v "$DATACENTRE_CACHE/debs:/debs" \
        "$from" /bin/bash /recipe/bake.sh "$what" ||
        fail "the host image could not be baked" "see $log_dir/bake-$what.log and check the machine's package sources"
    docker commit --change 'CMD ["/sbin/init"]' --change 'ENV container=docker' \
        --change "LABEL org.datacentre.lab=host-image" "$box" "$to" >/dev/null
    docker rm -f "$box" >/dev/null
    trap 'rm -rf "$temp"' EXIT
}

compress() {
    if have zstd; then zstd -q -T0 -3; else gzip -1; fi
}

save() {
    local target=$image_cache/$full_hash.tar.z
    mkdir -p "$image_cache"
    docker save "$bare" "$full" | compress >"$target.new.$$"
    mv "$target.new.$$" "$target"
    # The one before it is kept too, for a clone that is at another version; older ones only fill the disk.
    find "$image_cache" -name '*.tar.z' -printf '%T@ %p\n' | sort -rn | tail -n +3 | cut -d' ' -f2- | xargs -r -d '\n' rm -f
    find "$image_cache" -name '*.new.*' -mmin +120 -delete
    say "   kept for fresh engines: $target ($(du -h "$target" | cut -f1))"
}

load() {
    local saved=$image_cache/$full_hash.tar.z
    [ -s "$saved" ] || return 1
    stage "host image: loading $full from the cache"
    # docker load takes gzip and zstd streams apart by itself only in newer engines.
    if [ "$(head -c 4 "$saved" | od -An -tx1 | tr -d ' ')" = 28b52ffd ]; then
        have zstd || apt_install zstd
        zstd -q -dc "$saved" | docker load -q >/dev/null
    else
        gzip -dc "$saved" | docker load -q >/dev/null
    fi && present "$bare" && present "$full" && return 0
    say "   $saved is not usable: removed, the image is built anew"
    rm -f "$saved"
    return 1
}

lock host-image
mkdir -p "$log_dir"
if [ "${1:-}" = --bare ]; then
    if ! present "$bare" && ! load; then
        stage "bare host image: building $bare (1 to 2 min, once)"
        base=$(make_base)
        bake "$base" bare "$bare"
    fi
    printf '%s\n' "$bare"
    exit
fi
if present "$bare" && present "$full"; then
    stage "host image $full (skipped: present)"
elif ! load; then
    stage "host image: building $full (3 to 5 min, once)"
    [ "$wrapper" = no ] || say "   this machine lacks CAP_SYS_RESOURCE: the lab's runc wrapper goes into the image for engines inside hosts"
    base=$(make_base)
    present "$bare" || bake "$base" bare "$bare"
    bake "$bare" services "$full"
    docker rmi "$base" >/dev/null 2>&1 || true
    save
    say "   host image ready after $SECONDS s"
fi
tag_stable
