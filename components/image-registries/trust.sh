# shellcheck shell=bash
# Whom the engine of a host trusts: the stack's authority, at the places of its registries and nowhere else. The engine reads it with
# every pull and push.

record=$state/image-trust

converge() {
    local place
    mkdir -p "$state"
    while read -r place; do
        [[ " ${places[*]} " == *" $place "* ]] || forget "$place"
    done < <(cat "$record" 2>/dev/null)
    printf '%s\n' "${places[@]}" >"$record"
    for place in "${places[@]}"; do put_file "/etc/docker/certs.d/$place/ca.crt" 0644 root:root "$authority"; done
}

forget() { # PLACE
    restore "/etc/docker/certs.d/$1/ca.crt"
    drop_dirs "/etc/docker/certs.d/$1"
}

undo() {
    local place
    while read -r place; do forget "$place"; done < <(cat "$record" 2>/dev/null)
    rm -f "$record"
}
