#!/bin/sh
# What the published image's entrypoint does: options alone are HAProxy's, and HAProxy runs as a master with workers, which
# SIGUSR2 reloads, in the foreground.
set -e

case $1 in -*) set -- haproxy "$@" ;; esac
if [ "$1" = haproxy ]; then
    shift
    set -- haproxy -W -db "$@"
fi
exec "$@"
