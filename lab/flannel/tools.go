//go:build tools

// Package flannel pins what build.sh builds: flannel's own main, at the version in go.mod.
package flannel

import _ "github.com/flannel-io/flannel"
