# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by packages.sh and agent.sh
# How packages lay out an agent: its unit, and the name of its files, which are those of the word that its wrapper is called with. Which of
# them a host has, its package's own unit tells: names of packages are the same where layouts are not.

agent_units=(mesos-slave mesos-agent)

# Those of packages alone: ours, and those until the next boot, are elsewhere.
package_units=/usr/lib/systemd/system
[ -d "$package_units" ] || package_units=/lib/systemd/system

package_unit() { # UNIT: its file
    local dir
    for dir in "$package_units" /lib/systemd/system; do
        [ ! -f "$dir/$1.service" ] || { printf '%s' "$dir/$1.service"; return 0; }
    done
    return 1
}

# Sets `unit` and `files`, which are empty where nobody described them.
find_layout() {
    local one file word found=
    for one in ${unit:+"$unit"} "${agent_units[@]}"; do
        file=$(package_unit "$one") && found=$one && break
    done
    [ -n "$found" ] || fail "no package here has a unit of an agent (${agent_units[*]})" "see what the package of Mesos brings ('dpkg -L' or 'rpm -ql'), or name another in datacentre:sources.mesos"
    word=$(sed -n 's/^ExecStart=[^ ]*mesos-init-wrapper  *\([a-z][a-z]*\).*/\1/p' "$file" | tail -n 1)
    word=mesos-${word:-${found#mesos-}}
    if [ "${unit:-$found} ${files:-$word}" != "$found $word" ]; then
        fail "the package of Mesos here has the agent's unit $found.service with its flags in /etc/$word, and described is $unit.service with /etc/$files" \
            "leave distribution out of datacentre:sources.mesos, or name the one whose package this is"
    fi
    unit=$found files=$word
    settings=/etc/$files
}
