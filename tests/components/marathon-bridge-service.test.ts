/** The service of marathon-bridge, which is in Python. */
import { testPythonService } from "../python-service";

testPythonService("components/marathon-bridge/service", 50, 60);
