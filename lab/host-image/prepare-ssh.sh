#!/bin/sh
# Before sshd starts: the host key and root's authorized keys, as sshd insists on them. Files may have been put in from outside
# with any mode and owner; a host that was given no key makes one at its first boot and keeps it.
set -eu
key=/etc/ssh/ssh_host_ed25519_key
if [ -s "$key" ]; then
    chown root:root "$key" 2>/dev/null || true
    chmod 600 "$key" 2>/dev/null || true
else
    ssh-keygen -q -t ed25519 -N "" -C "$(hostname)" -f "$key"
fi
[ -s "$key.pub" ] || ssh-keygen -y -f "$key" >"$key.pub" || true
mkdir -p /root/.ssh
chmod 700 /root/.ssh
chown root:root /root /root/.ssh
if [ -f /root/.ssh/authorized_keys ]; then
    chown root:root /root/.ssh/authorized_keys 2>/dev/null || true
    chmod 600 /root/.ssh/authorized_keys 2>/dev/null || true
fi
