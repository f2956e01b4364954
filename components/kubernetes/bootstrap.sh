# shellcheck shell=bash
# The first binding of administrators: who makes it must be one already. A certificate of the group that needs no binding is made for
# that, in a directory of its own, for a day, and is gone with the step. The authority's key stays in this shell.

converge() {
    need_healthz
    if [ "$(kube auth can-i '*' '*' --all-namespaces 2>/dev/null)" = yes ]; then return 0; fi
    local work problem=
    work=$(mktemp -d "$run/super-admin.XXXXXX")
    chmod 700 "$work"
    # A new cluster makes its own roles in its first seconds.
    { make_certificate "$work" && wait_for 60 bind "$work"; } || problem=yes
    rm -rf "$work"
    [ -z "$problem" ] || fail "the administrators' binding cannot be made: $(tail -n 1 "$log" | cut -c 1-300)" "see whether the stack's kubernetes-authority.key and .crt, on the operator's machine, belong together"
    wait_for 30 is_admin || fail "the host's own kubectl is no administrator after all" "see 'kubectl auth whoami' on the first master"
    changed "bound datacentre:admins to cluster-admin"
}

is_admin() { [ "$(kube auth can-i '*' '*' --all-namespaces 2>/dev/null)" = yes ]; }

need_healthz() {
    wait_for 60 healthy ||
        fail "the API server of this host is not ready" "see 'journalctl -u kubelet' and /var/log/pods there, and etcd's health"
}

healthy() { [ "$(curl -s --noproxy '*' --max-time 5 --cacert "$authority_file" "https://127.0.0.1:$proxy_port/readyz")" = ok ]; }

make_certificate() { # DIRECTORY
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n' >"$1/extensions" &&
        (umask 077 && quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/key") &&
        quietly openssl req -new -key "$1/key" -subj "/O=system:masters/CN=datacentre:bootstrap" -out "$1/csr" &&
        quietly openssl x509 -req -in "$1/csr" -CA "$authority_file" -CAkey <(printf '%s\n' "$kubernetes_key") \
            -set_serial "0x$(openssl rand -hex 16)" -days 1 -extfile "$1/extensions" -out "$1/crt"
}

bind() { # DIRECTORY
    printf '%s' "$binding" | timeout 30 "$kubectl" --kubeconfig=/dev/null --server="https://127.0.0.1:$proxy_port" --certificate-authority="$authority_file" \
        --client-certificate="$1/crt" --client-key="$1/key" apply --server-side --field-manager=datacentre --force-conflicts -f - >>"$log" 2>&1 9>&-
}

undo() { :; }
