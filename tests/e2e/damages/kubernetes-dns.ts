import { moved, stopped, type Damages } from "../lib/damage";

const unit = "datacentre-kubernetes-names";
const etc = `/etc/${unit}`;
const on = "master1";
const kubectl = "kubectl -n kube-system";
/** CoreDNS on no node at all, and back on all that had it. */
const gone = `${kubectl} patch daemonset coredns --type merge -p '{"spec":{"template":{"spec":{"nodeSelector":{"nobody":"has"}}}}}' >/dev/null`;
const back = `${kubectl} patch daemonset coredns --type json -p '[{"op":"remove","path":"/spec/template/spec/nodeSelector/nobody"}]' >/dev/null`;
const rolled = `${kubectl} rollout status daemonset coredns --timeout=120s >/dev/null`;
const emptied = "while [ -n \"$(kubectl -n kube-system get pods -l k8s-app=kube-dns -o name)\" ]; do sleep 1; done";
/** What the service writes, written by somebody else while it is stopped. */
const written = (text: string) => `systemctl stop ${unit} && cp -a /run/datacentre-names/addresses /root/whole && ${text} && sleep 3`;
const again = `cp -a /root/whole /run/datacentre-names/addresses && systemctl start ${unit} && sleep 3`;

/** On a stack whose node master1 has the role kubernetes-dns, and a master's kubectl. */
export const damages: Damages = () => ({
    "the name server answers at its address": { on, harm: `${gone} && ${emptied}`, mend: `${back} && sleep 2 && ${rolled}` },
    "pods are told this domain and this name server": { on, ...moved("/etc/kubernetes/kubelet.yaml", "sed -i 's/^clusterDomain: .*/clusterDomain: test.com/' /etc/kubernetes/kubelet.yaml") },
    "the service of names runs, and starts with the host": { on, ...stopped(unit) },
    "configuration files as described": { on, ...moved(`${etc}/config.json`, `echo >>${etc}/config.json`) },
    "certificate is good for 30 days and more": { on, harm: `chmod 644 ${etc}/client.key`, mend: `chmod 640 ${etc}/client.key` },
    "pods and nodes are followed": { on, harm: `systemctl kill -s STOP ${unit}`, mend: `systemctl kill -s CONT ${unit}` },
    "CoreDNS on this node answers for services": { on, harm: `${gone} && ${emptied} && sleep 2`, mend: `${back} && sleep 2 && ${rolled} && sleep 2` },
    "names lead to addresses, and back": {
        on,
        // An address that no pod has: it leads nowhere here, and CoreDNS does not read what is beside its directory.
        harm: "mv /run/datacentre-names /run/datacentre-names.away && mkdir /run/datacentre-names && sed 's/^[0-9.]* /10.255.255.1 /' /run/datacentre-names.away/addresses >/run/datacentre-names/addresses",
        mend: "rm -rf /run/datacentre-names && mv /run/datacentre-names.away /run/datacentre-names",
    },
    "nodes are found by name": { on, harm: written("sed -i '/master1/d' /run/datacentre-names/addresses"), mend: again },
});
