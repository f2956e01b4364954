# shellcheck shell=bash
# Calico's programs from an archive.

put_calico() {
    put_archive calico "$archive_url" "$archive_sha256"
    inputs+=("$home" "$(cat "$home/.datacentre-from" 2>/dev/null || true)")
}

undo_calico() { undo_archive calico "$archive_sha256"; }
