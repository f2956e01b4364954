# shellcheck shell=bash
# What recipes share that lay out images' files in a container of the bare host image. Sourced there, by bash with -eu.

# shellcheck source=/dev/null
[ ! -s /recipe/proxy.env ] || . /recipe/proxy.env
export DEBIAN_FRONTEND=noninteractive

# install_packages PACKAGE...: none of their daemons is started.
install_packages() {
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    mkdir -p /debs/partial
    apt-get -q update
    apt-get -q -o Dir::Cache::archives=/debs -o APT::Keep-Downloaded-Packages=true -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@"
}

# take ROOT FILE...: each, links as they are, with the libraries that it is linked with, where it is on this system
take() {
    local root=$1 file library
    shift
    for file in "$@"; do
        mkdir -p "$root${file%/*}"
        cp -a "$file" "$root$file"
        { ldd "$file" 2>/dev/null || true; } | grep -oE '/[^ ]+' | sort -u | while read -r library; do
            install -D "$(readlink -f "$library")" "$root$library"
        done
    done
}
