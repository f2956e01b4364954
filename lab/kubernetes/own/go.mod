module datacentre/lab/kubernetes/own

go 1.26
