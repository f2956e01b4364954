# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by master.sh and agent.sh
# Masters and agents from packages: flags as files, and what the package's unit lacks as a drop-in.

settings=/etc/${files:-mesos-agent}
# What to do about a Docker that the agent cannot use.
docker_remedy="see whether Docker answers ('docker info'), or take docker out of datacentre:mesos.containerizers"

put_program() { # sets `inputs`: all that its process runs with
    local one
    for one in "${found_flags[@]}"; do [ "${one%% *}" != "$unit" ] || flags+=("${one#* }"); done
    drop_container_unit "$unit" "datacentre-$unit"
    restore "/etc/mesos/$unit.env"
    put_file /etc/mesos/zk 0644 root:root "$zk_url"$'\n'
    put_file "/etc/default/$files" 0644 root:root "$defaults"
    put_flags "$settings" "${flags[@]}"
    put_file "/etc/systemd/system/$unit.service.d/datacentre.conf" 0644 root:root "$drop_in"
    put_logs "$unit"
    inputs=("$zk_url" "${flags[@]}" "$defaults" "$drop_in" "$version")
}
