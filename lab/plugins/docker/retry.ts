import type { CallContext } from "../provider/resource";
import { ProviderError, messageOf } from "../provider/errors";

const LIMIT = 30_000;
const PAUSE = 500;

/**
 * Repeats a removal while the engine answers that the thing is in use, 30 s at most, as the genuine provider does; only
 * it waits 2 s before the first try and 5 s between tries.
 * @throws ProviderError when it is still in use then, with Terraform's words.
 */
export async function retryWhile(context: CallContext, inUse: string, removal: () => Promise<void>): Promise<void> {
    const deadline = Date.now() + LIMIT;
    for (;;) {
        try {
            await removal();
            return;
        } catch (error) {
            if (!messageOf(error).includes(inUse)) {
                throw error;
            }
            if (Date.now() + PAUSE > deadline) {
                throw new ProviderError("timeout while waiting for state to become 'removed' "
                    + `(last state: 'pending', timeout: 30s): ${messageOf(error)}`);
            }
        }
        await context.sleep(PAUSE);
    }
}
