# shellcheck shell=bash
# Images for an engine that reaches no registry: loaded from archives when they are not there.

load_images() {
    local i image url sum archive
    for ((i = 0; i + 2 < ${#images[@]}; i += 3)); do
        image=${images[i]} url=${images[i + 1]} sum=${images[i + 2]}
        docker image inspect "$image" >/dev/null 2>&1 && continue
        archive=$(mktemp /var/tmp/datacentre-image.XXXXXX)
        fetch "$url" "$archive" || {
            rm -f "$archive"
            fail "cannot read $url, the archive of $image" "check its archive in datacentre:docker.images, and whether this host reaches it"
        }
        if [ -n "$sum" ] && [ "$(sha256sum "$archive" | cut -c 1-64)" != "$sum" ]; then
            sum="$(sha256sum "$archive" | cut -c 1-64), not $sum"
            rm -f "$archive"
            fail "$url has sha256 $sum" "if that archive is the wanted one, set its sha256 in datacentre:docker.images to what its publisher states"
        fi
        quietly docker load -i "$archive" || {
            rm -f "$archive"
            fail "docker could not load $image from $url: $(tail -n 1 "$log")" "make the archive with 'docker save $image'"
        }
        rm -f "$archive"
        docker image inspect "$image" >/dev/null 2>&1 ||
            fail "the archive $url holds no image $image: $(tail -n 1 "$log")" "name in datacentre:docker.images what 'docker load' says of it"
        changed "loaded image $image"
    done
}
