# shellcheck shell=bash
# One Marathon. They are visited one after another; whoever is asked passes the question on to the one that leads.

converge() {
    for_unit marathon
    if [ -n "${login-}" ]; then
        put_dir /etc/marathon 0755 root:root
        put_file "$credentials_file" 0600 root:root "MARATHON_HTTP_CREDENTIALS=\"$login\""$'\n'
    elif [ -e "$credentials_file" ]; then
        rm -f "$credentials_file" "$state/applied/marathon"
        changed "removed $credentials_file"
    fi
    put_program
    for_unit
    reload_if_needed marathon
    local print
    print=$(secret_fingerprint marathon "${inputs[@]}" "${login-}")
    renew_fingerprint marathon "$(fingerprint "${inputs[@]}" "${login-}")" "$print"
    programs_due
    if [ "${#due[@]}" = 0 ] && is_applied marathon "$print" && answers; then enable_unit marathon; programs_serve; return; fi
    upgrade_programs marathon answers
    run_unit marathon "$print"
    wait_for 120 answers || explain "Marathon does not answer 120 s after its start"
    wait_for 120 led || explain "no Marathon leads 120 s after the start"
    mark_applied marathon "$print"
    programs_serve
}

ask() { timeout 10 curl -sS -K <(login_of) -o /dev/null -w '%{http_code}' "http://$address:$port$1" 2>/dev/null || true; }

answers() { [ "$(ask /ping)" = 200 ]; }

led() { [ "$(ask /v2/leader)" = 200 ]; }

explain() { # PROBLEM
    local said
    said=$(journal_says marathon -P '^(?!.*INFO)(?i).*(error|exception|unknown option|required|fatal)')
    case $said in
        *[Uu]nknown\ option*) fail "$1: its journal says: $said" "take that flag out of datacentre:marathon.flags, or choose another version" ;;
        *UnsupportedClassVersion*) fail "$1: its Java is too new or too old: $said" "install Java 8 on this host for Marathon" ;;
    esac
    fail "$1${said:+; its journal says: $said}" "see 'journalctl -u marathon', whether ZooKeeper serves and a Mesos master leads ('make verify'), and port $port"
}

undo() {
    undo_unit marathon
    drop_container_unit marathon datacentre-marathon
    restore /etc/systemd/system/marathon.service.d/datacentre.conf "$credentials_file"
    rm -f "$credentials_file"
    reload_units
    drop_dirs /etc/systemd/system/marathon.service.d /etc/marathon
}
