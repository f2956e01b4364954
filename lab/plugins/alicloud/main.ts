import { serveProvider } from "../provider/server";
import { alicloudProvider } from "./provider";

void serveProvider(alicloudProvider(), process.argv.slice(2));
