# shellcheck shell=bash
# Keys of a node, which leave it never, and certificates for them by the cluster's authorities; on masters besides, what all of them
# share: the key of service accounts' tokens, and the one that secrets are encrypted with. Authorities' keys come with the step, stay in
# this shell, and go to openssl by a pipe.

pki=/etc/kubernetes/pki
own=/etc/kubernetes/apiserver

converge() {
    local i base subject usage authority key names
    command -v openssl >/dev/null || fail "openssl is not installed" "run the whole stack: its 'prepare' step installs it"
    put_dir /etc/kubernetes 0755 root:root
    put_dir "$pki" 0700 root:root
    for ((i = 0; i < ${#authorities[@]}; i += 2)); do put_file "${authorities[i]}" 0644 root:root "${authorities[i + 1]}"; done
    for i in "${certificates[@]}"; do
        IFS='|' read -r base subject usage authority key names <<<"$i"
        put_certificate "$base" "$subject" "$usage" "$names" root:root "$authority" "$key"
    done
    [ -z "$master" ] || put_shared
}

put_shared() {
    put_file "$pki/service-accounts.key" 0600 root:root "$service_accounts_key"$'\n'
    put_file "$pki/service-accounts.pub" 0644 root:root "$service_accounts_pub"$'\n'
    put_dir "$own" 0700 root:root
    put_file "$own/encryption.yaml" 0600 root:root "$(encryption)"$'\n'
}

# Everything of kind Secret; what was written before there was a key is read as it is. Source: Kubernetes 1.36, "Encrypting Confidential
# Data at Rest".
encryption() {
    printf '%s\n' 'apiVersion: apiserver.config.k8s.io/v1' 'kind: EncryptionConfiguration' 'resources:' '- resources: [secrets]' '  providers:' \
        '  - secretbox:' '      keys:' '      - name: datacentre' "        secret: $encryption_key" '  - identity: {}'
}

undo() {
    local i bases=()
    for i in "${certificates[@]}"; do bases+=("${i%%|*}"); done
    undo_certificate "${bases[@]}"
    restore "$pki/service-accounts.key" "$pki/service-accounts.pub" "$own/encryption.yaml"
    for ((i = 0; i < ${#authorities[@]}; i += 2)); do restore "${authorities[i]}"; done
    drop_dirs "$own" "$pki" /etc/kubernetes
}
