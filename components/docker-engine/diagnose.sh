# shellcheck shell=bash
# Why a Docker daemon does not start, told from what it wrote to the journal.

# Reads the journal's lines; prints the problem on one line and its remedy on the next. Knows the sentences of dockerd
# 18.09 to 28; the first that fits wins, so causes stand before what follows from them.
docker_diagnosis() { # DATA_ROOT STORAGE_DRIVER
    local text last
    # What a healthy start says too names containerd and iptables as well.
    text=$(grep -vE 'level=(info|debug|warning)' || true)
    said() { grep -qiE "$1" <<<"$text"; }
    quote() { grep -oiE "$1" <<<"$text" | tail -n 1 || true; }

    if said 'specified both as a flag and in the configuration file'; then
        printf '%s\n' "settings stand both in the unit's command line and in daemon.json: $(quote 'configuration file: .*' | sed 's,^[^:]*: *,,')"
        printf '%s\n' "take those flags out of docker.service, its drop-ins and /etc/default/docker ('systemctl cat docker' shows them)"
    elif said "directives don't match any configuration option|unknown.*configuration option"; then
        printf '%s\n' "daemon.json has a key that this engine does not know: $(quote 'option: .*' | sed 's,^[^:]*: *,,')"
        printf '%s\n' "remove it; 'graph' is today's 'data-root', and cluster-store went with Docker 23"
    elif said 'unable to configure the Docker daemon with file.*(invalid character|unexpected end|cannot unmarshal|EOF)'; then
        printf '%s\n' "the configuration file is no valid JSON: $(quote '(invalid character|unexpected E|cannot unmarshal|: EOF).*')"
        printf '%s\n' "if docker.service names another file with --config-file, take that out; daemon.json itself is written by this step"
    elif said 'contains several valid graphdrivers|prior storage driver'; then
        printf '%s\n' "$1 holds what another storage driver left: $(quote '(contains several|prior storage driver).*')"
        printf '%s\n' "choose that driver in datacentre:docker.storageDriver, or an empty docker.dataRoot; move the old directory aside before you delete anything in it"
    elif said 'no space left on device|disk quota exceeded'; then
        printf '%s\n' "no space is left where the engine writes, $1"
        printf '%s\n' "free space there, or put docker.dataRoot on a larger file system ('df -h $1', 'df -i $1')"
    elif said 'd_type|ftype=0|backing (file ?system|.*filesystem) is (unsupported|formatted)|driver not supported|overlay.* not supported'; then
        printf '%s\n' "storage driver $2 does not work on the file system of $1"
        printf '%s\n' "put docker.dataRoot on ext4 or on xfs made with ftype=1, or choose another docker.storageDriver ('vfs' works everywhere, slowly)"
    elif said 'pid file found|is docker already running|daemon is already running'; then
        printf '%s\n' "another dockerd runs on this host, started outside of docker.service"
        printf '%s\n' "find it with 'cat /var/run/docker.pid' and stop it"
    elif said 'containerd\.sock|containerd.*(timeout|deadline)'; then
        printf '%s\n' "the engine does not reach containerd"
        printf '%s\n' "see 'systemctl status containerd' and 'journalctl -u containerd'"
    elif said 'non-overlapping IPv4 address pool|conflicts with network|networks have overlapping'; then
        printf '%s\n' "no free range is left for the engine's bridge: $(quote '(could not find|conflicts with|networks have).*')"
        printf '%s\n' "see 'ip route': a route of this host covers the engine's ranges; remove what is not needed"
    elif said 'error initializing network controller|iptables|NAT chain'; then
        printf '%s\n' "the engine cannot set its bridge network up: $(quote '(iptables|error initializing network|failed to create NAT).*' | cut -c 1-160)"
        printf '%s\n' "check that 'iptables -t nat -L' works here, that the kernel has its modules, and that nothing holds docker0"
    elif said 'address already in use'; then
        printf '%s\n' "something else listens where the engine should: $(quote 'listen .*in use')"
        printf '%s\n' "stop it, or take the -H flag out of docker.service"
    elif said 'status=205|Failed to adjust resource limit|status=219|status=226|status=203'; then
        printf '%s\n' "systemd could not start dockerd as docker.service asks: $(quote 'status=[0-9]+/[A-Z]+')"
        printf '%s\n' "see 'systemctl cat docker' for limits, paths and namespaces that this host does not have"
    else
        last=$(grep -E 'level=(fatal|error)|failed to start daemon|^Error' <<<"$text" | tail -n 1 | cut -c 1-240) || true
        printf '%s\n' "the daemon does not start: ${last:-its journal says nothing}"
        printf '%s\n' "see 'journalctl -u docker.service' on the host"
    fi
}
