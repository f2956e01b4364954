# shellcheck shell=bash
# What the registry mounts from its host: its configuration, and the directory of its images.

converge() {
    if [ -n "$volume" ]; then
        mountpoint -q "$volume" || fail "$volume is not mounted" "see 'make verify' for the volume, then run up again"
        mkdir -p "$data_dir"
    else
        put_dir "$data_dir" 0755 root:root
    fi
    put_dir "${config_path%/*}" 0755 root:root
    put_file "$config_path" 0644 root:root "$config"
}

undo() {
    restore "$config_path"
    [ -n "$volume" ] || remove_data "$data_dir"
    drop_dirs "${config_path%/*}" "$data_dir"
}
