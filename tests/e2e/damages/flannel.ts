import { stopped, type Damages } from "../lib/damage";

export const damages: Damages = () => ({ "service runs, and starts with the host": { ...stopped("datacentre-flanneld") } });
