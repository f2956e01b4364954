package mesosapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func record(text string) string { return fmt.Sprintf("%d\n%s", len(text), text) }

func TestReadRecord(t *testing.T) {
	r := bufio.NewReader(strings.NewReader(record(`{"a":1}`) + record("") + "x\n"))
	if got, err := ReadRecord(r); err != nil || string(got) != `{"a":1}` {
		t.Errorf("%s %v", got, err)
	}
	if got, err := ReadRecord(r); err != nil || len(got) != 0 {
		t.Errorf("%s %v", got, err)
	}
	if _, err := ReadRecord(r); err == nil {
		t.Error("a length that is no number was taken")
	}
}

func TestSubscribeFollowsAndCalls(t *testing.T) {
	var calls []string
	leader := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "SUBSCRIBE") {
			w.Header().Set("Mesos-Stream-Id", "s1")
			_, _ = io.WriteString(w, record(`{"type":"SUBSCRIBED","subscribed":{"framework_id":{"value":"F"}}}`))
			_, _ = io.WriteString(w, record(`{"type":"HEARTBEAT"}`))
			_, _ = io.WriteString(w, record(`{"type":"ERROR","error":{"message":"Framework has been removed"}}`))
			return
		}
		calls = append(calls, r.Header.Get("Mesos-Stream-Id")+string(body))
		w.WriteHeader(http.StatusAccepted)
	}))
	defer leader.Close()
	standby := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", strings.TrimPrefix(leader.URL, "http:")+r.URL.Path)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	defer standby.Close()
	c := &Client{}
	var seen []string
	err := c.Subscribe(context.Background(), strings.TrimPrefix(standby.URL, "http://"), Framework{}, func(e Event) {
		seen = append(seen, e.Type)
		if e.Type == "HEARTBEAT" {
			if err := c.Call("REVIVE", nil); err != nil {
				t.Error(err)
			}
		}
	})
	if !errors.Is(err, ErrGone) || strings.Join(seen, " ") != "SUBSCRIBED HEARTBEAT ERROR" {
		t.Errorf("%v %v", err, seen)
	}
	if len(calls) != 1 || !strings.HasPrefix(calls[0], "s1") || !strings.Contains(calls[0], `"framework_id":{"value":"F"}`) {
		t.Errorf("%v", calls)
	}
	if err := c.Call("REVIVE", nil); err == nil {
		t.Error("a call without subscription")
	}
}

func TestNodeAddress(t *testing.T) {
	for text, want := range map[string]string{
		`{"address":{"hostname":"h","ip":"10.0.0.1","port":5050},"hostname":"h","ip":1,"port":5051}`: "10.0.0.1:5050",
		`{"hostname":"h","port":5051}`: "h:5051", ``: "", `x`: "",
	} {
		if got := NodeAddress([]byte(text)); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
