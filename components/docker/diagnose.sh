# shellcheck shell=bash
# Why a Docker daemon does not start, told from what it wrote to the journal.

# Reads the journal's lines; prints the problem on one line and its remedy on the next. Knows the sentences of dockerd
# 18.09 to 28; the first that fits wins, so causes stand before what follows from them.
docker_diagnosis() { # DATA_ROOT STORAGE_DRIVER
    local text last cause
    # What a healthy start says too names containerd and iptables as well.
    text=$(grep -vE 'level=(info|debug|warning)' || true)
    said() { grep -qiE "$1" <<<"$text"; }
    say() { printf '%s\n' "$1"; }
    quote() { grep -oiE "$1" <<<"$text" | tail -n 1 || true; }

    if said 'specified both as a flag and in the configuration file'; then
        cause=$(quote 'configuration file: .*' | sed 's,^[^:]*: *,,')
        say "settings stand both in the unit's command line and in daemon.json: $cause"
        say "take them out of docker.service, its drop-ins and /etc/default/docker ('systemctl cat docker' shows them)"
    elif said "option(s have been removed|:.*)" && said cluster-store; then
        say "this Docker has no cluster store any more: $(quote "(the 'cluster-|cluster-store).*")"
        say "use datacentre:versions.docker \"20.10\", or take datacentre:calico.dockerNetworks out"
    elif said 'incompatible with swarm mode'; then
        say "this engine is of a Docker swarm, which goes neither with live-restore nor with a cluster store"
        say "take it out of the swarm: 'docker swarm leave', after its services have moved"
    elif said "directives don't match any configuration option|unknown.*configuration option"; then
        say "daemon.json has a key that this engine does not know: $(quote 'option: .*' | sed 's,^[^:]*: *,,')"
        say "remove it; 'graph' is today's 'data-root', and cluster-store went with Docker 23"
    elif said 'unable to configure the Docker daemon with file.*(invalid character|unexpected end|cannot unmarshal|EOF)'; then
        say "the configuration file is no valid JSON: $(quote '(invalid character|unexpected E|cannot unmarshal|: EOF).*')"
        say "if docker.service names another file with --config-file, take that out; daemon.json itself is written by this step"
    elif said 'contains several valid graphdrivers|prior storage driver'; then
        say "$1 holds what another storage driver left: $(quote '(contains several|prior storage driver).*')"
        say "choose that driver in docker.storageDriver, or an empty docker.dataRoot; or move the old directory aside"
    elif said 'no space left on device|disk quota exceeded'; then
        say "no space is left where the engine writes, $1"
        say "free space there, or put docker.dataRoot on a larger file system ('df -h $1', 'df -i $1')"
    elif said 'd_type|ftype=0|backing .*file ?system is (unsupported|formatted)|(driver|overlay.*) not supported'; then
        say "storage driver $2 does not work on the file system of $1"
        say "put docker.dataRoot on ext4 or on xfs made with ftype=1, or choose docker.storageDriver vfs, which works everywhere"
    elif said 'pid file found|is docker already running|daemon is already running'; then
        say "another dockerd runs on this host, started outside of docker.service"
        say "find it with 'cat /var/run/docker.pid' and stop it"
    elif said 'containerd\.sock|containerd.*(timeout|deadline)'; then
        say "the engine does not reach containerd"
        say "see 'systemctl status containerd' and 'journalctl -u containerd'"
    elif said 'non-overlapping IPv4 address pool|conflicts with network|networks have overlapping'; then
        say "no free range is left for the engine's bridge: $(quote '(could not find|conflicts with|networks have).*')"
        say "see 'ip route': a route of this host covers the engine's ranges; remove what is not needed"
    elif said 'error initializing network controller|iptables|NAT chain'; then
        cause=$(quote '(iptables|error initializing network|failed to create NAT).*' | cut -c 1-160)
        say "the engine cannot set its bridge network up: $cause"
        say "check that 'iptables -t nat -L' works here, that the kernel has its modules, and that nothing holds docker0"
    elif said 'address already in use'; then
        say "something else listens where the engine should: $(quote 'listen .*in use')"
        say "stop it, or take the -H flag out of docker.service"
    elif said 'status=205|Failed to adjust resource limit|status=219|status=226|status=203'; then
        say "systemd could not start dockerd as docker.service asks: $(quote 'status=[0-9]+/[A-Z]+')"
        say "see 'systemctl cat docker' for limits, paths and namespaces that this host does not have"
    else
        last=$(grep -E 'level=(fatal|error)|failed to start daemon|^Error' <<<"$text" | tail -n 1 | cut -c 1-240) || true
        say "the daemon does not start: ${last:-its journal says nothing}"
        say "see 'journalctl -u docker.service' on the host"
    fi
}
