package core

import (
	"errors"
	"strings"
	"testing"
	"time"

	"datacentre/lab/doubles/marathon/app"
)

func TestLifeOfAnApp(t *testing.T) {
	b := newBench(t)
	b.must(`{"id":"/g/a","cmd":"sleep 1","cpus":0.1,"mem":16,"labels":{"k-1":"v"}}`)
	b.quiet()
	if b.runningOf("/g/a") != 1 || b.Root().App("/g/a").PortDefinitions[0].Port != 10000 {
		t.Fatalf("%+v", b.Instances(""))
	}
	first := b.Instances("/g/a")[0]
	if !strings.HasPrefix(first.Task.ID, "g_a.instance-") || !strings.HasSuffix(first.Task.ID, "._app.1") || first.Task.HostPorts[0] < 31000 {
		t.Errorf("task %+v", first.Task)
	}
	b.must(`{"id":"/g/a","cmd":"sleep 1","cpus":0.1,"mem":16,"instances":3,"labels":{"k-1":"v"}}`)
	b.quiet()
	if b.runningOf("/g/a") != 3 {
		t.Errorf("scaled: %d", b.runningOf("/g/a"))
	}
	plan := b.must(`{"id":"/g/a","cmd":"sleep 2","cpus":0.1,"mem":16,"instances":3}`)
	if plan.Steps[0].Actions[0].Kind != RestartApp {
		t.Errorf("plan: %+v", plan.Steps)
	}
	b.quiet()
	for _, i := range b.Instances("/g/a") {
		if i.App.Version != plan.Version {
			t.Errorf("an old one is left: %+v", i)
		}
	}
	_, err := b.Update(Options{Group: "/g"}, func(root *app.Group, version string) error {
		root.Remove("/g/a", version)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.quiet()
	if len(b.Instances("")) != 0 || b.Root().Find("/g") == nil {
		t.Errorf("left: %+v", b.Instances(""))
	}
}

func TestEventsInOrder(t *testing.T) {
	b := newBench(t)
	b.must(`{"id":"/a","cmd":"sleep 1","cpus":0.1,"mem":16}`)
	b.quiet()
	want := "deployment_info deployment_step_success deployment_info group_change_success instance_changed_event instance_changed_event " +
		"status_update_event instance_changed_event status_update_event instance_changed_event deployment_step_success deployment_success"
	var got []string
	for len(got) < 12 {
		select {
		case e := <-b.events:
			got = append(got, e.Type)
		case <-time.After(3 * time.Second):
			t.Fatalf("only %v", got)
		}
	}
	if strings.Join(got, " ") != want {
		t.Errorf("got %v", got)
	}
}

func TestCrashingAppWaitsLongerEachTime(t *testing.T) {
	b := newBench(t)
	b.fake.exits["crash"] = "TASK_FAILED"
	b.must(`{"id":"/crash","cmd":"exit 3","cpus":0.1,"mem":16,"backoffSeconds":1}`)
	b.until("a failure", func() bool { return b.LastFailure("/crash") != nil })
	if f := b.LastFailure("/crash"); f.Message != "Command exited with status 3" || f.State != "TASK_FAILED" {
		t.Errorf("%+v", f)
	}
	queue := b.Queue()
	if len(queue) != 1 || queue[0].Count != 1 || time.Until(queue[0].Until) < 500*time.Millisecond {
		t.Fatalf("queue %+v", queue)
	}
	b.until("a second try", func() bool { return strings.HasSuffix(b.Instances("/crash")[0].Task.ID, "._app.2") })
	if !b.ResetDelay("/crash") || b.ResetDelay("/none") {
		t.Error("the delay is reset for apps that wait only")
	}
}

func TestQueueTellsWhy(t *testing.T) {
	b := newBench(t)
	for id, rest := range map[string]string{"cpus": `"cpus":64`, "mem": `"mem":99999`, "constraint": `"constraints":[["hostname","CLUSTER","master1"]]`,
		"ports": `"requirePorts":true,"portDefinitions":[{"port":80}]`, "disk": `"disk":5000`, "unique": `"instances":3,"constraints":[["hostname","UNIQUE"]]`} {
		base := `"cpus":0.1,"mem":16,`
		if id == "cpus" || id == "mem" {
			base = ""
		}
		b.must(`{"id":"/` + id + `","cmd":"sleep 1",` + base + rest + `}`)
	}
	want := map[string]string{"/cpus": "InsufficientCpus", "/mem": "InsufficientMemory", "/constraint": "UnfulfilledConstraint",
		"/ports": "InsufficientPorts", "/disk": "InsufficientDisk", "/unique": "UnfulfilledConstraint"}
	b.until("a reason for each", func() bool {
		got := map[string]string{}
		for _, q := range b.Queue() {
			for _, u := range q.Last {
				got[q.App.ID] = u.Reasons[0]
			}
		}
		for id, reason := range want {
			if got[id] != reason {
				return false
			}
		}
		return true
	})
	b.until("two of three on different hosts", func() bool { return b.runningOf("/unique") == 2 })
}

func TestLocksForceAndRollback(t *testing.T) {
	b := newBench(t)
	b.must(`{"id":"/a","cmd":"sleep 1","cpus":0.1,"mem":16}`)
	b.quiet()
	plan := b.must(`{"id":"/a","cmd":"sleep 1","cpus":64,"mem":16}`)
	var locked *Locked
	if _, err := b.put(`{"id":"/a","cmd":"sleep 3","cpus":0.1,"mem":16}`, false); !errors.As(err, &locked) || locked.Deployments[0] != plan.ID {
		t.Fatalf("locked: %v", err)
	}
	back, err := b.Cancel(plan.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	b.quiet()
	if a := b.Root().App("/a"); a.CPUs != 0.1 || a.Version != back.Version || b.runningOf("/a") != 1 {
		t.Errorf("rolled back: %+v", a)
	}
	stuck := b.must(`{"id":"/a","cmd":"sleep 1","cpus":64,"mem":16}`)
	if _, err := b.put(`{"id":"/a","cmd":"sleep 4","cpus":0.1,"mem":16}`, true); err != nil {
		t.Fatal(err)
	}
	b.quiet()
	if _, err := b.Cancel(stuck.ID, true); err == nil {
		t.Error("a deployment that was replaced can be cancelled")
	}
}

func TestNextLeaderGoesOn(t *testing.T) {
	b := newBench(t)
	b.must(`{"id":"/a","cmd":"sleep 1","cpus":0.1,"mem":16}`)
	b.quiet()
	b.must(`{"id":"/b","cmd":"sleep 1","cpus":64,"mem":16}`)
	if err := b.store.Flush(); err != nil {
		t.Fatal(err)
	}
	before := b.Instances("/a")[0].Task.ID
	b.close()
	next := reopen(t, b.memory, b.fake)
	if next.Framework() != "F" || len(next.Deployments()) != 1 || next.Instances("/a")[0].Task.ID != before || len(next.Versions("/a")) != 1 {
		t.Errorf("after: %v %+v", next.Deployments(), next.Instances(""))
	}
	// A task that nobody knows is ended.
	b.fake.tasks["a.instance-x._app.1"] = "S0"
	b.fake.tell("a.instance-x._app.1", "S0", "TASK_RUNNING", "")
	next.until("its kill", func() bool {
		b.fake.mu.Lock()
		defer b.fake.mu.Unlock()
		return b.fake.tasks["a.instance-x._app.1"] == ""
	})
}

func TestLostAgentIsReplaced(t *testing.T) {
	b := newBench(t)
	b.must(`{"id":"/a","cmd":"sleep 1","cpus":0.1,"mem":16}`)
	b.quiet()
	lost := b.Instances("/a")[0]
	b.fake.tell(lost.Task.ID, lost.Agent.ID, "TASK_UNREACHABLE", "")
	b.until("another instance", func() bool { return b.runningOf("/a") == 1 && len(b.Instances("/a")) == 2 })
	b.fake.tell(lost.Task.ID, lost.Agent.ID, "TASK_RUNNING", "")
	b.until("one again", func() bool { return b.runningOf("/a") == 1 && len(b.Instances("/a")) == 1 })
}

func TestReconciliationWaitsForTheAgents(t *testing.T) {
	b := newBench(t)
	b.must(`{"id":"/a","cmd":"sleep 1","cpus":0.1,"mem":16}`)
	b.quiet()
	b.SetFramework("F", "")
	asked := func() bool {
		b.fake.mu.Lock()
		defer b.fake.mu.Unlock()
		for _, c := range b.fake.calls {
			if strings.HasPrefix(c, "RECONCILE") {
				return true
			}
		}
		return false
	}
	b.tick(time.Now())
	time.Sleep(50 * time.Millisecond)
	if asked() {
		t.Error("a new master was asked at once")
	}
	b.tick(time.Now().Add(16 * time.Second))
	b.until("the question", asked)
}

func TestFrameworkIsToldOfKillsWhereThatIsAFeature(t *testing.T) {
	b := newBench(t)
	told := func() bool {
		for _, one := range b.present().Capabilities {
			if one["type"] == "TASK_KILLING_STATE" {
				return true
			}
		}
		return false
	}
	if told() {
		t.Fatal("asked for by nobody")
	}
	b.Conf.Features = []string{"vips", "task_killing"}
	if !told() {
		t.Fatal("the feature has no capability")
	}
}
