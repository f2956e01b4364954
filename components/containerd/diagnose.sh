# shellcheck shell=bash
# Why containerd does not start, or not as Kubernetes' engine, told from what it wrote to the journal.

# Reads the journal's lines; prints the problem on one line and its remedy on the next. Knows the sentences of containerd 1.6 and 1.7;
# the first that fits wins, so causes stand before what follows from them.
containerd_diagnosis() { # ROOT SNAPSHOTTER
    local text cause last
    # What is left out of every healthy start.
    text=$(grep -vE 'level=(info|debug)|devmapper|modprobe|cni config|load cni' || true)
    said() { grep -qiE "$1" <<<"$text"; }
    say() { printf '%s\n' "$1"; }
    quote() { grep -oiE "$1" <<<"$text" | tail -n 1 | cut -c 1-240 || true; }

    if said 'failed to load TOML|unmarshal|unsupported config version'; then
        cause=$(quote '(failed to load TOML|invalid|unsupported config).*')
        say "containerd does not read its configuration: ${cause:-$(quote 'unmarshal.*')}"
        say "run 'make up CONVERGE=1', which writes it again; a version in datacentre:versions.containerd other than 1.6 and 1.7 may want another form"
    elif said 'no space left on device|disk quota exceeded'; then
        say "no space is left where the engine writes, $1"
        say "free space there, or put containerd.root on a larger file system ('df -h $1', 'df -i $1')"
    elif said 'waiting for response from boltdb'; then
        say "another containerd holds $1"
        say "find it with 'pgrep -a containerd' and 'fuser -v $1/io.containerd.metadata.v1.bolt/meta.db', and stop it; or choose another containerd.root"
    elif said 'meta\.db.*(invalid|version mismatch|checksum)|(invalid database|file size too small)'; then
        say "what containerd knows of its images is damaged: $(quote '(meta\.db|invalid database|file size).*')"
        say "move $1 aside on that host, and run 'make up CONVERGE=1': images are fetched again"
    elif said 'read-only file system|permission denied'; then
        say "the engine may not write: $(quote '[^ ]* (mkdir|open|chmod)[^:]*: [^"]*(read-only file system|permission denied)')"
        say "mount $1 for writing, or choose another containerd.root"
    elif said "failed to find snapshotter|snapshotter.*(not|error)"; then
        say "snapshotter $2 does not work at $1: $(quote "(snapshotter\.v1\.$2|failed to find snapshotter).*")"
        say "put containerd.root on ext4 or on xfs made with ftype=1, or choose containerd.snapshotter native, which works everywhere"
    elif said 'cgroup'; then
        say "the engine has no use of the host's control groups: $(quote '[^"]*cgroup.*')"
        say "see 'mount -t cgroup,cgroup2' on the host, and containerd.cgroupDriver"
    elif said 'listen.*(in use|invalid)|address already in use|\.sock'; then
        say "the engine cannot open its socket: $(quote '[^"]*\.sock.*')"
        say "see what holds /run/containerd ('ss -xlp'), and stop that"
    elif said 'grpc\.v1\.cri'; then
        say "the engine runs, and its part for Kubernetes does not: $(quote 'grpc\.v1\.cri.*')"
        say "see 'ctr plugins ls' and 'journalctl -u containerd' on the host"
    elif said 'status=2[0-9][0-9]'; then
        say "systemd could not start containerd as its unit asks: $(quote 'status=[0-9]+/[A-Z]+')"
        say "see 'systemctl cat containerd' for limits, paths and namespaces that this host does not have"
    else
        last=$(grep -E 'level=(fatal|error)|^containerd:' <<<"$text" | tail -n 1 | cut -c 1-240) || true
        say "containerd does not start: ${last:-its journal says nothing}"
        say "see 'journalctl -u containerd' on the host"
    fi
}
