import { marathonAt, type Damages } from "../lib/damage";

export const damages: Damages = (net) => {
    const marathon = marathonAt(net);
    return {
        "/registry is deployed as described": {
            on: "master1",
            harm: `curl -fsS -X PUT -H 'Content-Type: application/json' -d '{"instances":0}' '${marathon}/v2/apps/registry?force=true'; sleep 3`,
            mend: `curl -fsS -X PUT -H 'Content-Type: application/json' -d '{"instances":1}' '${marathon}/v2/apps/registry?force=true'; sleep 3`,
        },
        "/system/marathon-lb is deployed as described": {
            on: "master1",
            harm: `curl -fsS -X DELETE '${marathon}/v2/apps/system/marathon-lb?force=true'; sleep 2`,
            mend: "true",
        },
        "no app is left that is described no more": {
            on: "master1",
            harm: `curl -fsS -X PUT -H 'Content-Type: application/json' -d '{"cmd":"true","instances":0,"labels":{"datacentre-definition":"x"}}' '${marathon}/v2/apps/left?force=true'; sleep 2`,
            mend: `curl -fsS -X DELETE '${marathon}/v2/apps/left?force=true'; sleep 2`,
        },
    };
};
