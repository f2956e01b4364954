# shellcheck shell=bash
# How volumes come to their bricks: made, or grown by what is described and not there. Those that are moved are in leave.sh.

# Creates or grows a volume. A transaction that was cut off, or that one member refused, has marked bricks already:
# then, and for bricks on a root file system, 'force' is needed. It lets more pass, so the members' own steps have
# checked their bricks before this one.
place_bricks() { # VOLUME gluster's words...
    local name=$1 intent=$state/gluster/$1.placing until=$((SECONDS + 90)) force=()
    shift
    if [ -e "$intent" ]; then force=(force); fi
    : >"$intent"
    while ! ask volume "$@" "${force[@]}"; do
        if [[ $answer == *"olume $name already exists"* ]]; then
            break
        elif [[ $answer == *'root partition'* && ${#force[@]} = 0 ]]; then
            force=(force)
        elif [[ $answer =~ (Peer in Cluster|not connected|timed out|is down) ]] && [ "$SECONDS" -lt "$until" ]; then
            # Members learn of each other a moment after the lead has.
            force=(force)
            sleep 1
        else
            rm -f "$intent"
            refused "$name"
        fi
    done
    rm -f "$intent"
}

refused() { # VOLUME
    case $answer in
        *'already part of a volume'* | *'already in use'* | *'contain'*'existing brick'*)
            fail "a brick of volume $1 has been one before: $(said)" \
                "to take its files in: 'setfattr -x trusted.glusterfs.volume-id PATH'; else move it; then 'make up CONVERGE=1'" ;;
        *'is a mount point'*) fail "volume $1: $(said)" "give a directory on that disk for the brick" ;;
        *'Failed to create brick directory'* | *'No such file or directory'*)
            fail "volume $1: $(said)" "run the member's 'glusterfs' step, which makes the directory that the brick lies in" ;;
        *) fail "volume $1 was refused: $(said)" "see /var/log/glusterfs/glusterd.log on the hosts that it names" ;;
    esac
}

create_volume() { # NAME WORDS BRICKS
    local words bricks
    read -ra words <<<"$2"
    read -ra bricks <<<"$3"
    place_bricks "$1" create "$1" "${words[@]}" transport tcp "${bricks[@]}"
    changed "created volume $1"
}

copies_there() { # "1 x (2 + 1) = 3", "2 x 2 = 4", "4"
    field 'Number of Bricks' |
        sed -E 's/^[0-9]+ x \(([0-9]+) \+ ([0-9]+)\).*/\1+\2/; t; s/^[0-9]+ x ([0-9]+) .*/\1/; t; s/.*/1/'
}

copies_wanted() { # WORDS, in the same form
    local words
    read -ra words <<<"$1"
    case ${#words[@]} in
        4) printf '%s+%s\n' "$((words[1] - words[3]))" "${words[3]}" ;;
        2) printf '%s\n' "${words[1]}" ;;
        *) printf '1\n' ;;
    esac
}

# Only what adds is done: more bricks for a distributed volume, more replica sets, or more copies of a single set.
grow_volume() { # NAME TYPE WORDS BRICKS THERE
    local name=$1 type=$2 had=$5 words=() there=() bricks=() more=() brick
    local refusal="the volume is left as it is; change the description, or the volume by hand ('gluster volume help')"
    read -ra words <<<"$3"
    read -ra bricks <<<"$4"
    read -ra there <<<"$had"
    for brick in "${bricks[@]}"; do [[ " $had " == *" $brick "* ]] || more+=("$brick"); done
    judge_bricks "$name" "$type" "$3" "$4"
    if [ "$type $(field Type)" = 'Distribute Distribute' ]; then
        [ "${#more[@]}" -gt 0 ] || return 0
        words=()
        : >"$state/gluster/$name.relayout"
    elif [[ $type != Distribute && $(field Type) != Distribute && "$4 " == "$had "* && ${#more[@]} -gt 0 ]]; then
        if [ "$(copies_there)" = "$(copies_wanted "$3")" ]; then
            words=()
            : >"$state/gluster/$name.relayout"
        elif [ "$type $(field Type)" != 'Replicate Replicate' ] || [[ $(copies_there) == *+* ]]; then
            fail "volume $name is $(field Type) of ${#there[@]} bricks, and is described as $type of ${#bricks[@]}" "$refusal"
        fi
    else
        fail "volume $name is $(field Type) ($(copies_there) copies) of '$had', and is described as \
$type ($(copies_wanted "$3") copies) of '$4'" "$refusal"
    fi
    place_bricks "$name" add-brick "$name" "${words[@]}" "${more[@]}"
    changed "added ${more[*]} to volume $name"
}
