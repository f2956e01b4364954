import type { DataCentre } from "../../config/schema";
import { apiServerEtc, settingsOf } from "./plan";

/**
 * Who needs no name: nobody, but to ask whether the API server is well, as kubelets' probes and the nodes' proxies do.
 * Source: Kubernetes 1.36, "Authenticating", anonymous requests.
 */
const authentication = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
  - path: /livez
  - path: /readyz
  - path: /healthz
`;

/**
 * What is written down: everything but what the cluster's own parts read all day. Of secrets and tokens never more than who asked.
 * Source: Kubernetes 1.36, "Auditing", and the policy of its own cluster/gce/gci/configure-helper.sh.
 */
const auditPolicy = (level: "metadata" | "request"): string => `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  nonResourceURLs: ["/livez*", "/readyz*", "/healthz*", "/version", "/openapi/*"]
- level: None
  users: ["system:kube-proxy", "system:kube-scheduler", "system:kube-controller-manager", "system:apiserver"]
  verbs: [get, list, watch]
- level: None
  userGroups: ["system:nodes"]
  verbs: [get, list, watch]
- level: None
  resources: [{ group: coordination.k8s.io, resources: [leases] }]
- level: None
  resources: [{ group: "", resources: [events] }, { group: events.k8s.io, resources: [events] }]
- level: Metadata
  resources:
  - { group: "", resources: [secrets, configmaps, serviceaccounts/token] }
  - { group: authentication.k8s.io, resources: [tokenreviews] }
- level: ${level === "request" ? "Request" : "Metadata"}
`;

/** By path: what the API server reads besides its certificates and the key of its secrets. */
export function policies(dc: DataCentre): Record<string, string> {
    const { level } = settingsOf(dc).audit;
    return {
        [`${apiServerEtc}/authentication.yaml`]: authentication,
        ...(level === "none" ? {} : { [`${apiServerEtc}/audit-policy.yaml`]: auditPolicy(level) }),
    };
}
