//go:build tools

// Package kubernetes pins what build.sh builds: Kubernetes' own mains, at the version in go.mod.
package kubernetes

import (
	_ "k8s.io/component-base/logs/kube-log-runner"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-proxy"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubectl"
	_ "k8s.io/kubernetes/cmd/kubelet"
)
