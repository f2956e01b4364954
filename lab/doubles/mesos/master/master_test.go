package master

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// led gives a master that leads without ZooKeeper, with the registry of that work directory.
func led(t *testing.T, workDir string) *Master {
	t.Helper()
	flags := Flags()
	if err := flags.Load([]string{"--work_dir=" + workDir}, nil, "MESOS_"); err != nil {
		t.Fatal(err)
	}
	end := func(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
	m, err := New(flags, "127.0.0.1", "h", end, end)
	if err != nil {
		t.Fatal(err)
	}
	m.recoverLog(t.Context())
	m.leader = &m.info
	m.recover(t.Context())
	return m
}

// leading gives one that leads so, with one agent and one subscribed framework.
func leading(t *testing.T, capabilities ...string) (*Master, *agent, *framework) {
	t.Helper()
	m := led(t, t.TempDir())
	set, _, _ := resources.Parse("cpus:2;mem:1024;ports:[31000-31009]", "*")
	a, refusal := m.admit(wire.Hello{Info: wire.AgentInfo{Hostname: "a1", Port: 5051, Resources: set.Wire("")}, IP: "127.0.0.1"})
	if refusal != "" {
		t.Fatal(refusal)
	}
	info := wire.FrameworkInfo{Name: "f", User: "root", Roles: []string{"*"}, FailoverTimeout: 60, Capabilities: []wire.Capability{{Type: "MULTI_ROLE"}}}
	for _, c := range capabilities {
		info.Capabilities = append(info.Capabilities, wire.Capability{Type: c})
	}
	f, _, _ := m.subscribe(info, nil, "127.0.0.1:1")
	return m, a, f
}

// events takes what is queued for the framework.
func events(f *framework) []wire.Event {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	list, _ := f.box.Next(ctx)
	return list
}

func offersOf(list []wire.Event) []wire.Offer {
	var offers []wire.Offer
	for _, e := range list {
		if e.Type == "OFFERS" {
			offers = append(offers, e.Offers.Offers...)
		}
	}
	return offers
}

func statusesOf(list []wire.Event) []wire.TaskStatus {
	var out []wire.TaskStatus
	for _, e := range list {
		if e.Type == "UPDATE" {
			out = append(out, e.Update.Status)
		}
	}
	return out
}

func task(a *agent, id, amounts string) wire.TaskInfo {
	set, _, _ := resources.Parse(amounts, "*")
	value := "true"
	return wire.TaskInfo{Name: id, TaskID: wire.ID{Value: id}, AgentID: wire.ID{Value: a.id}, Resources: set.Wire(""), Command: &wire.CommandInfo{Value: &value}}
}

func launch(tasks ...wire.TaskInfo) []wire.Operation {
	o := wire.Operation{Type: "LAUNCH"}
	o.Launch = &struct {
		TaskInfos []wire.TaskInfo `json:"task_infos"`
	}{tasks}
	return []wire.Operation{o}
}

func oneOffer(t *testing.T, m *Master, f *framework) wire.Offer {
	t.Helper()
	m.allocate(time.Now())
	offers := offersOf(events(f))
	if len(offers) != 1 {
		t.Fatalf("%d offers", len(offers))
	}
	return offers[0]
}

func TestOfferAcceptAndRest(t *testing.T) {
	m, a, f := leading(t)
	o := oneOffer(t, m, f)
	if o.ID.Value != m.info.ID+"-O0" || o.FrameworkID.Value != m.info.ID+"-0000" || o.AgentID.Value != m.info.ID+"-S0" {
		t.Errorf("ids %v %v %v", o.ID, o.FrameworkID, o.AgentID)
	}
	none := 0.0
	m.accept(f, []wire.ID{o.ID}, launch(task(a, "t1", "cpus:0.5;ports:[31000-31000]")), &wire.Filters{RefuseSeconds: &none})
	if got := a.used().String(); got != "cpus:0.5; ports:[31000-31000]" {
		t.Errorf("used %s", got)
	}
	next := oneOffer(t, m, f)
	set, _ := resources.FromWire(next.Resources)
	if got := set.String(); got != "cpus:1.5; mem:1024; ports:[31001-31009]" {
		t.Errorf("the rest offered is %s", got)
	}
}

func TestFilters(t *testing.T) {
	m, a, f := leading(t)
	o := oneOffer(t, m, f)
	hour := 3600.0
	offers, _ := m.takeOffers(f, []wire.ID{o.ID})
	f.refuse(a.id, "*", offers[0].set, &wire.Filters{RefuseSeconds: &hour})
	if m.allocate(time.Now()); len(m.offers) != 0 {
		t.Error("a refused offer came again")
	}
	if m.allocate(time.Now().Add(2 * time.Hour)); len(m.offers) != 1 {
		t.Error("a filter outlived its time")
	}
	m.rescindAgent(a)
	f.refuse(a.id, "*", offers[0].set, &wire.Filters{RefuseSeconds: &hour})
	more, _, _ := resources.Parse("cpus:3;mem:1024;ports:[31000-31009]", "*")
	a.total = more
	if m.allocate(time.Now()); len(m.offers) != 1 {
		t.Error("more than was refused is not offered")
	}
	m.rescindAgent(a)
	f.refuse(a.id, "*", more, &wire.Filters{RefuseSeconds: &hour})
	f.revive(nil)
	if m.allocate(time.Now()); len(m.offers) != 1 {
		t.Error("REVIVE does not lift filters")
	}
	m.rescindAgent(a)
	f.suppressed["*"] = true
	if m.allocate(time.Now()); len(m.offers) != 0 {
		t.Error("a suppressed framework is offered something")
	}
}

func TestImpossibleTasks(t *testing.T) {
	m, a, f := leading(t, "PARTITION_AWARE")
	elsewhere := task(a, "elsewhere", "cpus:1")
	elsewhere.AgentID.Value = "another"
	empty := task(a, "empty", "")
	nothing := task(a, "nothing", "cpus:1")
	nothing.Command = nil
	for want, info := range map[string]wire.TaskInfo{
		"is more than available":                  task(a, "big", "cpus:3"),
		"Task uses invalid agent another":         elsewhere,
		"Task uses no resources":                  empty,
		"should have at least one (but not both)": nothing,
		"is not a name that can be used":          task(a, "a/b", "cpus:1"),
	} {
		o := oneOffer(t, m, f)
		none := 0.0
		m.accept(f, []wire.ID{o.ID}, launch(info), &wire.Filters{RefuseSeconds: &none})
		got := statusesOf(events(f))
		if len(got) != 1 || got[0].State != "TASK_ERROR" || got[0].Reason != "REASON_TASK_INVALID" || !strings.Contains(got[0].Message, want) {
			t.Errorf("%s: %+v", want, got)
		}
	}
	m.accept(f, []wire.ID{{Value: "gone"}}, launch(task(a, "late", "cpus:1")), nil)
	if got := statusesOf(events(f)); len(got) != 1 || got[0].State != "TASK_DROPPED" || got[0].Reason != "REASON_INVALID_OFFERS" {
		t.Errorf("a launch with an offer that is gone: %+v", got)
	}
}

func TestLostAgent(t *testing.T) {
	for capability, want := range map[string]string{"PARTITION_AWARE": "TASK_UNREACHABLE", "REGION_AWARE": "TASK_LOST"} {
		m, a, f := leading(t, capability)
		o := oneOffer(t, m, f)
		m.accept(f, []wire.ID{o.ID}, launch(task(a, "t", "cpus:1")), nil)
		m.markUnreachable(a, "health check timed out")
		list := events(f)
		got := statusesOf(list)
		if len(got) != 1 || got[0].State != want || got[0].UUID != nil || list[len(list)-1].Type != "FAILURE" {
			t.Errorf("%s: %+v", capability, list)
		}
		record := m.registry.current()
		if _, ok := record.Unreachable[a.id]; !ok || len(record.Agents) != 0 {
			t.Errorf("%s: the registry is %+v", capability, record)
		}
	}
}

func TestAcknowledgedEndIsForgotten(t *testing.T) {
	m, a, f := leading(t)
	o := oneOffer(t, m, f)
	m.accept(f, []wire.ID{o.ID}, launch(task(a, "t", "cpus:1")), nil)
	end := wire.TaskStatus{TaskID: wire.ID{Value: "t"}, State: "TASK_FINISHED", UUID: []byte("u")}
	m.update(a, wire.FromAgent{FrameworkID: f.id, Status: &end, Latest: "TASK_FINISHED"})
	if !a.used().Empty() || f.tasks["t"] == nil {
		t.Error("an ended task holds resources, or is forgotten before it is acknowledged")
	}
	m.acknowledge(f, a.id, "t", []byte("other"))
	if f.tasks["t"] == nil {
		t.Error("forgotten by another report's acknowledgement")
	}
	m.acknowledge(f, a.id, "t", []byte("u"))
	if f.tasks["t"] != nil || len(f.completed) != 1 {
		t.Error("not forgotten")
	}
}

func TestReconcile(t *testing.T) {
	m, a, f := leading(t, "PARTITION_AWARE")
	m.recovering["late"] = wire.AgentInfo{}
	known := &wire.ID{Value: a.id}
	m.reconcileOne(f, "x", known)
	m.reconcileOne(f, "x", &wire.ID{Value: "never"})
	m.reconcileOne(f, "x", &wire.ID{Value: "late"})
	m.reconcileOne(f, "x", nil)
	got := statusesOf(events(f))
	if len(got) != 2 || got[0].State != "TASK_GONE" || got[1].State != "TASK_UNKNOWN" {
		t.Errorf("%+v", got)
	}
}

func TestSubscribeRefused(t *testing.T) {
	m, _, _ := leading(t)
	multi := []wire.Capability{{Type: "MULTI_ROLE"}}
	for want, info := range map[string]wire.FrameworkInfo{
		"'FrameworkInfo.role' must not be set":      {Role: "x", Capabilities: multi},
		"'FrameworkInfo.roles' must not be set":     {Roles: []string{"x"}},
		"duplicate items":                           {Roles: []string{"x", "x"}, Capabilities: multi},
		"cannot start with '-'":                     {Roles: []string{"-x"}, Capabilities: multi},
		"The framework failover_timeout is invalid": {FailoverTimeout: -1},
	} {
		f, box, _ := m.subscribe(info, nil, "r")
		list, _ := box.Next(context.Background())
		if f != nil || len(list) != 1 || list[0].Type != "ERROR" || !strings.Contains(list[0].Error.Message, want) {
			t.Errorf("%s: %+v", want, list)
		}
	}
}
