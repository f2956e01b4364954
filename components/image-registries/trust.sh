# shellcheck shell=bash
# Whom the engine of a host trusts: the stack's authority, at the places of its registries and nowhere else. The engine reads it with
# every pull and push.

record=$state/image-trust
trust=/etc/docker/certs.d

converge() {
    local place
    mkdir -p "$state"
    # By itself, so that it goes with the last of the places and not with the first.
    make_dir "$trust"
    while read -r place; do
        [[ " ${places[*]} " == *" $place "* ]] || forget "$place"
    done < <(cat "$record" 2>/dev/null)
    printf '%s\n' "${places[@]}" >"$record"
    for place in "${places[@]}"; do put_file "$trust/$place/ca.crt" 0644 root:root "$authority"; done
}

forget() { # PLACE
    restore "$trust/$1/ca.crt"
    drop_dirs "$trust/$1"
}

undo() {
    local place
    while read -r place; do forget "$place"; done < <(cat "$record" 2>/dev/null)
    rm -f "$record"
    # The engine's own directory too, where the engine went before, and found this in it.
    drop_dirs "$trust" /etc/docker
}
