import { serveProvider } from "../provider/server";
import { dockerProvider } from "./provider";

void serveProvider(dockerProvider(), process.argv.slice(2));
