package core

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/conf"
	"datacentre/lab/doubles/marathon/mesosapi"
	"datacentre/lab/doubles/marathon/store"
)

// fake is a Mesos of two agents that runs every task at once: it offers what is free and answers calls.
type fake struct {
	mu      sync.Mutex
	core    *Core
	free    map[string]float64 // cpus by agent
	tasks   map[string]string  // agent by task
	exits   map[string]string  // state that a task's command ends with at once, by name
	calls   []string
	offers  int
	launch  map[string]map[string]any
	updates int
}

func (f *fake) Call(kind string, body any) error {
	encoded, _ := json.Marshal(body)
	f.mu.Lock()
	f.calls = append(f.calls, kind+string(encoded))
	f.mu.Unlock()
	switch kind {
	case "ACCEPT":
		var accept struct {
			Operations []struct {
				Launch struct {
					Tasks []map[string]any `json:"task_infos"`
				} `json:"launch"`
			} `json:"operations"`
		}
		if err := json.Unmarshal(encoded, &accept); err != nil {
			return err
		}
		for _, task := range accept.Operations[0].Launch.Tasks {
			go f.run(task)
		}
	case "KILL":
		var kill struct {
			Task mesosapi.ID `json:"task_id"`
		}
		_ = json.Unmarshal(encoded, &kill)
		go f.end(kill.Task.Value, "TASK_KILLED", "Command terminated with signal Terminated")
	}
	return nil
}

func (f *fake) run(task map[string]any) {
	id := task["task_id"].(map[string]any)["value"].(string)
	agent := task["agent_id"].(map[string]any)["value"].(string)
	f.mu.Lock()
	f.tasks[id], f.launch[id] = agent, task
	state := f.exits[task["name"].(string)]
	f.mu.Unlock()
	f.tell(id, agent, "TASK_STARTING", "")
	f.tell(id, agent, "TASK_RUNNING", "")
	if state != "" {
		f.end(id, state, "Command exited with status 3")
	}
}

func (f *fake) end(id, state, message string) {
	f.mu.Lock()
	agent, ok := f.tasks[id]
	delete(f.tasks, id)
	f.mu.Unlock()
	if ok {
		f.tell(id, agent, state, message)
	}
}

func (f *fake) tell(id, agent, state, message string) {
	f.mu.Lock()
	f.updates++
	uuid := fmt.Sprint(f.updates)
	f.mu.Unlock()
	f.core.Status(mesosapi.Status{TaskID: mesosapi.ID{Value: id}, State: state, Message: message, Agent: &mesosapi.ID{Value: agent}, UUID: uuid})
}

func (f *fake) offer() {
	f.mu.Lock()
	var offers []mesosapi.Offer
	for agent, cpus := range f.free {
		f.offers++
		offers = append(offers, mesosapi.Offer{ID: mesosapi.ID{Value: fmt.Sprint("O", f.offers)}, Agent: mesosapi.ID{Value: agent}, Hostname: "host-" + agent,
			Resources: []mesosapi.Resource{{Name: "cpus", Type: "SCALAR", Scalar: &mesosapi.Scalar{Value: cpus}},
				{Name: "mem", Type: "SCALAR", Scalar: &mesosapi.Scalar{Value: 1000}}, {Name: "disk", Type: "SCALAR", Scalar: &mesosapi.Scalar{Value: 1000}},
				{Name: "ports", Type: "RANGES", Ranges: &mesosapi.Ranges{Range: []mesosapi.Range{{Begin: 31000, End: 31009}}}}}})
	}
	f.mu.Unlock()
	f.core.Offers(offers)
}

type bench struct {
	*Core
	fake   *fake
	memory *store.Memory
	events chan Event
	stop   chan struct{}
	t      *testing.T
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return reopen(t, store.NewMemory(), &fake{free: map[string]float64{"S0": 4, "S1": 4}, tasks: map[string]string{}, exits: map[string]string{},
		launch: map[string]map[string]any{}})
}

func reopen(t *testing.T, memory *store.Memory, f *fake) *bench {
	t.Helper()
	c, err := conf.Load(nil, []string{"--master", "m:5050", "--min_revive_offers_interval", "1", "--hostname", "h"})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(memory, "/marathon/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	bus := NewBus(100000)
	core, err := New(c, kept, f, bus)
	if err != nil {
		t.Fatal(err)
	}
	f.core = core
	b := &bench{Core: core, fake: f, memory: memory, events: bus.Open(), stop: make(chan struct{}), t: t}
	core.Start(b.stop)
	core.SetFramework("F", "")
	go func() {
		for {
			select {
			case <-b.stop:
				return
			case <-time.After(20 * time.Millisecond):
				f.offer()
			}
		}
	}()
	t.Cleanup(b.close)
	return b
}

func (b *bench) close() {
	select {
	case <-b.stop:
	default:
		close(b.stop)
	}
}

func (b *bench) put(text string, force bool) (*Plan, error) {
	b.t.Helper()
	raw := map[string]any{}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		b.t.Fatal(err)
	}
	a, err := app.Canonical(raw, "/", app.Settings{Role: "*"})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Update(Options{Group: app.Parent(a.ID), Force: force}, func(root *app.Group, version string) error {
		root.Put(a, version)
		return nil
	})
}

func (b *bench) must(text string) *Plan {
	b.t.Helper()
	plan, err := b.put(text, false)
	if err != nil {
		b.t.Fatal(err)
	}
	return plan
}

func (b *bench) restart(id string) *Plan {
	b.t.Helper()
	plan, err := b.Update(Options{Group: app.Parent(id)}, func(root *app.Group, version string) error {
		root.Put(app.Restarted(root.App(id), version), version)
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return plan
}

func (b *bench) until(what string, fn func() bool) {
	b.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if fn() {
			return
		}
	}
	b.t.Fatalf("%s: did not come about; calls %v", what, b.fake.calls)
}

func (b *bench) quiet() {
	b.t.Helper()
	b.until("the end of the deployments", func() bool { return len(b.Deployments()) == 0 })
}

func (b *bench) runningOf(id string) int {
	n := 0
	for _, i := range b.Instances(id) {
		if i.Condition == Running && i.Goal == Running {
			n++
		}
	}
	return n
}
