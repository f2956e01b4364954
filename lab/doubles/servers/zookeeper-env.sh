#!/usr/bin/env bash
# What ZooKeeper's scripts source: where its configuration, logs and programs are, and how much memory it may take.

ZOOCFGDIR=${ZOOCFGDIR:-/conf}
# shellcheck source=/dev/null
[ ! -f "$ZOOCFGDIR/zookeeper-env.sh" ] || . "$ZOOCFGDIR/zookeeper-env.sh"
# shellcheck source=/dev/null
[ ! -f "$ZOOCFGDIR/java.env" ] || . "$ZOOCFGDIR/java.env"
ZOOCFG=$ZOOCFGDIR/${ZOOCFG:-zoo.cfg}
ZOO_LOG_DIR=${ZOO_LOG_DIR:-/logs}
JAVA=${JAVA:-/usr/bin/java}
CLASSPATH="$ZOOCFGDIR:/usr/share/java/*${CLASSPATH:+:$CLASSPATH}"
SERVER_JVMFLAGS="-Xmx${ZK_SERVER_HEAP:-1000}m ${SERVER_JVMFLAGS:-}"
CLIENT_JVMFLAGS="-Xmx${ZK_CLIENT_HEAP:-256}m ${CLIENT_JVMFLAGS:-}"
export ZOOCFGDIR ZOOCFG ZOO_LOG_DIR JAVA CLASSPATH SERVER_JVMFLAGS CLIENT_JVMFLAGS
