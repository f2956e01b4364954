//go:build tools

// Package programs pins what build.sh builds: Calico's own mains, at the version in go.mod.
package programs

import (
	_ "github.com/projectcalico/calico/calicoctl/calicoctl"
	_ "github.com/projectcalico/calico/cni-plugin/cmd/calico"
	_ "github.com/projectcalico/calico/node/cmd/calico-node"
)
