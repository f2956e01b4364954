# shellcheck shell=bash
# Each of Calico's links to a container on this host, a line each: its name, the MAC of the host's end, whether the host answers
# there for every address (1), the MAC that the host sends the container's packets to, and the MAC that the container's end has.
# `-` stands for what is not known. Then a last line.
declare -A inside=()
# Docker's and Mesos' namespaces are mounts.
while read -r space; do
    while read -r index peer mac; do
        inside[$index/$peer]=$mac
    done < <(nsenter --net="$space" ip -o link 2>/dev/null |
        sed -nE 's|^([0-9]+): [^@ ]+@if([0-9]+): .* link/ether ([0-9a-f:]+).*|\1 \2 \3|p')
done < <(awk '$3 == "nsfs" {print $2}' /proc/self/mounts | sort -u)
for link in /sys/class/net/cali*; do
    [ -e "$link/address" ] || continue
    read -r index <"$link/ifindex"
    read -r peer <"$link/iflink"
    read -r mac <"$link/address"
    read -r proxy <"/proc/sys/net/ipv4/conf/${link##*/}/proxy_arp"
    sent_to=$(ip -4 neigh show dev "${link##*/}" nud permanent | sed -nE '1s/.* lladdr ([0-9a-f:]+).*/\1/p')
    printf '%s %s %s %s %s\n' "${link##*/}" "$mac" "$proxy" "${sent_to:--}" "${inside[$peer/$index]:--}"
done
echo end
