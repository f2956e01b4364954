import { utils } from "ssh2";

type Pair = ReturnType<typeof utils.generateKeyPairSync>;

/** A key pair. Now and then ssh2 makes one that it cannot read itself, which is then made again. */
export function keyPair(type: "ed25519" | "rsa" | "ecdsa" = "ed25519", options: object = {}): Pair {
    for (;;) {
        const pair: Pair = utils.generateKeyPairSync(type as "rsa", options as never);
        const passphrase = (options as { passphrase?: string }).passphrase;
        if (!(utils.parseKey(pair.private, passphrase) instanceof Error)) {
            return pair;
        }
    }
}
