# shellcheck shell=bash
# The roll of the stack's agents, kept on a master's host. One that is described no more is drained while it is still there: what an
# `up` takes away goes last, and a machine that goes takes none of its own steps back.

roll=$state/mesos-agents

converge() {
    local name address
    while read -r name address; do
        [[ -n $name && " ${agents[*]} " != *" $name $address "* ]] || continue
        drain
    done < <(cat "$roll" 2>/dev/null || true)
    mkdir -p "$state"
    printf '%s\n' "${agents[@]}" >"$roll.new" && mv "$roll.new" "$roll"
}

undo() { rm -f "$roll"; }
