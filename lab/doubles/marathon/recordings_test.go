package marathon_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestRecordings replays what the real Marathon was asked, in the same order, and compares the replies.
func TestRecordings(t *testing.T) {
	dir := recordings(t)
	b := newBed(t)
	for _, part := range []struct {
		name string
		run  func(*testing.T, *bed, string)
	}{{"idle", idle}, {"life of an app", life}, {"events of an app", appEvents}, {"ways to wait", waits}, {"docker", docker}, {"abdication", abdication}} {
		t.Run(part.name, func(t *testing.T) {
			outer := b.t
			b.t = t
			defer func() { b.t = outer }()
			part.run(t, b, dir)
		})
	}
}

func idle(_ *testing.T, b *bed, dir string) {
	for _, n := range []string{"022", "023", "024", "025", "026", "027", "028", "029", "030", "031", "032"} {
		b.replay(dir, n)
	}
}

func life(_ *testing.T, b *bed, dir string) {
	b.replay(dir, "034")
	b.replay(dir, "035")
	b.app("/hello", "tasksRunning", 1)
	b.quiet("/hello")
	for _, n := range []string{"036", "037", "038", "039", "040", "041", "042", "043", "044", "045", "046", "047", "048", "049"} {
		b.replay(dir, n)
	}
	b.replay(dir, "050")
	b.replay(dir, "051")
	b.app("/hello", "tasksRunning", 3)
	b.quiet("/hello")
	b.replay(dir, "052")
	b.replay(dir, "053")
	b.app("/hello", "tasksRunning", 1)
	b.quiet("/hello")
}

func waits(t *testing.T, b *bed, dir string) {
	for _, n := range []string{"062", "063", "064", "065", "066", "067", "068", "069", "070", "071"} {
		b.replay(dir, n)
	}
	b.app("/w/unique", "tasksRunning", 2)
	b.app("/w/unhealthy", "tasksUnhealthy", 1)
	// The recording was made after more offers than one; the reasons need one declined by each agent.
	wanted := map[string]string{"/w/mem": "InsufficientMemory", "/w/cpus": "InsufficientCpus", "/w/constraint": "UnfulfilledConstraint",
		"/w/ports": "InsufficientPorts", "/w/unique": "UnfulfilledConstraint"}
	b.until(40*time.Second, "a declined offer for every app that waits", func() bool {
		reasons := lastReasons(b.get("/v2/queue?embed=lastUnusedOffers"))
		for id, reason := range wanted {
			if reasons[id] != reason {
				return false
			}
		}
		return true
	})
	queueShape(t, b, dir)
	for _, n := range []string{"074", "075", "076", "077", "078", "079"} {
		b.replay(dir, n)
	}
	failing(t, b, dir)
	for _, n := range []string{"083", "084"} {
		b.replay(dir, n)
	}
	b.until(30*time.Second, "the end of /w", func() bool { return b.status(0, "/v2/apps/w/unique") == http.StatusNotFound })
	for _, n := range []string{"085", "086"} {
		b.replay(dir, n)
	}
}

func lastReasons(queue map[string]any) map[string]string {
	out := map[string]string{}
	items, _ := queue["queue"].([]any)
	for _, i := range items {
		item, _ := i.(map[string]any)
		a, _ := item["app"].(map[string]any)
		offers, _ := item["lastUnusedOffers"].([]any)
		for _, o := range offers {
			offer, _ := o.(map[string]any)
			if reasons, _ := offer["reason"].([]any); len(reasons) > 0 {
				out[a["id"].(string)], _ = reasons[0].(string)
			}
		}
	}
	return out
}

// queueShape holds the entries of the queue that both have against each other.
func queueShape(t *testing.T, b *bed, dir string) {
	recorded := load(t, dir, "072")
	body, _ := recorded.Response.Body.(map[string]any)
	got := b.get("/v2/queue?embed=lastUnusedOffers")
	mine := map[string]map[string]any{}
	list, _ := got["queue"].([]any)
	for _, i := range list {
		item, _ := i.(map[string]any)
		mine[item["app"].(map[string]any)["id"].(string)] = item
	}
	items, _ := body["queue"].([]any)
	for _, i := range items {
		item, _ := i.(map[string]any)
		id := item["app"].(map[string]any)["id"].(string)
		offers, _ := item["lastUnusedOffers"].([]any)
		if !strings.HasPrefix(id, "/w/") || len(offers) == 0 {
			continue
		}
		if mine[id] == nil {
			t.Errorf("%s is not in the queue", id)
			continue
		}
		c := &comparison{}
		c.bodies(id, "", dropOffers(item), dropOffers(mine[id]))
		for _, fault := range c.faults {
			t.Errorf("queue: %s", fault)
		}
		if want, have := lastReasons(body)[id], lastReasons(got)[id]; want != have {
			t.Errorf("queue: %s waits for %s, recorded is %s", id, have, want)
		}
	}
}

// dropOffers leaves one offer without resources, whose number depends on what else runs.
func dropOffers(item map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range item {
		out[name] = value
	}
	offers, _ := out["lastUnusedOffers"].([]any)
	if len(offers) == 0 {
		return out
	}
	first, _ := offers[0].(map[string]any)
	offer, _ := first["offer"].(map[string]any)
	slim := map[string]any{}
	for name, value := range offer {
		if name != "resources" && name != "attributes" {
			slim[name] = value
		}
	}
	out["lastUnusedOffers"] = []any{map[string]any{"offer": slim, "reason": first["reason"], "timestamp": first["timestamp"]}}
	return out
}

// failing looks at the apps that start and fail, at a moment when the task has just failed.
func failing(t *testing.T, b *bed, dir string) {
	for number, id := range map[string]string{"080": "/w/image", "081": "/w/crash"} {
		r := load(t, dir, number)
		b.until(40*time.Second, "a failed task of "+id, func() bool {
			a, _ := b.get("/v2/apps" + id)["app"].(map[string]any)
			tasks, _ := a["tasks"].([]any)
			if len(tasks) != 1 || a["lastTaskFailure"] == nil {
				return false
			}
			return tasks[0].(map[string]any)["state"] == "TASK_FAILED"
		})
		a, _ := b.get("/v2/apps" + id)["app"].(map[string]any)
		want := r.Response.Body.(map[string]any)["app"].(map[string]any)
		c := &comparison{}
		delete(a, "deployments")
		delete(want, "deployments")
		failure, _ := a["lastTaskFailure"].(map[string]any)
		recorded, _ := want["lastTaskFailure"].(map[string]any)
		if id == "/w/crash" && failure["message"] != recorded["message"] {
			t.Errorf("%s: %v is wanted, got %v", id, recorded["message"], failure["message"])
		}
		delete(failure, "message")
		delete(recorded, "message")
		for _, tasks := range []map[string]any{a, want} {
			delete(tasks["tasks"].([]any)[0].(map[string]any), "ipAddresses")
		}
		c.bodies(id, "", want, a)
		for _, fault := range c.faults {
			t.Errorf("%s: %s", r.Name, fault)
		}
	}
}

func docker(t *testing.T, b *bed, dir string) {
	if out, err := exec.Command("docker", "image", "inspect", b.image).CombinedOutput(); err != nil {
		t.Skipf("the image %s (a busybox) is not on this machine: %s", b.image, strings.TrimSpace(string(out)))
	}
	for _, id := range []string{"/uf", "/ports"} {
		b.remove(id)
	}
	b.replay(dir, "102")
	b.app("/dock/web", "tasksHealthy", 1)
	b.quiet("/dock/web")
	b.replay(dir, "103")
	b.replay(dir, "109")
	b.replay(dir, "110")
	b.app("/old", "tasksRunning", 1)
	b.quiet("/old")
	b.replay(dir, "111")
	b.replay(dir, "112")
	b.quiet("/dock/web")
	b.replay(dir, "113")
	b.app("/dock/web", "tasksHealthy", 3)
	b.quiet("/dock/web")
	b.replay(dir, "114")
	dockerEvents(t, b, dir)
	update := b.replay(dir, "115")
	b.app("/dock/web", "tasksRunning", 6)
	b.app("/dock/web", "tasksUnhealthy", 3)
	neverHealthy(t, b, dir)
	rollback := load(t, dir, "119")
	id, _ := update["deploymentId"].(string)
	b.compare(rollback, "v2/deployments/"+id)
	b.app("/dock/web", "tasksHealthy", 3)
	b.quiet("/dock/web")
	b.replay(dir, "120")
	b.replay(dir, "121")
	b.until(30*time.Second, "the end of the deployments", func() bool {
		response, err := http.Get(b.url(0, "/v2/deployments"))
		if err != nil {
			return false
		}
		defer response.Body.Close()
		text := make([]byte, 2)
		_, _ = response.Body.Read(text)
		return string(text) == "[]"
	})
	b.replay(dir, "122")
}

// neverHealthy waits for the first kill of an unhealthy task, which 116 shows by its last failure.
func neverHealthy(t *testing.T, b *bed, dir string) {
	b.replay(dir, "117")
	b.replay(dir, "118")
	b.until(60*time.Second, "a kill for bad health", func() bool {
		a, _ := b.get("/v2/apps/dock/web")["app"].(map[string]any)
		failure, _ := a["lastTaskFailure"].(map[string]any)
		message, _ := failure["message"].(string)
		return strings.HasPrefix(message, "Task was killed since health check failed. Reason: ")
	})
	kinds := map[string]bool{}
	for _, e := range b.seen() {
		kinds[e["eventType"].(string)] = true
	}
	for _, kind := range []string{"failed_health_check_event", "unhealthy_instance_kill_event", "health_status_changed_event", "add_health_check_event"} {
		if !kinds[kind] {
			t.Errorf("there was no %s", kind)
		}
	}
}

func abdication(t *testing.T, b *bed, dir string) {
	b.replay(dir, "123")
	done := make(chan error, 1)
	go func() { done <- b.process[0].Wait() }()
	select {
	case <-done:
		if code := b.process[0].ProcessState.ExitCode(); code != 105 {
			t.Errorf("the process ended with %d", code)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the process did not end")
	}
	b.leader = 1
	docker := exec.Command("docker", "image", "inspect", b.image).Run() == nil
	b.until(30*time.Second, "the new leader", func() bool { return b.status(1, "/v2/leader") == http.StatusOK })
	for _, n := range []string{"124", "125"} {
		b.replay(dir, n)
	}
	if docker { // 126 lists the application of the part that needs it
		b.until(30*time.Second, "the tasks at the new leader", func() bool {
			a, _ := b.get("/v2/apps/old")["app"].(map[string]any)
			return a["tasksRunning"] == 1.0
		})
		b.replay(dir, "126")
	}
}
