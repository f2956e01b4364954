# shellcheck shell=bash
# A step whose whole work is to say what it was told (shared.test.ts).
# shellcheck disable=SC2154 # its parameters
converge() { notes+=("told $word and $port"); }
undo() { changed undone; }
