# shellcheck shell=bash
# A host's own keys, which never leave it, and certificates for them by an authority of the stack. The authority's key comes with the
# step as a secret, stays in this shell, and goes to openssl by a pipe. A script that uses this has valid_days, for which a certificate
# is made, and renew_days: one that has no more than these left is made anew.
# Needs OpenSSL 1.1.1 or newer.

# There while `make renew` is at work: what is older is made anew.
renew_flag=/run/datacentre.renew-certificates

# Makes BASE.key and BASE.crt, unless they are by this authority, for this subject, usage and names, of that key, and good for long enough.
#   SUBJECT    /O=system:nodes/CN=system:node:node1
#   USAGE      clientAuth, serverAuth, or serverAuth,clientAuth
#   NAMES      DNS:node1,IP:10.0.0.1, or nothing
#   OWNER      whose the key is: root:root alone, or root:GROUP, which reads it
#   AUTHORITY  the file with its certificate
#   KEYVAR     the name of the variable that holds its key
put_certificate() { # BASE SUBJECT USAGE NAMES OWNER AUTHORITY KEYVAR
    local mode=0640
    [ "$5" != root:root ] || mode=0600
    command -v openssl >/dev/null || fail "openssl is not installed" "run the whole stack: its 'prepare' step installs it"
    # An older one does not say what a certificate is for, so that every one would look wrong.
    [[ $(openssl version) != "OpenSSL "@(0|1.0|1.1.0)[.a-z\ ]* ]] ||
        fail "$(openssl version) is too old to make certificates" "use hosts with OpenSSL 1.1.1 or newer, such as Debian 12's"
    certificate_is_good "$1" "$2" "$3" "$4" "$6" || make_certificate "$1" "$2" "$3" "$4" "$6" "$7"
    set_mode "$1.key" "$mode" "$5"
    set_mode "$1.crt" 0644 root:root
}

certificate_is_good() { # BASE SUBJECT USAGE NAMES AUTHORITY
    [ -s "$1.key" ] && [ -s "$1.crt" ] &&
        { [ ! -e "$renew_flag" ] || [ "$1.crt" -nt "$renew_flag" ]; } &&
        quietly openssl verify -CAfile "$5" "$1.crt" &&
        quietly openssl x509 -in "$1.crt" -noout -checkend "$((renew_days * 86400))" &&
        [ "$(openssl x509 -in "$1.crt" -noout -pubkey 2>/dev/null)" = "$(openssl pkey -in "$1.key" -pubout 2>/dev/null)" ] &&
        [ "$(certificate_subject "$1.crt")" = "$2" ] &&
        [ "$(certificate_extension "$1.crt" extendedKeyUsage)" = "$(certificate_words "$3")" ] &&
        [ "$(certificate_extension "$1.crt" subjectAltName)" = "$(certificate_words "$4")" ]
}

# As -subj takes it.
certificate_subject() { openssl x509 -in "$1" -noout -subject -nameopt sep_multiline 2>/dev/null | sed -n '2,$s/^ */\//p' | tr -d '\n'; }

certificate_extension() { openssl x509 -in "$1" -noout -ext "$2" 2>/dev/null | sed -n '2s/^ *//p'; } # FILE NAME

# An extension's value as openssl shows it.
certificate_words() {
    sed -e 's/,/, /g; s/IP:/IP Address:/g' -e 's/serverAuth/TLS Web Server Authentication/; s/clientAuth/TLS Web Client Authentication/' <<<"$1"
}

make_certificate() { # BASE SUBJECT USAGE NAMES AUTHORITY KEYVAR
    local work cn=${2##*/CN=}
    make_dir "${1%/*}"
    rm -rf "${1%/*}"/.certificate.*
    work=$(mktemp -d "${1%/*}/.certificate.XXXXXX")
    if ! sign_certificate "$work" "$2" "$3" "$4" "$5" "$6"; then
        rm -rf "$work"
        fail "openssl could not make a certificate for $cn" \
            "see whether the authority's key and certificate, on the operator's machine, belong together (docs/systems.md)"
    fi
    if ! quietly openssl verify -CAfile "$5" "$work/crt"; then
        rm -rf "$work"
        fail "the certificate for $cn does not hold: $(tail -n 2 "$log" | tr '\n' ' ')" \
            "compare this host's clock with the operator's machine ('date'): to one that is late, a new authority is not valid yet"
    fi
    # The certificate last: a key without its own is found, and both are made anew.
    mv -f "$work/key" "$1.key"
    mv -f "$work/crt" "$1.crt"
    rm -rf "$work"
    changed "made a certificate for $cn, $1.crt, which is good for $valid_days days"
}

sign_certificate() { # DIRECTORY SUBJECT USAGE NAMES AUTHORITY KEYVAR
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nauthorityKeyIdentifier=keyid\nextendedKeyUsage=%s\n' "$3" >"$1/extensions" &&
        { [ -z "$4" ] || printf 'subjectAltName=%s\n' "$4" >>"$1/extensions"; } &&
        printf '[req]\ndistinguished_name=req\n' >"$1/config" &&
        quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/key" &&
        quietly openssl req -new -config "$1/config" -key "$1/key" -subj "$2" -out "$1/request" &&
        quietly openssl x509 -req -in "$1/request" -CA "$5" -CAkey <(printf '%s\n' "${!6}") \
            -set_serial "0x$(openssl rand -hex 16)" -days "$valid_days" -extfile "$1/extensions" -out "$1/crt"
}

# For the fingerprint of a unit that reads them at its start alone.
certificate_print() { # BASE...
    local base
    for base in "$@"; do cat "$base.crt" 2>/dev/null || printf 'absent\n'; done | sha256sum | cut -c 1-64
}

undo_certificate() { # BASE...
    local base file
    for base in "$@"; do
        for file in "$base.key" "$base.crt"; do
            [ ! -e "$file" ] || { rm -f "$file" && changed "removed $file"; }
        done
        rm -rf "${base%/*}"/.certificate.*
    done
}
