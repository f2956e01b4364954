# shellcheck shell=bash
# marathon-lb, before a host's tasks go: its proxies elsewhere send requests to the tasks that stay. They hear of these from Marathon, and
# after a reload and HAProxy's own checks they know them later than Marathon does; on a busy machine that may be long.

# "APP.NTH here|elsewhere HOST PORT" for every port that marathon-lb serves of tasks that are well, and "proxy HOST" for each of its own
# tasks elsewhere. Stdin has /v2/apps with tasks. Source: marathon-lb 1.15, marathon_lb.py, get_apps; utils.py.
served_ports() { # AGENT-ID
    leaves | awk -F '\t' -v agent="$1" -v balancer="$balancer" -v group="$balancer_group" '
        function label(app, name) { return field["apps." app ".labels.HAPROXY_" name] }
        function serves(app, nth,    groups) {
            groups = label(app, nth "_GROUP")
            if (groups == "") groups = label(app, "GROUP")
            return index("," groups ",", "," group ",") > 0 && tolower(label(app, nth "_ENABLED")) !~ /^(false|f|no|n|0)$/
        }
        function well(app, task,    n) {
            if (field[task ".state"] != "TASK_RUNNING" || field[task ".host"] == "") return 0
            for (n = 0; (task ".healthCheckResults." n ".alive") in field; n++) if (field[task ".healthCheckResults." n ".alive"] != "true") return 0
            return n > 0 || !checked[app]
        }
        {
            field[$1] = $2
            split($1, at, ".")
            if (at[1] != "apps") next
            if (at[2] >= apps) apps = at[2] + 1
            if (at[3] == "tasks" && at[4] >= tasks[at[2]]) tasks[at[2]] = at[4] + 1
            if (at[3] == "healthChecks") checked[at[2]] = 1
        }
        END {
            for (app = 0; app < apps; app++) for (t = 0; t < tasks[app]; t++) {
                task = "apps." app ".tasks." t
                if (!well(app, task)) continue
                place = field[task ".slaveId"] == agent ? "here" : "elsewhere"
                if (field["apps." app ".id"] == balancer) { if (place == "elsewhere") print "proxy", field[task ".host"]; continue }
                # In a network of containers a task is reached at its own address and ports.
                own = field["apps." app ".networks.0.mode"] == "container"
                host = own ? field[task ".ipAddresses.0.ipAddress"] : field[task ".host"]
                for (n = 0; host != ""; n++) {
                    port = own ? field["apps." app ".container.portMappings." n ".containerPort"] : field[task ".ports." n]
                    if (port == "") break
                    if (serves(app, n)) print field["apps." app ".id"] "." n, place, host, port
                }
            }
        }'
}

# Every server of a proxy's: "ADDRESS:PORT up|down". Fails where it does not answer.
servers_of() { # ADDRESS
    local config stats
    config=$(get "http://$1:$balancer_port/_haproxy_getconfig") && stats=$(get "http://$1:$balancer_port/haproxy?stats;csv") || return 1
    {
        awk '$1 == "backend" {backend = $2} $1 == "server" {print "=," backend "," $2 "," $3}' <<<"$config"
        printf '%s\n' "$stats"
    } | awk -F , '
        $1 == "=" { address[$2, $3] = $4; next }
        /^# / { for (i = 1; i <= NF; i++) if ($i == "status") status = i; next }
        status && $status ~ /^(UP|no check)/ { up[$1, $2] = 1 }
        END { for (one in address) print address[one], (one in up ? "up" : "down") }'
}

# What stands against ending the tasks here: "PROXY silent", "PROXY partly APP", "PROXY not APP" where that one would serve an app no more.
# An app of which it lists nothing, where it lists others, it leaves out for reasons of its own.
not_known() { # AGENT-ID
    local answer line kind host port name servers proxies=()
    local -A addresses=()
    answer=$(ask_marathon GET '/v2/apps?embed=apps.tasks') || { echo "Marathon silent"; return 0; }
    answer=$(served_ports "$1" <<<"$answer")
    # Proxies have resolved the names of agents.
    while read -r name; do
        [ -z "$name" ] || addresses[$name]=$(getent ahostsv4 "$name" | awk '{print $1; exit}') || true
    done < <(awk '{print ($1 == "proxy" ? $2 : $3)}' <<<"$answer" | sort -u)
    line=
    while read -r name kind host port; do
        [ "$name" != proxy ] || { proxies+=("${addresses[$kind]:-$kind}"); continue; }
        [ -z "$name" ] || line+="$name $kind ${addresses[$host]:-$host}:$port"$'\n'
    done <<<"$answer"
    for host in "${proxies[@]}"; do
        servers=$(servers_of "$host") || { echo "$host silent"; continue; }
        awk -v proxy="$host" '
            NF == 2 { listed[$1] = 1; up[$1] = $2 == "up"; any = 1 }
            NF == 3 {
                names[$1]
                if ($3 in listed) known[$1] = 1
                if ($2 == "elsewhere") { wanted[$1]++; if (!up[$3]) lacking[$1]++ } else if (up[$3]) here[$1] = 1
            }
            END {
                for (name in names) if (lacking[name] && (known[name] || !any)) {
                    app = name; sub(/\.[0-9]+$/, "", app)
                    print proxy, (lacking[name] == wanted[name] && here[name] ? "not" : "partly"), app
                }
            }' <<<"$servers"$'\n'"$line"
    done
}

all_known() { [ -z "$(not_known "$1")" ]; }

await_proxies() { # AGENT-ID
    local left apps
    # Who balances otherwise hears of Marathon's events too, but cannot be asked.
    [ -n "$balancer" ] || { sleep 5; return 0; }
    ! wait_for "$app_timeout" all_known "$1" || return 0
    left=$(not_known "$1")
    apps=$(awk '$2 == "not" {print $3 " at " $1}' <<<"$left" | sort -u | paste -s -d ' ')
    [ -z "$apps" ] ||
        fail "marathon-lb sends nothing to tasks elsewhere of apps whose tasks here are to end: $apps" \
            "see why there, at http://ADDRESS:$balancer_port/haproxy?stats; then run up again: this host's turn is not before, and its agent takes no tasks"
    [ -z "$left" ] || notes+=("marathon-lb does not know all tasks elsewhere: $(paste -s -d ';' <<<"$left")")
}

# --- a proxy that goes itself ----------------------------------------------------------------------------------------

# marathon-lb ends with its connections, those that nobody has accepted yet among them. So the kernel refuses new ones first, and their
# clients ask another proxy.
closed=DATACENTRE-CLOSED

ports_served() { # of this host's proxy: its health and its configuration are asked for until it ends
    get "http://$address:$balancer_port/_haproxy_getconfig" |
        awk '$1 == "frontend" || $1 == "backend" || $1 == "listen" {front = $1 == "frontend"} front && $1 == "bind" {sub(/.*:/, "", $2); print $2}' |
        grep -xE '[0-9]+' | sort -un
}

has_connections() { # PORT...
    local port all
    all=$(ss -tn state established) || return 1
    for port in "$@"; do awk -v port=":$port" 'substr($3, length($3) - length(port) + 1) == port {found = 1} END {exit !found}' <<<"$all" && return 0; done
    return 1
}

unused() { ! has_connections "$@"; } # PORT...

close_proxy() { # AGENT-ID
    local answer port ports=()
    [ -n "$balancer" ] && answer=$(ask_marathon GET '/v2/apps?embed=apps.tasks') && served_ports "$1" <<<"$answer" | grep '^proxy ' >/dev/null || return 0
    mapfile -t ports < <(ports_served || true)
    [ "${#ports[@]}" -gt 0 ] && type -P iptables ss >/dev/null || return 0
    open_proxy
    quietly iptables -w -N "$closed"
    for port in "${ports[@]}"; do quietly iptables -w -A "$closed" -p tcp --syn --dport "$port" -j REJECT --reject-with tcp-reset; done
    quietly iptables -w -I INPUT -j "$closed"
    # Those that last, such as tunnels, end with it.
    wait_for 15 unused "${ports[@]}" || true
}

open_proxy() {
    type -P iptables >/dev/null && iptables -w -n -L "$closed" >/dev/null 2>&1 || return 0
    while quietly iptables -w -D INPUT -j "$closed"; do :; done
    quietly iptables -w -F "$closed"
    quietly iptables -w -X "$closed"
}

# --- all of it -------------------------------------------------------------------------------------------------------

# An agent's tasks go elsewhere before they are ended here. Between deactivating it, so that it gets none meanwhile, and the end.
hand_over() { # AGENT-ID
    [ "${#marathons[@]}" != 0 ] || return 0
    spread_apps "$1"
    await_proxies "$1"
    close_proxy "$1"
}
