# shellcheck shell=bash
# For hosts that may not swap: looked at with all that preflight.sh looks at, before anything is touched.

eval "check_other_tools() $(declare -f check_tools | tail -n +2)"

check_tools() {
    check_swap
    check_other_tools
}

check_swap() {
    local devices
    devices=$(awk 'NR > 1 {printf "%s%s", sep, $1; sep = ", "}' "$host_files/proc/swaps" 2>/dev/null)
    [ -z "$devices" ] ||
        fault "it swaps to $devices, which $swapless" \
            "turn it off now and for good: swapoff -a, take it out of /etc/fstab, and for zram 'systemctl mask dev-zram0.swap' (or remove zram-generator)"
}
