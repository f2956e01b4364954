# shellcheck shell=bash
# Marathon's answers, without jq: of an agent's host nobody wants it, and CentOS 7 has it in no repository of its own.

# Every text and number of a JSON document, one a line, by its path: `apps.0.id<tab>/web`. Escaped characters are left out.
leaves() {
    awk '
        function tell(value) { if (value != "") print path[depth] "\t" value; digits = "" }
        function open(list) { lists[++depth] = list; at[depth] = 0; step(list ? 0 : "") }
        function step(name) { path[depth] = (depth > 1 ? path[depth - 1] "." : "") name }
        {
            end = length($0)
            for (i = 1; i <= end; i++) {
                c = substr($0, i, 1)
                if (quoted) {
                    if (c == "\\") i++
                    else if (c != "\"") text = text c
                    else { quoted = 0; if (keyed || lists[depth]) tell(text) }
                }
                else if (c == "\"") { quoted = 1; text = "" }
                else if (c == ":") { step(text); keyed = 1 }
                else if (c == "{" || c == "[") { open(c == "["); keyed = 0 }
                else if (c == "}" || c == "]") { tell(digits); depth--; keyed = 0 }
                else if (c == ",") { tell(digits); keyed = 0; if (lists[depth]) step(++at[depth]) }
                else if (c !~ /[ \t\r]/) digits = digits c
            }
        }'
}
