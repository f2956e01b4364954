/** Run on a lab host, which is the upstream of mirrors then: a registry on port 5555 that takes pushes, by Debian's docker-registry. */
export const labUpstream = `apt-get -q update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends docker-registry >/dev/null
    systemctl disable --now docker-registry 2>/dev/null
    mkdir -p /srv/upstream && cat >/srv/upstream.yml <<'END'
version: 0.1
storage: {filesystem: {rootdirectory: /srv/upstream}}
http: {addr: ":5555", headers: {X-Registry: [a registry of the lab's]}}
END
    printf '[Service]\\nExecStart=/usr/bin/docker-registry serve /srv/upstream.yml\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/lab-upstream.service
    systemctl daemon-reload && systemctl enable --now lab-upstream`;
