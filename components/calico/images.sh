# shellcheck shell=bash
# Calico from its images: the node runs in one, the CNI plugins and calicoctl are taken out of theirs.

put_calico() {
    local id
    put_image "$node_image"
    # Calico 2's image has it at the root.
    take_out "$ctl_image" "$home/calicoctl" /usr/bin/calicoctl /calicoctl
    take_out "$cni_image" "$home/calico" /opt/cni/bin/calico
    id=$(image_id "$node_image")
    inputs+=("$id")
}

# The image does it at each start.
join_datastore() { :; }

# A program out of an image, again when the image is another one.
take_out() { # IMAGE TO PATH...: the first path that the image has
    local from=$1 to=$2 id path box=datacentre-calico-taken
    put_image "$from"
    id=$(image_id "$from")
    [ ! -x "$to" ] || [ "$(cat "$to.from" 2>/dev/null)" != "$id" ] || return 0
    make_dir "$home"
    docker rm -f "$box" >/dev/null 2>&1 || true
    # A command has to be named where the image has none; nothing is run.
    quietly docker create --name "$box" "$from" /none
    for path in "${@:3}"; do ! quietly docker cp -L "$box:$path" "$to.new" || break; done
    quietly docker rm "$box"
    [ -s "$to.new" ] || fail "image $from has no ${to##*/} at ${*:3}" "name Calico's own images in datacentre:sources.calico"
    chmod 0755 "$to.new" && mv -f "$to.new" "$to"
    printf '%s' "$id" >"$to.from"
    changed "took ${to##*/} out of $from"
}

undo_calico() {
    drop_container_unit calico-node "$container"
    rm -rf "$home"
    rmdir /opt/datacentre 2>/dev/null || true
}
