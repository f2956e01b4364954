/** Where the helper of the mounts' units lies on hosts: `mount-helper.sh`. */
export const helperPath = "/usr/local/lib/datacentre/gluster-mount";

/**
 * The unit that keeps one volume mounted: a service that is the mount's client process, not an fstab line. A mount unit
 * is tried once, so it would stay away when this host is up before the others, and again when its client dies; this is
 * tried until it succeeds, and again whenever it ends. Docker waits for the first try, so that a container with a bind
 * mount finds the volume there and not the empty directory under it.
 */
export function mountUnit(volume: string, path: string): string {
    return `[Unit]
Description=GlusterFS volume ${volume} at ${path}
Documentation=man:glusterfs(8)
Wants=glusterd.service network-online.target
After=glusterd.service network-online.target
Before=docker.service
StartLimitIntervalSec=0

[Service]
ExecStartPre=${helperPath} clear ${path}
ExecStart=/usr/sbin/glusterfs --no-daemon --process-name fuse --volfile-server=localhost --volfile-id=/${volume} ${path}
ExecStartPost=${helperPath} await ${path}
ExecStopPost=${helperPath} clear ${path}
Restart=always
RestartSec=3
TimeoutStartSec=60
TimeoutStopSec=30

[Install]
WantedBy=multi-user.target
`;
}

/**
 * What glusterd's own unit lacks, as a drop-in. Debian's kills the bricks with the daemon, so that a restart of the
 * management would interrupt the data (upstream's unit does not), and leaves a daemon that could not resolve its peers
 * at boot down.
 */
export const glusterdDropIn = `[Unit]
StartLimitIntervalSec=0

[Service]
KillMode=process
Restart=always
RestartSec=5
`;
