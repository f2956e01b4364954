package master

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"datacentre/lab/doubles/mesos/web"
)

// machine is one that is to be maintained; one of the two is enough.
type machine struct {
	Hostname string `json:"hostname,omitempty"`
	IP       string `json:"ip,omitempty"`
}

type nanoseconds struct {
	Nanoseconds int64 `json:"nanoseconds"`
}

type unavailability struct {
	Start    *nanoseconds `json:"start"`
	Duration *nanoseconds `json:"duration,omitempty"`
}

// schedule is what an operator has said of maintenance. The double keeps it in the registry, and drains nothing for it.
type schedule struct {
	Windows []struct {
		Machines       []machine       `json:"machine_ids"`
		Unavailability *unavailability `json:"unavailability"`
	} `json:"windows,omitempty"`
}

// check says what the real master would refuse. Source: Mesos 1.11, src/master/maintenance.cpp.
func (s *schedule) check() error {
	seen := map[machine]bool{}
	for _, window := range s.Windows {
		if len(window.Machines) == 0 {
			return fmt.Errorf("List of machines in the maintenance window is empty")
		}
		if window.Unavailability == nil || window.Unavailability.Start == nil {
			return fmt.Errorf("Missing required fields")
		}
		if d := window.Unavailability.Duration; d != nil && d.Nanoseconds < 0 {
			return fmt.Errorf("Unavailability 'duration' is negative")
		}
		for _, m := range window.Machines {
			if m == (machine{}) {
				return fmt.Errorf("Both 'hostname' and 'ip' for a machine are empty")
			}
			if m.IP != "" && net.ParseIP(m.IP).To4() == nil {
				return fmt.Errorf("Failed to parse the IP")
			}
			if seen[m] {
				text, _ := json.Marshal(m)
				return fmt.Errorf("Machine '%s' appears more than once in the schedule", text)
			}
			seen[m] = true
		}
	}
	return nil
}

// serveSchedule is /maintenance/schedule: GET, and POST, which replaces it whole. A POST to a leader that has not read the registry yet
// waits for it; a GET does not, and shows none.
func (m *Master) serveSchedule(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		if now := m.registry.current().Schedule; now != nil {
			web.JSON(w, r, now)
			return
		}
		web.JSON(w, r, map[string]any{})
	case http.MethodPost:
		var next schedule
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &next)
		}
		if err == nil {
			err = next.check()
		}
		if err != nil {
			web.Text(w, http.StatusBadRequest, err.Error())
			return
		}
		if m.whenRecovered(r) {
			m.change("update maintenance schedule", func(r *record) { r.Schedule = &next })
			web.Empty(w, http.StatusOK)
		}
	default:
		web.WrongMethod(w, r, http.MethodGet, http.MethodPost)
	}
}

// whenRecovered waits until the registry was read; it gives up with the client.
func (m *Master) whenRecovered(r *http.Request) bool {
	for {
		m.mu.Lock()
		recovered := m.recovered
		m.mu.Unlock()
		if recovered {
			return true
		}
		if wait(r.Context(), 50*time.Millisecond) != nil {
			return false
		}
	}
}

// serveMaintenanceStatus is /maintenance/status. Machines of the schedule drain; none is taken down by the double.
func (m *Master) serveMaintenanceStatus(w http.ResponseWriter, r *http.Request) {
	draining := []map[string]any{}
	if now := m.registry.current().Schedule; now != nil {
		for _, window := range now.Windows {
			for _, one := range window.Machines {
				draining = append(draining, map[string]any{"id": one})
			}
		}
	}
	if len(draining) == 0 {
		web.JSON(w, r, map[string]any{})
		return
	}
	web.JSON(w, r, map[string]any{"draining_machines": draining})
}
