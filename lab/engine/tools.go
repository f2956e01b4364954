//go:build tools

// Package engine pins the Pulumi CLI, so that it can be built from its Go module where no release download is reachable.
package engine

import (
	_ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
)
