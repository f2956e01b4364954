# shellcheck shell=bash
# What a stack proves itself with, made once and kept beside its passphrase: SSH keys, authorities, and keys by those. Sourced by
# scripts/setup, never run. Of two files that belong together the certificate comes last: with it, both are there.

# keys HOME [etcd] [kubernetes]: those that every stack has, and those that these services need.
keys() {
    local home=$1 tls=$1/tls
    shift
    (
        umask 077
        mkdir -p "$home/ssh/hosts" "$tls"
        lock "keys-$stack" 60
        rm -f "$tls"/*.new "$tls/log"
        passphrase
        ssh_key
        authority authority "" "for its services"
        [[ " $* " != *" etcd "* ]] || authority etcd-authority etcd "for etcd, its members and clients"
        [[ " $* " != *" kubernetes "* ]] || kubernetes_keys
        chmod 600 "$home/passphrase" "$home/ssh/id_ed25519" "$tls"/*.key
        rm -f "$tls/log"
    )
}

passphrase() {
    [ ! -s "$home/passphrase" ] || return 0
    # Without it the stack's secrets and state cannot be read: README says to keep a copy.
    random >"$home/passphrase.new"
    mv "$home/passphrase.new" "$home/passphrase"
    stage "stack $stack: passphrase made ($home/passphrase; keep a copy of it)"
}

# 32 random bytes.
random() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }

ssh_key() {
    [ ! -s "$home/ssh/id_ed25519" ] || return 0
    rm -f "$home/ssh/id_ed25519.new" "$home/ssh/id_ed25519.new.pub"
    ssh-keygen -q -t ed25519 -N "" -C "datacentre-$stack" -f "$home/ssh/id_ed25519.new"
    mv "$home/ssh/id_ed25519.new.pub" "$home/ssh/id_ed25519.pub"
    mv "$home/ssh/id_ed25519.new" "$home/ssh/id_ed25519"
    stage "stack $stack: SSH key made ($home/ssh/id_ed25519)"
}

# authority NAME UNIT PURPOSE: NAME.key and NAME.crt. A key that is gone is not replaced by itself, since that makes all that was
# signed by it worthless.
authority() {
    if [ -s "$tls/$1.crt" ]; then
        [ -s "$tls/$1.key" ] ||
            fail "$tls/$1.key is gone, and its certificate is there" "bring it back from a copy, or remove $1.crt too for another authority (docs/systems.md)"
        return 0
    fi
    tls_by "the stack's authority $3" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -config <(bare_config) \
        -subj "/O=datacentre${2:+/OU=$2}/CN=$stack" -addext basicConstraints=critical,CA:TRUE,pathlen:0 \
        -addext keyUsage=critical,keyCertSign,cRLSign -addext subjectKeyIdentifier=hash -keyout "$tls/$1.key" -out "$tls/$1.crt.new"
    mv "$tls/$1.crt.new" "$tls/$1.crt"
    stage "stack $stack: authority $3 made ($tls/$1.crt)"
}

# The machine's own may ask for extensions of its own.
bare_config() { printf '[req]\ndistinguished_name=req\n'; }

tls_by() { # WHAT COMMAND...
    local what=$1
    shift
    "$@" >>"$tls/log" 2>&1 || fail "openssl could not make $what: $(tail -n 1 "$tls/log")" "see 'openssl version'; 1.1.1 or newer does it"
}

# Two authorities, since the API takes a name for granted from whoever comes by the front proxy's. By the pair, service accounts prove
# who they are; by the 32 bytes, secrets are encrypted in etcd.
kubernetes_keys() {
    authority kubernetes-authority kubernetes "for Kubernetes"
    authority front-proxy-authority front-proxy "for front proxies of Kubernetes' API"
    if [ ! -s "$tls/service-accounts.pub" ]; then
        tls_by "the key of service accounts" openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$tls/service-accounts.key"
        tls_by "the key of service accounts" openssl pkey -in "$tls/service-accounts.key" -pubout -out "$tls/service-accounts.pub.new"
        mv "$tls/service-accounts.pub.new" "$tls/service-accounts.pub"
        stage "stack $stack: key of service accounts made ($tls/service-accounts.key)"
    fi
    if [ ! -s "$tls/encryption.key" ]; then
        random >"$tls/encryption.key.new"
        mv "$tls/encryption.key.new" "$tls/encryption.key"
        stage "stack $stack: key made that secrets in etcd are encrypted with ($tls/encryption.key; keep a copy of it)"
    fi
    operator
}

# The operator's own certificate, made anew for its last 30 days, for another authority, or by `make renew`.
operator() {
    ! operator_is_good || return 0
    tls_by "the operator's certificate" openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$tls/admin.key.new"
    tls_by "the operator's certificate" openssl req -new -config <(bare_config) -key "$tls/admin.key.new" \
        -subj "/O=datacentre:admins/CN=operator" -out "$tls/admin.csr.new"
    tls_by "the operator's certificate" openssl x509 -req -in "$tls/admin.csr.new" -CA "$tls/kubernetes-authority.crt" \
        -CAkey "$tls/kubernetes-authority.key" -set_serial "0x$(openssl rand -hex 16)" -days 365 -out "$tls/admin.crt.new" \
        -extfile <(printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n')
    mv "$tls/admin.key.new" "$tls/admin.key"
    mv "$tls/admin.crt.new" "$tls/admin.crt"
    rm -f "$tls/admin.csr.new"
    stage "stack $stack: the operator's certificate for Kubernetes made ($tls/admin.crt), good for a year"
}

operator_is_good() {
    [ -z "${RENEW-}" ] && [ -s "$tls/admin.key" ] && [ -s "$tls/admin.crt" ] &&
        openssl verify -CAfile "$tls/kubernetes-authority.crt" "$tls/admin.crt" &&
        openssl x509 -in "$tls/admin.crt" -noout -checkend $((30 * 86400)) &&
        [ "$(openssl x509 -in "$tls/admin.crt" -noout -pubkey)" = "$(openssl pkey -in "$tls/admin.key" -pubout)" ]
} >/dev/null 2>&1
