# shellcheck shell=bash
# Programs that come as an archive with a checksum, unpacked under /opt/datacentre.

archive_home() { printf '/opt/datacentre/%s-%.12s' "$1" "$2"; } # NAME SHA256

put_archive() { # NAME URL SHA256: its content stands in archive_home, without the archive's own top folder
    local home got
    home=$(archive_home "$1" "$3")
    [ ! -d "$home" ] || return 0
    rm -rf "$home.new" && mkdir -p "$home.new"
    quietly curl -fsSL --retry 3 --connect-timeout 15 -o "$home.tar.gz" "$2" ||
        fail "cannot download $2" "check datacentre:sources.$1.url, and whether this host reaches it"
    got=$(sha256sum "$home.tar.gz" | cut -c 1-64)
    if [ "$got" != "$3" ]; then
        rm -rf "$home.tar.gz" "$home.new"
        fail "$2 has sha256 $got, not $3" "if that file is the wanted one, set datacentre:sources.$1.sha256 to what its publisher states"
    fi
    quietly tar -xzf "$home.tar.gz" -C "$home.new" --strip-components=1 --no-same-owner
    rm -f "$home.tar.gz"
    mv -T "$home.new" "$home"
    changed "unpacked $1 in $home"
}

undo_archive() { # NAME SHA256
    local home
    home=$(archive_home "$1" "$2")
    rm -rf "$home" "$home.new" "$home.tar.gz"
    rmdir /opt/datacentre 2>/dev/null || true
}
