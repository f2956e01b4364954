package core

import (
	"testing"
	"time"
)

// An app of one instance, which must go before another may come, and which no check finds healthy: its port answers nobody.
const (
	narrow = `{"id":"/a","cpus":0.1,"mem":16,"upgradeStrategy":{"minimumHealthCapacity":0,"maximumOverCapacity":0},` +
		`"healthChecks":[{"protocol":"TCP","portIndex":0,"gracePeriodSeconds":0,"intervalSeconds":1,"timeoutSeconds":1,"maxConsecutiveFailures":0}],`
	first  = narrow + `"cmd":"sleep 1"}`
	second = narrow + `"cmd":"sleep 2"}`
	// Without the checks, so that it is good as soon as it runs.
	third = `{"id":"/a","cpus":0.1,"mem":16,"upgradeStrategy":{"minimumHealthCapacity":0,"maximumOverCapacity":0},"cmd":"sleep 3"}`
)

// hang deploys the first, and over it another one that can then not go on.
func hang(t *testing.T, next string) (*bench, *Plan) {
	b := newBench(t)
	b.must(first)
	b.until("an unhealthy instance", func() bool {
		all := b.Instances("/a")
		return len(all) == 1 && all[0].Condition == Running && all[0].Healthy != nil && !*all[0].Healthy
	})
	plan, err := b.put(next, true)
	if err != nil {
		t.Fatal(err)
	}
	return b, plan
}

func (b *bench) ids() (out []string) {
	for _, d := range b.Deployments() {
		out = append(out, d.Plan.ID)
	}
	return out
}

func TestOldOnesThatAreNotHealthyAndTakeAllRoomHangForEver(t *testing.T) {
	b, plan := hang(t, third)
	time.Sleep(600 * time.Millisecond)
	if ids := b.ids(); len(ids) != 1 || ids[0] != plan.ID {
		t.Fatalf("deployments %v", ids)
	}
	if all := b.Instances("/a"); len(all) != 1 || all[0].App.Version == plan.Version || all[0].Goal != Running {
		t.Errorf("instances %+v", all)
	}
	if queue := b.Queue(); len(queue) != 0 {
		t.Errorf("something waits: %+v", queue)
	}
}

func TestTheSameDefinitionPlansNothingAndEndsNoDeployment(t *testing.T) {
	b, hanging := hang(t, third)
	before := b.Root().App("/a").Version
	for _, force := range []bool{true, false} {
		plan, err := b.put(third, force)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Steps) != 0 || plan.ID == hanging.ID || b.Root().App("/a").Version != before {
			t.Errorf("force %v: plan %+v, version %s", force, plan.Steps, b.Root().App("/a").Version)
		}
		if ids := b.ids(); len(ids) != 1 || ids[0] != hanging.ID {
			t.Errorf("force %v: deployments %v", force, ids)
		}
	}
}

func TestAForcedCancelPutsNothingBack(t *testing.T) {
	b, plan := hang(t, third)
	if back, err := b.Cancel(plan.ID, true); back != nil || err != nil {
		t.Fatalf("%v %v", back, err)
	}
	if a := b.Root().App("/a"); a.Version != plan.Version || len(b.ids()) != 0 {
		t.Errorf("app %+v, deployments %v", a, b.ids())
	}
	if all := b.Instances("/a"); len(all) != 1 || all[0].App.Version == plan.Version {
		t.Errorf("instances %+v", all)
	}
}

func TestARestartHangsInTheSameWayUntilTheOldTaskIsKilled(t *testing.T) {
	b, plan := hang(t, third)
	if _, err := b.Cancel(plan.ID, true); err != nil {
		t.Fatal(err)
	}
	again := b.restart("/a")
	time.Sleep(600 * time.Millisecond)
	if ids := b.ids(); len(ids) != 1 || ids[0] != again.ID {
		t.Fatalf("deployments %v", ids)
	}
	b.Kill([]string{b.Instances("/a")[0].ID}, false)
	b.quiet()
	if all := b.Instances("/a"); len(all) != 1 || all[0].App.Version != again.Version {
		t.Errorf("instances %+v", all)
	}
}

func TestTheNextLeaderHangsAsWell(t *testing.T) {
	b, plan := hang(t, second)
	if err := b.store.Flush(); err != nil {
		t.Fatal(err)
	}
	b.close()
	next := reopen(t, b.memory, b.fake)
	time.Sleep(600 * time.Millisecond)
	if ids := next.ids(); len(ids) != 1 || ids[0] != plan.ID {
		t.Fatalf("deployments %v", ids)
	}
	if all := next.Instances("/a"); len(all) != 1 || all[0].App.Version == plan.Version {
		t.Errorf("instances %+v", all)
	}
}
