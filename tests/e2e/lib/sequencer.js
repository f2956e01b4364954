const { basename } = require("node:path");

const Sequencer = require("@jest/test-sequencer").default;

/** The longest first, as seen on two cores, so that no worker is left alone with one of them at the end. */
const order = ["kubernetes-ha", "kubernetes-dns", "mesos", "kubernetes-upgrade", "ha", "onebox", "cloud", "quorum", "upgrade", "calico", "docker-roll", "masters", "existing", "stack", "blind", "prod", "containers", "etcd-tls", "registries", "existing-bastion", "offline", "kill", "leftovers", "secrets", "elsewhere", "gluster-leave", "mirror", "doubles", "yum"];
/** One that is new is not known to be short. */
const place = ({ path }) => order.indexOf(basename(path, ".e2e.ts"));

module.exports = class extends Sequencer {
    sort(tests) {
        return [...tests].sort((a, b) => place(a) - place(b));
    }
};
