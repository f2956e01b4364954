import { homedir } from "node:os";
import { join } from "node:path";

/** Where this user's stacks keep what must outlive a clone: keys and passphrases, mode 0600. */
export const home = (): string => process.env.DATACENTRE_HOME ?? join(homedir(), ".local", "share", "datacentre");
