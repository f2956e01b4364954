# shellcheck shell=bash
# What servers' images have besides their program. Sourced in a container of the bare host image, by bash with -eu, after
# shared.sh.

# bring ROOT FILE...: as shared.sh's take, but also scripts and what is linked with no library
bring() {
    local root=$1 file
    shift
    for file in "$@"; do
        mkdir -p "$root${file%/*}"
        cp -a "$file" "$root$file"
    done
    { ldd "$@" 2>/dev/null || true; } | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p' | sort -u | while read -r file; do
        install -D "$(readlink -f "$file")" "$root$file"
    done
}

# What a small Debian system has and nothing else: what goes without more here does so in the published images.
userland() {
    local root=/out/userland programs
    # As Debian lays it out, so that both spellings of a program's path work.
    mkdir -p "$root"/{usr/bin,usr/sbin,etc,tmp,root,run,var/tmp,var/lib}
    ln -s usr/bin "$root/bin"
    ln -s usr/sbin "$root/sbin"
    ln -s /run "$root/var/run"
    chmod 1777 "$root/tmp" "$root/var/tmp"
    mapfile -t programs < <(dpkg -L bash dash coreutils grep sed mawk findutils hostname | grep -E '^(/usr)?/s?bin/[^/]+$')
    bring "$root" "${programs[@]}" /usr/bin/flock /usr/bin/getent /usr/bin/tar /usr/bin/gzip
    ln -s mawk "$root/usr/bin/awk"
    ln -sf dash "$root/usr/bin/sh"
    printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' >"$root/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
    printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
}

# server NAME: /out/NAME with the userland
server() {
    [ -d /out/userland ] || userland
    cp -a /out/userland "/out/$1"
}

# user ROOT NAME ID HOME
user() {
    printf '%s:x:%s:%s::%s:/usr/sbin/nologin\n' "$2" "$3" "$3" "$4" >>"$1/etc/passwd"
    printf '%s:x:%s:\n' "$2" "$3" >>"$1/etc/group"
}

# packed NAME...: each folder of /out as an archive, the same bytes from the same files
packed() {
    local name
    for name in "$@"; do
        tar -C "/out/$name" --sort=name --mtime=@1700000000 --numeric-owner -cf "/out/$name.tar" .
        rm -rf "/out/$name"
    done
}
