import type { DataCentre, NodeSpec } from "../../config/schema";
import { kubeconfigs } from "./kubeconfigs";
import { kubeletConf, kubeletConfig, kubeletUnit, kubeletUnitFile, modules, modulesFile, sysctlFile, sysctls } from "./kubelet";
import { localProxyConf, localProxyConfig, localProxyUnitFile } from "./local-proxy";
import { binOf, etc, isMaster, proxyUnit } from "./plan";
import { policies } from "./policies";
import { kubeProxyConfig, kubeProxyUnit, kubeProxyUnitFile, proxyConf } from "./proxy";

type Files = Readonly<Record<string, string>>;

export const kubectlFile = "/usr/local/bin/kubectl";

const conf = (files: Files, part: RegExp): Files => Object.fromEntries(Object.entries(files).filter(([path]) => part.test(path)));

/** The local proxy's; a changed one is loaded without a connection lost. */
export const localProxyFiles = (dc: DataCentre, node: NodeSpec): Files => ({
    [localProxyConf]: localProxyConfig(dc, node),
    [`/etc/systemd/system/${proxyUnit}.service`]: localProxyUnitFile(),
});

export const kubeletFiles = (dc: DataCentre, node: NodeSpec): Files => ({
    [kubeletConf]: kubeletConfig(dc, node),
    ...conf(kubeconfigs(dc, node), /kubelet\.conf$/),
    [kubeletUnit]: kubeletUnitFile(dc, node),
});

export const kubeProxyFiles = (dc: DataCentre, node: NodeSpec): Files => ({
    [proxyConf]: kubeProxyConfig(dc, node),
    ...conf(kubeconfigs(dc, node), /kube-proxy\.conf$/),
    [kubeProxyUnit]: kubeProxyUnitFile(dc),
});

/** What static pods read, and root's own kubectl. */
export const masterFiles = (dc: DataCentre, node: NodeSpec): Files =>
    isMaster(node)
        ? {
              ...policies(dc),
              ...conf(kubeconfigs(dc, node), /(controller-manager|scheduler|admin)\.conf$/),
              [kubectlFile]: `#!/bin/sh\n# The cluster's own kubectl, as this host's administrator unless told otherwise.\nexport KUBECONFIG="\${KUBECONFIG:-${etc}/admin.conf}"\nexec ${binOf(dc)}/kubectl "$@"\n`,
          }
        : {};

/** What the kernel is told. */
export const kernelFiles = (): Files => ({
    [modulesFile]: `${modules.join("\n")}\n`,
    [sysctlFile]: Object.entries(sysctls)
        .map(([key, value]) => `${key} = ${value}\n`)
        .join(""),
});

/** Every file on a host that is as described to the byte, by path. */
export const filesOf = (dc: DataCentre, node: NodeSpec): Files => ({
    ...kernelFiles(),
    ...localProxyFiles(dc, node),
    ...kubeletFiles(dc, node),
    ...kubeProxyFiles(dc, node),
    ...masterFiles(dc, node),
});

/** Who may read it: configuration that names keys is root's. */
export const modeOf = (path: string): string => (path === kubectlFile ? "0755" : path.startsWith(`${etc}/`) ? "0600" : "0644");
