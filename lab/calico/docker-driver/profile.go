package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	v3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"
	cerrors "github.com/projectcalico/calico/libcalico-go/lib/errors"
	"github.com/projectcalico/calico/libcalico-go/lib/options"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type profileStore interface {
	Get(ctx context.Context, name string, opts options.GetOptions) (*v3.Profile, error)
	Create(ctx context.Context, res *v3.Profile, opts options.SetOptions) (*v3.Profile, error)
}

// profileName is what Calico takes as a profile's name, and what is also good as a label's.
var profileName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$`)

func checkProfileName(name string) error {
	if profileName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%q cannot be the name of a Calico profile: give the network another (lower-case letters, digits, inner dots and hyphens, at most 63), or say --opt %s=NAME when it is made",
		name, profileOption)
}

// ensureProfile makes a network's profile unless there is one; one that is there belongs to who made it. What it says is
// what Calico's CNI plugin gives its networks: out to everywhere, in from the network's own.
func (d *networkDriver) ensureProfile(ctx context.Context, name string) error {
	if err := checkProfileName(name); err != nil {
		return err
	}
	if !d.createProfiles {
		return nil
	}
	_, err := d.profiles.Get(ctx, name, options.GetOptions{})
	var absent cerrors.ErrorResourceDoesNotExist
	if err == nil {
		return nil
	} else if !errors.As(err, &absent) {
		return fmt.Errorf("the Calico profile %s: %w", name, err)
	}
	_, err = d.profiles.Create(ctx, &v3.Profile{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v3.ProfileSpec{
			Egress:        []v3.Rule{{Action: v3.Allow}},
			Ingress:       []v3.Rule{{Action: v3.Allow, Source: v3.EntityRule{Selector: fmt.Sprintf("has(%s)", name)}}},
			LabelsToApply: map[string]string{name: ""},
		},
	}, options.SetOptions{})
	var present cerrors.ErrorResourceAlreadyExists
	if err != nil && !errors.As(err, &present) {
		return fmt.Errorf("the Calico profile %s was not made: %w", name, err)
	}
	return nil
}
