# shellcheck shell=bash
# The host's own key, which leaves it never, and a certificate for it by the stack's authority. The authority's key comes with the step,
# stays in this shell, and goes to openssl by a pipe.

etc=/etc/datacentre-images
group=datacentre-images

converge() {
    command -v openssl >/dev/null || fail "openssl is not installed" "run the whole stack: its 'prepare' step installs it"
    put_user "$group" "$etc"
    put_dir "$etc" 0755 root:root
    put_file "$etc/authority.crt" 0644 root:root "$authority"
    is_good || make
    set_mode "$etc/server.key" 0640 "root:$group"
    set_mode "$etc/server.crt" 0644 root:root
}

# By this authority, for these names, of this key, and for more than the days that are left for a new one to be made in.
is_good() {
    [ -s "$etc/server.key" ] && [ -s "$etc/server.crt" ] &&
        quietly openssl verify -CAfile "$etc/authority.crt" "$etc/server.crt" &&
        quietly openssl x509 -in "$etc/server.crt" -noout -checkend "$((renew_days * 86400))" &&
        [ "$(openssl x509 -in "$etc/server.crt" -noout -pubkey 2>/dev/null)" = "$(openssl pkey -in "$etc/server.key" -pubout 2>/dev/null)" ] &&
        [ "$(openssl x509 -in "$etc/server.crt" -noout -ext subjectAltName 2>/dev/null | sed -n '2s/^ *//p')" = "DNS:$name, IP Address:$address" ]
}

make() {
    local work
    rm -rf "$etc"/.new.*
    work=$(mktemp -d "$etc/.new.XXXXXX")
    if ! sign "$work"; then
        rm -rf "$work"
        fail "openssl could not make a certificate for $name" \
            "see whether the stack's authority.key and authority.crt, on the operator's machine, belong together (docs/systems.md)"
    fi
    mv -f "$work/server.key" "$etc/server.key"
    mv -f "$work/server.crt" "$etc/server.crt"
    rm -rf "$work"
    changed "made a certificate for $name, which is good for $valid_days days"
}

sign() { # DIRECTORY
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:%s,IP:%s\n' \
        "$name" "$address" >"$1/extensions" &&
        quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/server.key" &&
        quietly openssl req -new -key "$1/server.key" -subj "/CN=$name" -out "$1/server.csr" &&
        quietly openssl x509 -req -in "$1/server.csr" -CA "$etc/authority.crt" -CAkey <(printf '%s\n' "$authority_key") \
            -set_serial "0x$(openssl rand -hex 16)" -days "$valid_days" -extfile "$1/extensions" -out "$1/server.crt"
}

undo() {
    local file
    for file in "$etc/server.key" "$etc/server.crt"; do
        [ ! -e "$file" ] || { rm -f "$file" && changed "removed $file"; }
    done
    rm -rf "$etc"/.new.*
    restore "$etc/authority.crt"
    drop_dirs "$etc"
    undo_user "$group"
}
