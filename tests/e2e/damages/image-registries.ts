import { moved, stopped, type Damages } from "../lib/damage";

const on = "master1";
const registry = "datacentre-image-registry";
const mirror = "datacentre-image-mirror";
const config = (unit: string): string => `/etc/${unit}/config.yml`;
const frozen = (unit: string) => ({ on, harm: `systemctl kill -s STOP ${unit}`, mend: `systemctl kill -s CONT ${unit}` });
const open = (unit: string) => ({ on, harm: `chmod 644 ${config(unit)}`, mend: `chmod 640 ${config(unit)}` });
/** Another authority's, as it were: a file that holds none. */
const untrusted = (place: string) => ({ on: "agent1", ...moved(`/etc/docker/certs.d/${place}/ca.crt`, `echo none >/etc/docker/certs.d/${place}/ca.crt`) });

/** On a stack with both on its first node, whose upstream is at port 5555: tests/e2e/registries.e2e.ts. */
export const damages: Damages = () => ({
    "registry runs, and starts with the host": { on, ...stopped(registry) },
    "registry: files as described": { on, ...moved(config(registry), `echo '# mine' >>${config(registry)}`) },
    "registry: configuration and data are its own": open(registry),
    "registry: answers": frozen(registry),
    "registry: takes pushes": {
        on,
        harm: `echo CONFIG=/etc/${registry}/read-only.yml >/run/${registry}.env && systemctl restart ${registry}`,
        mend: "/usr/local/lib/datacentre/collect-images release; sleep 1",
    },
    "registry: timer of the garbage collection runs, and starts with the host": { on, ...stopped("datacentre-image-collection.timer") },
    "mirror runs, and starts with the host": { on, harm: `systemctl disable ${mirror}`, mend: `systemctl enable ${mirror}` },
    "mirror: files as described": { on, ...moved("/usr/local/lib/datacentre/serve-image-mirror", "echo >>/usr/local/lib/datacentre/serve-image-mirror") },
    "mirror: configuration and data are its own": open(mirror),
    "mirror: answers": frozen(mirror),
    "mirror: fetches from its upstream": {
        on,
        harm: `iptables -I OUTPUT -p tcp --dport 5555 -j REJECT && systemctl restart ${mirror} && sleep 1`,
        mend: "iptables -D OUTPUT -p tcp --dport 5555 -j REJECT; sleep 12",
    },
    "certificate is good for 30 days and more": { on, ...moved("/etc/datacentre-images/server.crt", "cp /etc/datacentre-images/authority.crt /etc/datacentre-images/server.crt && chmod 600 /etc/datacentre-images/server.key"), mend: "cp -a /root/whole /etc/datacentre-images/server.crt; chmod 640 /etc/datacentre-images/server.key" },
    "docker-registry is kept off": { on, harm: "systemctl enable docker-registry", mend: "systemctl disable docker-registry" },
    "reaches the private registry": untrusted("master1:443"),
    "reaches the mirror of a registry": untrusted("master1:5000"),
});
