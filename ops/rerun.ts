/** `make up CONVERGE=1`, after the `up`: runs every on-host step of the stack again. Options: --step NAME, --node NODE. */
import { main } from "./lib/say";
import { convergeOptions, convergeStack } from "./rerun/converge";
import { loadContext } from "./stack/context";

main(async () => convergeStack(loadContext(), convergeOptions(process.argv.slice(2))));
