import { serveProvider } from "../provider/server";
import { commandProvider } from "./provider";

void serveProvider(commandProvider, process.argv.slice(2));
