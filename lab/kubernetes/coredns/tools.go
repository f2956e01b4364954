//go:build tools

// Package coredns pins what build.sh builds: CoreDNS' own main, at the version in go.mod.
package coredns

import (
	_ "github.com/coredns/coredns"
)
