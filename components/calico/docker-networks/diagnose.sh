# shellcheck shell=bash
# Why Docker does not make a network, told from its client's answer.

# Prints the problem on one line and its remedy on the next. Knows the sentences of dockerd 20.10, of Calico's libnetwork plugin
# 1.1.3, and of the lab's driver.
network_diagnosis() { # ANSWER
    local text=$1
    said() { grep -qiE "$1" <<<"$text"; }
    say() { printf '%s\n' "$1"; }

    if said 'plugin "?calico(-ipam)?"? not found|legacy plugin.*calico|plugins/calico(-ipam)?\.sock'; then
        say "Calico's Docker driver does not answer in /run/docker/plugins"
        say "see 'systemctl status calico-docker calico-node' and their journals: the one of them that is there serves calico.sock and calico-ipam.sock"
    elif said 'must (match|be) the CIDR of a (configured )?Calico IP Pool|IP pool .* is disabled'; then
        say "Calico has no enabled pool $subnet: ${text:0:240}"
        say "run the whole stack, whose Calico step writes the pools; 'calicoctl get ippool -o wide' shows them"
    elif said 'invalid json|not valid etcd|cluster is unavailable|misconfigured|timed out|deadline exceeded|connection refused'; then
        say "the engine does not write to its cluster store: ${text:0:240}"
        say "see 'systemctl status etcd' on its members; datacentre:etcd.v2Api must be true"
    elif said 'datastore for scope "?global'; then
        say "the engine has no cluster store"
        say "run the whole stack: its 'docker' step sets it"
    elif said 'profile'; then
        say "Calico's driver refuses the network's profile: ${text:0:240}"
        say "give the network another name in datacentre:calico.dockerNetworks"
    else
        say "Docker does not make the network: ${text:0:300}"
        say "see 'journalctl -u docker -u calico-docker' on the host"
    fi
}
