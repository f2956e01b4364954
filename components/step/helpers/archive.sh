# shellcheck shell=bash
# Programs that come as an archive with a checksum, unpacked under /opt/datacentre.

archive_home() { local sum=${2:-local}; printf '/opt/datacentre/%s-%.12s' "$1" "$sum"; } # NAME [SHA256]

# Its content stands in archive_home, without the archive's own top folder. One that lies on the host may go without a checksum:
# it is unpacked again when it is another one.
put_archive() { # NAME URL SHA256
    local home got size=
    home=$(archive_home "$1" "$3")
    if [ -z "$3" ]; then size=$(stat -c '%s %Y' "${2#file://}" 2>/dev/null) || fail "there is no ${2#file://}" "put the archive there, or correct datacentre:sources.$1.url"; fi
    [ ! -d "$home" ] || [ "$(cat "$home/.datacentre-from" 2>/dev/null)" != "$size" ] || return 0
    rm -rf "$home.new" && mkdir -p "$home.new"
    fetch "$2" "$home.tar.gz" ||
        fail "cannot download $2" "check datacentre:sources.$1.url, and whether this host reaches it"
    got=$(sha256sum "$home.tar.gz" | cut -c 1-64)
    if [ -n "$3" ] && [ "$got" != "$3" ]; then
        rm -rf "$home.tar.gz" "$home.new"
        fail "$2 has sha256 $got, not $3" "if that file is the wanted one, set datacentre:sources.$1.sha256 to what its publisher states"
    fi
    quietly tar -xzf "$home.tar.gz" -C "$home.new" --strip-components=1 --no-same-owner
    rm -f "$home.tar.gz"
    [ -z "$size" ] || printf '%s' "$size" >"$home.new/.datacentre-from"
    # A program that runs keeps its file until it is started again.
    rm -rf "$home.old" && { [ ! -d "$home" ] || mv -T "$home" "$home.old"; }
    mv -T "$home.new" "$home"
    rm -rf "$home.old"
    changed "unpacked $1 in $home"
}

undo_archive() { # NAME SHA256
    local home
    home=$(archive_home "$1" "$2")
    rm -rf "$home" "$home.new" "$home.tar.gz"
    rmdir /opt/datacentre 2>/dev/null || true
}
