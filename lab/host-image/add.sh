#!/bin/bash
# Runs in a container of the lab's host image and adds to it, for with.sh: the packages of the list /recipe/$1, if one is named,
# and what lies in /recipe/given.
set -euo pipefail
shopt -s nullglob
# shellcheck source=../build/collect.sh
. /recipe/shared.sh
if [ $# -gt 0 ]; then
    mapfile -t names < <(grep -v '^#' "/recipe/$1")
    install_packages "${names[@]}"
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log /tmp/* /var/tmp/*
    rm -f /usr/sbin/policy-rc.d
fi
for file in /recipe/given/*/*; do
    mode=0644
    [ ! -x "$file" ] || mode=0755
    case $file in
        *.service)
            install -m 0644 "$file" /etc/systemd/system/
            systemctl enable "${file##*/}"
            ;;
        *) install -D -m "$mode" "$file" "/opt/datacentre-lab/${file#/recipe/given/}" ;;
    esac
done
