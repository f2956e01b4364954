#!/bin/bash
# What the published image's entrypoint does: rights dropped, a configuration from the environment unless there is one, and
# the server's number unless it has one.
set -e

if [ "$1" = zkServer.sh ] && [ "$(id -u)" -eq 0 ]; then
    chown -R zookeeper "$ZOO_DATA_DIR" "$ZOO_DATA_LOG_DIR" "$ZOO_LOG_DIR"
    exec gosu zookeeper "$0" "$@"
fi

configuration() {
    local line
    printf '%s\n' "dataDir=$ZOO_DATA_DIR" "dataLogDir=$ZOO_DATA_LOG_DIR" "tickTime=$ZOO_TICK_TIME" "initLimit=$ZOO_INIT_LIMIT" \
        "syncLimit=$ZOO_SYNC_LIMIT" "autopurge.snapRetainCount=$ZOO_AUTOPURGE_SNAPRETAINCOUNT" \
        "autopurge.purgeInterval=$ZOO_AUTOPURGE_PURGEINTERVAL" "maxClientCnxns=$ZOO_MAX_CLIENT_CNXNS" \
        "standaloneEnabled=$ZOO_STANDALONE_ENABLED" "admin.enableServer=$ZOO_ADMINSERVER_ENABLED"
    for line in ${ZOO_SERVERS:-"server.1=localhost:2888:3888;2181"}; do printf '%s\n' "$line"; done
    [ -z "$ZOO_4LW_COMMANDS_WHITELIST" ] || printf '%s\n' "4lw.commands.whitelist=$ZOO_4LW_COMMANDS_WHITELIST"
    for line in $ZOO_CFG_EXTRA; do printf '%s\n' "$line"; done
}

[ -f "$ZOO_CONF_DIR/zoo.cfg" ] || configuration >"$ZOO_CONF_DIR/zoo.cfg"
[ -f "$ZOO_DATA_DIR/myid" ] || printf '%s\n' "${ZOO_MY_ID:-1}" >"$ZOO_DATA_DIR/myid"
exec "$@"
