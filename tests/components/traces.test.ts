/** What the SDK notes of where resources are made. */
import * as pulumi from "@pulumi/pulumi";

import { withoutTraces } from "../../components/traces";
import { whole } from "../config/good";
import { runIndex } from "../structure/run-index";

const sdk = pulumi.Resource as unknown as { callsites: () => object[] };

it("is left out, unless it is asked for", () => {
    const [callsites, limit] = [sdk.callsites, Error.stackTraceLimit];
    try {
        expect(callsites().length).toBeGreaterThan(0);
        withoutTraces({ DATACENTRE_TRACES: "1" });
        expect([sdk.callsites, Error.stackTraceLimit]).toEqual([callsites, limit]);
        withoutTraces({});
        expect([sdk.callsites(), Error.stackTraceLimit]).toEqual([[], 0]);
    } finally {
        sdk.callsites = callsites;
        Error.stackTraceLimit = limit;
    }
});

it("is in none of the program's resources", async () => {
    const { registered } = await runIndex({ ...whole() });
    expect(registered.length).toBeGreaterThan(0);
    expect(registered.filter(({ positions }) => positions > 0)).toEqual([]);
});
