# shellcheck shell=bash
# Images for an engine that reaches no registry: loaded from archives, where pods look for them, when they are not there.

has_image() { # NAME
    [ -n "$(ctr -n k8s.io images ls -q "name==$1" </dev/null 2>/dev/null)" ]
}

load_images() {
    local i image url sum archive
    for ((i = 0; i + 2 < ${#images[@]}; i += 3)); do
        image=${images[i]} url=${images[i + 1]} sum=${images[i + 2]}
        ! has_image "$image" || continue
        archive=$(mktemp /var/tmp/datacentre-image.XXXXXX)
        fetch "$url" "$archive" || {
            rm -f "$archive"
            fail "cannot read $url, the archive of $image" "check its archive in datacentre:containerd.images, and whether this host reaches it"
        }
        if [ -n "$sum" ] && [ "$(sha256sum "$archive" | cut -c 1-64)" != "$sum" ]; then
            sum="$(sha256sum "$archive" | cut -c 1-64), not $sum"
            rm -f "$archive"
            fail "$url has sha256 $sum" "if that archive is the wanted one, set its sha256 in datacentre:containerd.images to what its publisher states"
        fi
        quietly ctr -n k8s.io images import --snapshotter "$snapshotter" "$archive" </dev/null || {
            rm -f "$archive"
            fail "containerd could not load $image from $url: $(tail -n 1 "$log")" "make the archive with 'docker save $image'"
        }
        rm -f "$archive"
        has_image "$image" ||
            fail "the archive $url holds no image $image: $(tail -n 1 "$log" | cut -c 1-200)" "name in datacentre:containerd.images what 'ctr images import' says of it"
        changed "loaded image $image"
    done
}
