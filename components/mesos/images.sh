# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by master.sh and agent.sh
# Masters and agents in containers: flags as the container's environment, and a unit of our own.

settings=/etc/mesos/$unit.env
find_layout() { :; } # the unit is ours
docker_remedy="the image in datacentre:sources.mesos.agent needs a Docker client that this host's engine answers"

put_program() { # sets `inputs`: all that its process runs with
    put_image "$image"
    [ -z "$executor_image" ] || put_executor_image
    drop_files_of_package "$unit" "$files"
    put_dir /etc/mesos 0755 root:root
    put_file "$settings" 0600 root:root "$environment"
    put_container_unit "$unit" "$container_unit"
    inputs=("$environment" "$container_unit" "$(image_id "$image")")
}

# An agent's executors get containers of their own, which outlive its own; Mesos starts them by their path, and the
# entrypoint of the agent's image would take that for an argument. So they have the same image without one.
put_executor_image() {
    local base box=datacentre-executor-image
    base=$(image_id "$image")
    [ "$(docker image inspect -f '{{index .Config.Labels "org.datacentre.base"}}' "$executor_image" 2>/dev/null)" != "$base" ] || return 0
    docker rm -f "$box" >/dev/null 2>&1 || true
    quietly docker create --name "$box" --entrypoint '' --label "org.datacentre.base=$base" "$image" /bin/true
    quietly docker commit "$box" "$executor_image"
    quietly docker rm "$box"
    changed "made image $executor_image"
}
