import { alicloudProvider } from "./provider";
import { serve } from "./serve";

void serve(alicloudProvider(), process.argv.slice(2));
