import { Engine } from "../../lab/plugins/provider/engine";
import type { Severity } from "../../lab/plugins/provider/engine";
import { CallContext } from "../../lab/plugins/provider/resource";

/** A log line that a plugin sent to the engine. */
export interface Line {
    severity: Severity;
    message: string;
    ephemeral: boolean;
}

class RecordingEngine extends Engine {
    public readonly lines: Line[] = [];

    public constructor() {
        super(undefined);
    }

    public override async log(severity: Severity, message: string, _urn = "", ephemeral = false): Promise<void> {
        this.lines.push({ severity, message, ephemeral });
    }
}

/** A call's context for tests, its log lines, and its cancel button. */
export function testContext(name: string, type = "a:b:C"): { context: CallContext; lines: Line[]; abort: AbortController } {
    const engine = new RecordingEngine();
    const abort = new AbortController();
    return { context: new CallContext(`urn:pulumi:s::p::${type}::${name}`, engine, abort.signal), lines: engine.lines, abort };
}
