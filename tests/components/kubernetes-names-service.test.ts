/** The service that follows pods and nodes, which is in Python. */
import { testPythonService } from "../python-service";

testPythonService("components/kubernetes-dns/service", 40, 90);
