package marathon_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// recordedEvents reads an event stream of the real Marathon.
func recordedEvents(t *testing.T, dir, name string) []map[string]any {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out []map[string]any
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			event := map[string]any{}
			if err := json.Unmarshal([]byte(data), &event); err != nil {
				t.Fatal(err)
			}
			out = append(out, event)
		}
	}
	return out
}

// story is what happens to one application, as one line for each event; api_post_event and
// group_change_success come in either order with the real one too, so they are left out.
func story(events []map[string]any, appID string) []string {
	plans := map[string]bool{}
	var out []string
	for _, e := range events {
		kind, _ := e["eventType"].(string)
		text, _ := json.Marshal(e)
		switch {
		case strings.HasPrefix(kind, "deployment_"):
			if !strings.Contains(string(text), `"`+appID+`"`) {
				continue
			}
			step, _ := json.Marshal(e["currentStep"])
			plans[kind] = true
			out = append(out, kind+" "+string(step))
		case e["runSpecId"] == appID || e["appId"] == appID:
			line := kind
			for _, key := range []string{"condition", "taskStatus", "healthy", "alive", "message"} {
				if value, ok := e[key]; ok {
					word, _ := json.Marshal(value)
					line += " " + string(word)
				}
			}
			out = append(out, line)
		}
	}
	return out
}

// appEvents compares the life of /hello up to its first deployment's end, in the order of the events, and the
// members of every kind of event that both streams have.
func appEvents(t *testing.T, b *bed, dir string) {
	recorded := recordedEvents(t, dir, "marathon-events.txt")
	want, got := story(recorded, "/hello"), story(b.seen(), "/hello")
	const first = 11
	if len(got) < first {
		t.Fatalf("only %d events: %v", len(got), got)
	}
	for i := 0; i < first; i++ {
		if want[i] != got[i] {
			t.Errorf("event %d of /hello: %s is wanted, got %s", i, want[i], got[i])
		}
	}
	members := func(events []map[string]any) map[string]map[string]bool {
		out := map[string]map[string]bool{}
		for _, e := range events {
			kind := e["eventType"].(string)
			if out[kind] == nil {
				out[kind] = map[string]bool{}
			}
			for name := range e {
				out[kind][name] = true
			}
		}
		return out
	}
	theirs := members(append(recorded, recordedEvents(t, dir, "marathon-events-2.txt")...))
	for kind, names := range members(b.seen()) {
		if theirs[kind] == nil {
			t.Errorf("the real one never sent %s", kind)
			continue
		}
		for name := range names {
			if !theirs[kind][name] {
				t.Errorf("%s: member %s is not in the recording", kind, name)
			}
		}
		for name := range theirs[kind] {
			if !names[name] {
				t.Errorf("%s: member %s is missing", kind, name)
			}
		}
	}
}

// chapters cuts a story at the ends of deployments. The events about health are left out: the real one sends
// them from several actors, in changing order.
func chapters(lines []string) [][]string {
	var out [][]string
	var now []string
	for _, line := range lines {
		if strings.Contains(line, "health_") {
			continue
		}
		now = append(now, line)
		if strings.HasPrefix(line, "deployment_success") {
			out = append(out, now)
			now = nil
		}
	}
	return append(out, now)
}

// dockerEvents compares the chapters that do not depend on how fast tasks start: the first deployment, the
// restart, and the scaling to three, whose instances are told of in any order.
func dockerEvents(t *testing.T, b *bed, dir string) {
	want := chapters(story(recordedEvents(t, dir, "marathon-events-2.txt"), "/dock/web"))
	got := chapters(story(b.seen(), "/dock/web"))
	if len(got) < 3 {
		t.Fatalf("only %d chapters: %v", len(got), got)
	}
	for i, name := range []string{"create", "restart", "scale"} {
		w, g := append([]string(nil), want[i]...), append([]string(nil), got[i]...)
		if name == "scale" {
			sort.Strings(w)
			sort.Strings(g)
		}
		if strings.Join(w, "\n") != strings.Join(g, "\n") {
			t.Errorf("%s: wanted\n%s\ngot\n%s", name, strings.Join(w, "\n"), strings.Join(g, "\n"))
		}
	}
}
