import { moved, stopped, type Damages } from "../lib/damage";

const etc = "/etc/kubernetes";
const pki = `${etc}/pki`;
const proxy = "datacentre-kubernetes-proxy";
const manifest = (name: string) => `${etc}/manifests/${name}.yaml`;
/** Its pod ends, and comes again. */
const without = (name: string, back: string) => ({
    on: "master1",
    harm: `mv ${manifest(name)} /root/${name}.yaml; for i in $(seq 60); do pgrep -x ${name.slice(0, 15)} >/dev/null || break; sleep 1; done`,
    mend: `mv /root/${name}.yaml ${manifest(name)}; for i in $(seq 120); do ${back} && break; sleep 1; done; sleep 3`,
});
const healthy = (port: number) => `[ "$(curl -sk https://127.0.0.1:${port}/healthz)" = ok ]`;
const ready = (net: string) => `[ "$(curl -sk https://${net}.1:6443/readyz)" = ok ]`;
const frozen = (unit: string) => ({ harm: `systemctl kill -s STOP ${unit}`, mend: `systemctl kill -s CONT ${unit}; sleep 2` });

/** On a stack with master1, node1 and node2, which registers nodes by these names: tests/e2e/kubernetes.e2e.ts. */
export const damages: Damages = (net) => ({
    "kubelet runs, and starts with the host": { on: "node2", ...stopped("kubelet") },
    "kube-proxy runs, and starts with the host": { on: "node2", ...stopped("kube-proxy") },
    "proxy of the API runs, and starts with the host": { on: "node2", ...stopped(proxy) },
    "configuration files as described": { on: "node2", ...moved(`${etc}/kubelet.yaml`, `echo '# mine' >>${etc}/kubelet.yaml`) },
    "kubelet is healthy": { on: "node2", ...frozen("kubelet") },
    "kube-proxy has all services": { on: "node2", ...frozen("kube-proxy") },
    "the API answers through the node's proxy": { on: "node2", ...frozen(proxy) },
    "reaches all API servers": { on: "node2", harm: "iptables -I OUTPUT -p tcp --dport 6443 -j REJECT", mend: "iptables -D OUTPUT -p tcp --dport 6443 -j REJECT; sleep 3" },
    "certificates are good for 30 days and more": { on: "node2", harm: `chmod 644 ${pki}/kubelet.key`, mend: `chmod 600 ${pki}/kubelet.key` },
    "haproxy is kept off": { on: "node2", harm: "systemctl enable haproxy", mend: "systemctl disable haproxy" },
    "API server is ready": without("kube-apiserver", ready(net)),
    "controller manager is healthy": without("kube-controller-manager", healthy(10257)),
    "scheduler is healthy": without("kube-scheduler", healthy(10259)),
    "static pods as described": {
        on: "master1",
        harm: `printf 'apiVersion: v1\\nkind: Pod\\nmetadata: {name: mine, namespace: default}\\nspec: {containers: [{name: mine, image: none}]}\\n' >${etc}/manifests/mine.yaml`,
        mend: `rm -f ${etc}/manifests/mine.yaml`,
    },
    "what only root may read": { on: "master1", harm: `chmod 644 ${etc}/apiserver/encryption.yaml`, mend: `chmod 600 ${etc}/apiserver/encryption.yaml` },
    "secrets are encrypted in etcd": {
        on: "master1",
        harm: "kubectl -n kube-system delete secret datacentre-encryption-witness >/dev/null",
        mend: "kubectl -n kube-system create secret generic datacentre-encryption-witness --from-literal='what=shows whether secrets are encrypted' >/dev/null && kubectl -n kube-system label secret datacentre-encryption-witness datacentre/object=yes >/dev/null",
    },
    "node2 is Ready, with its version and address": { on: "node2", shows: "master1", harm: "systemctl stop kubelet; sleep 60", mend: "systemctl start kubelet; sleep 10" },
    "nodes are those that are described": {
        on: "master1",
        harm: `printf '{"apiVersion":"v1","kind":"Node","metadata":{"name":"stranger","annotations":{"datacentre/kubelet":"old"}}}' | kubectl create -f - >/dev/null`,
        mend: "kubectl delete node stranger >/dev/null",
    },
});
