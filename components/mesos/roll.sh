# shellcheck shell=bash
# The roll of the stack's agents, kept on a master's host. One that is described no more is drained while it is still there: what an
# `up` takes away goes last, and a machine that goes takes none of its own steps back.

roll=$state/mesos-agents

converge() {
    local name address port now=$port
    while read -r name address port; do
        [[ -n $name && " ${agents[*]} " != *" $name $address "* ]] || continue
        # Where it listened when it was described last; older notes do not say.
        port=${port:-$now}
        drain
    done < <(cat "$roll" 2>/dev/null || true)
    mkdir -p "$state"
    printf "%s $now\n" "${agents[@]}" >"$roll.new" && mv "$roll.new" "$roll"
}

undo() { rm -f "$roll"; }
