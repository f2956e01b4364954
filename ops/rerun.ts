import { loadContext } from "./context";
import { convergeOptions, convergeStack } from "./converge";
import { main } from "./say";

/** `make up CONVERGE=1`, after the `up`: runs every on-host step of the stack again. Options: --step NAME, --node NODE. */
main(() => convergeStack(loadContext(), convergeOptions(process.argv.slice(2))));
