# shellcheck shell=bash disable=SC2154 # what a test adds to a step
converge() {
    put_file /etc/added 0640 root:adm "$added"
    put_more "$added"
}
put_more() {
    put_file "/etc/$1" 0644 root:root x
}
