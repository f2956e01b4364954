# shellcheck shell=bash
# Kubernetes' programs, and the images of static pods: both from upstream's archive.

images_record=$state/kubernetes-images

put_programs() {
    local is
    check_running
    put_archive kubernetes "$archive_url" "$archive_sha256"
    is=$("$bin/kubelet" --version 2>/dev/null) ||
        fail "the archive has no kubelet in kubernetes/server/bin that runs here" "give kubernetes-server-linux-amd64.tar.gz of this host's kind ($(uname -m)) in datacentre:sources.kubernetes"
    [ "$is" = "Kubernetes v$version" ] ||
        fail "the archive holds ${is#Kubernetes v}, and $version is described" "set datacentre:versions.kubernetes to what the archive holds, or give another in datacentre:sources.kubernetes"
}

# What is known of this host alone, whether the API answers or not.
check_running() {
    local before
    before=$(cat "$state/kubernetes-version" 2>/dev/null) || return 0
    check_skew "$before" "$version" "$node"
    [ "$before" = "$version" ] || notes+=("from $before to $version")
}

ctr() { command ctr --namespace k8s.io "$@" 9>&-; }

has_image() { ctr images list -q "name==$1" 2>/dev/null | grep -q .; }

# Imported where they are missing, or of another archive with the same version. Upstream's have the machine's kind in their names.
put_images() {
    local image name tar ref known
    known=$(cat "$images_record.from" 2>/dev/null || true)
    for image in "${images[@]}"; do
        name=${image##*/} name=${name%%:*} tar=$bin/$name.tar
        if { has_image "$image" && [ "$known" = "$(archive_is)" ]; } || [ ! -e "$tar" ]; then continue; fi
        ref=$(ctr images import "$tar" 2>>"$log" | sed -n 's/^unpacking \([^ ]*\) .*/\1/p' | tail -n 1)
        [ -n "$ref" ] || has_image "$image" || fail "containerd does not take $tar: $(tail -n 1 "$log")" "see 'journalctl -u containerd' on $node"
        # One of several names may be the wanted one.
        if [ "${ref##*-amd64:}" = "${image##*:}" ] || ! has_image "$image"; then
            quietly ctr images tag --force "$ref" "$image"
            quietly ctr images rm "$ref"
        fi
        # The kubelet's garbage collection leaves it.
        quietly ctr images label "$image" io.cri-containerd.pinned=pinned || true
        mkdir -p "$state"
        grep -qsxF "$image" "$images_record" || printf '%s\n' "$image" >>"$images_record"
        changed "imported $image"
    done
    mkdir -p "$state" && archive_is >"$images_record.from"
}

archive_is() { printf '%s %s' "${archive_sha256:-$(cat "$(archive_home kubernetes "$archive_sha256")/.datacentre-from" 2>/dev/null)}" "$version"; }

# Archives and images of versions before.
drop_others() {
    local old image
    for old in /opt/datacentre/kubernetes-*; do
        if [ ! -d "$old" ] || [ "$old" = "$(archive_home kubernetes "$archive_sha256")" ]; then continue; fi
        rm -rf "$old"
        changed "removed $old"
    done
    while read -r image; do
        [[ " ${images[*]} " != *" $image "* ]] || continue
        quietly ctr images rm "$image" || true
        sed -i "\|^$image\$|d" "$images_record"
        changed "removed image $image"
    done < <(cat "$images_record" 2>/dev/null)
}

undo_programs() {
    local image
    while read -r image; do quietly ctr images rm "$image" || true; done < <(cat "$images_record" 2>/dev/null)
    rm -f "$images_record" "$images_record.from"
    undo_archive kubernetes "$archive_sha256"
    rm -rf /opt/datacentre/kubernetes-*
}
