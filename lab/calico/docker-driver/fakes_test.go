package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	v3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"
	libapiv3 "github.com/projectcalico/calico/libcalico-go/lib/apis/v3"
	cerrors "github.com/projectcalico/calico/libcalico-go/lib/errors"
	"github.com/projectcalico/calico/libcalico-go/lib/ipam"
	cnet "github.com/projectcalico/calico/libcalico-go/lib/net"
	"github.com/projectcalico/calico/libcalico-go/lib/options"
	"github.com/projectcalico/calico/libcalico-go/lib/watch"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// world is Calico's datastore and the host's interfaces, as far as the driver touches them.
type world struct {
	pools     []v3.IPPool
	taken     map[string]string // handles by address
	endpoints map[string]libapiv3.WorkloadEndpoint
	profiles  map[string]v3.Profile
	links     map[string]link
	listed    int
	down      error
}

func newWorld(cidrs ...string) *world {
	w := &world{taken: map[string]string{}, endpoints: map[string]libapiv3.WorkloadEndpoint{}, profiles: map[string]v3.Profile{}, links: map[string]link{}}
	for _, cidr := range cidrs {
		w.pools = append(w.pools, v3.IPPool{ObjectMeta: metav1.ObjectMeta{Name: "pool"}, Spec: v3.IPPoolSpec{CIDR: cidr}})
	}
	return w
}

func absent(name string) error { return cerrors.ErrorResourceDoesNotExist{Identifier: name} }

type fakePools struct{ *world }

func (f fakePools) List(context.Context, options.ListOptions) (*v3.IPPoolList, error) {
	return &v3.IPPoolList{Items: f.pools}, f.down
}

type fakeAddresses struct{ *world }

// AutoAssign gives the first address that is free of the network that is asked for.
func (f fakeAddresses) AutoAssign(_ context.Context, args ipam.AutoAssignArgs) (*ipam.IPAMAssignments, *ipam.IPAMAssignments, error) {
	if f.down != nil {
		return nil, nil, f.down
	}
	given := &ipam.IPAMAssignments{IPVersion: 4, NumRequested: args.Num4}
	pool := cnet.MustParseNetwork(f.pools[0].Spec.CIDR)
	if len(args.IPv4Pools) > 0 {
		pool = args.IPv4Pools[0]
	}
	for ip := slices.Clone(pool.IP.To4()); pool.Contains(ip); ip[3]++ {
		if _, ok := f.taken[ip.String()]; !ok {
			f.taken[ip.String()] = *args.HandleID
			given.IPs = append(given.IPs, cnet.MustParseNetwork(ip.String()+"/32"))
			break
		}
	}
	return given, nil, nil
}

func (f fakeAddresses) AssignIP(_ context.Context, args ipam.AssignIPArgs) error {
	if _, ok := f.taken[args.IP.String()]; ok {
		return cerrors.ErrorResourceAlreadyExists{Identifier: args.IP.String()}
	}
	f.taken[args.IP.String()] = *args.HandleID
	return f.down
}

func (f fakeAddresses) GetAssignmentAttributes(_ context.Context, ip cnet.IP) (map[string]string, *string, error) {
	handle, ok := f.taken[ip.String()]
	if !ok {
		return nil, nil, absent(ip.String())
	}
	return nil, &handle, f.down
}

func (f fakeAddresses) ReleaseIPs(_ context.Context, all ...ipam.ReleaseOptions) ([]cnet.IP, error) {
	for _, one := range all {
		if one.Handle != "" && f.taken[one.Address] != one.Handle {
			return nil, cerrors.ErrorBadHandle{}
		}
		delete(f.taken, one.Address)
	}
	return nil, f.down
}

type fakeEndpoints struct{ *world }

func (f fakeEndpoints) Create(_ context.Context, e *libapiv3.WorkloadEndpoint, _ options.SetOptions) (*libapiv3.WorkloadEndpoint, error) {
	f.endpoints[e.Name] = *e
	return e, f.down
}

func (f fakeEndpoints) Update(_ context.Context, e *libapiv3.WorkloadEndpoint, _ options.SetOptions) (*libapiv3.WorkloadEndpoint, error) {
	f.endpoints[e.Name] = *e
	return e, f.down
}

func (f fakeEndpoints) Delete(_ context.Context, _, name string, _ options.DeleteOptions) (*libapiv3.WorkloadEndpoint, error) {
	if _, ok := f.endpoints[name]; !ok {
		return nil, absent(name)
	}
	delete(f.endpoints, name)
	return nil, f.down
}

func (f fakeEndpoints) Get(_ context.Context, _, name string, _ options.GetOptions) (*libapiv3.WorkloadEndpoint, error) {
	endpoint, ok := f.endpoints[name]
	if !ok {
		return nil, absent(name)
	}
	return &endpoint, f.down
}

func (f fakeEndpoints) List(context.Context, options.ListOptions) (*libapiv3.WorkloadEndpointList, error) {
	list := &libapiv3.WorkloadEndpointList{}
	for _, endpoint := range f.endpoints {
		list.Items = append(list.Items, endpoint)
	}
	return list, f.down
}

func (f fakeEndpoints) Watch(context.Context, options.ListOptions) (watch.Interface, error) {
	return nil, errors.New("not used")
}

type fakeProfiles struct{ *world }

func (f fakeProfiles) Get(_ context.Context, name string, _ options.GetOptions) (*v3.Profile, error) {
	profile, ok := f.profiles[name]
	if !ok {
		return nil, absent(name)
	}
	return &profile, f.down
}

func (f fakeProfiles) Create(_ context.Context, p *v3.Profile, _ options.SetOptions) (*v3.Profile, error) {
	f.profiles[p.Name] = *p
	return p, f.down
}

type fakeLinks struct{ *world }

func (f fakeLinks) add(l link) error                 { f.links[l.name] = l; return nil }
func (f fakeLinks) remove(name string) error         { delete(f.links, name); return nil }
func (f fakeLinks) exists(name string) (bool, error) { _, ok := f.links[name]; return ok, nil }

// drivers are both drivers on a world, where Docker knows the networks that are given.
func (w *world) drivers(t *testing.T, networks ...dockerNetwork) (*ipamDriver, *networkDriver) {
	t.Helper()
	ipam := &ipamDriver{node: "Node1", pools: fakePools{w}, addresses: fakeAddresses{w}}
	sweeper := &sweeper{node: "Node1", endpoints: fakeEndpoints{w}, links: fakeLinks{w}, release: ipam.releaseOwn}
	ipam.prepare = sweeper.ensure
	list := func(context.Context) ([]dockerNetwork, error) { w.listed++; return networks, w.down }
	return ipam, &networkDriver{
		node: "Node1", mtu: func() int { return 1350 }, endpoints: fakeEndpoints{w}, profiles: fakeProfiles{w},
		names: newNames(t.TempDir()+"/networks.json", list), createProfiles: true, links: fakeLinks{w}, sweeper: sweeper,
	}
}

// call sends a request as Docker does and gives what comes back, or the error that Docker would show.
func call(t *testing.T, handler http.Handler, path, body string) (map[string]any, string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/"+path, bytes.NewBufferString(body)))
	answer := map[string]any{}
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s: %v in %q", path, err, recorder.Body)
	}
	text, _ := answer["Err"].(string)
	if (recorder.Code == http.StatusOK) != (text == "") {
		t.Fatalf("%s: status %d with Err %q", path, recorder.Code, text)
	}
	return answer, text
}
