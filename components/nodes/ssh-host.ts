import type { NodeSpec } from "../../config/schema";

/** Where a host that is there already is reached by SSH: the address of its own for that, else the one that services have. */
export const sshHost = ({ address, ssh }: Pick<NodeSpec, "address" | "ssh">): string => ssh.address ?? address;
