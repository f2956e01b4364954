package master

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// quantiles follow every timer's name.
var quantiles = []string{"", "/count", "/max", "/min", "/p50", "/p90", "/p95", "/p99", "/p999", "/p9999"}

// plain are metrics that count and start at 0.
var plain = strings.Fields(`
allocator/event_queue_dispatches allocator/mesos/allocation_runs allocator/mesos/event_queue_dispatches
master/dropped_messages master/elected master/event_queue_dispatches master/event_queue_http_requests master/event_queue_messages
master/http_cache_hits master/invalid_executor_to_framework_messages master/invalid_framework_to_executor_messages
master/invalid_operation_status_update_acknowledgements master/invalid_operation_status_updates
master/invalid_status_update_acknowledgements master/invalid_status_updates master/operator_event_stream_subscribers
master/recovery_slave_removals master/slave_registrations master/slave_removals master/slave_removals/reason_registered
master/slave_removals/reason_unhealthy master/slave_removals/reason_unregistered master/slave_reregistrations
master/slave_shutdowns_canceled master/slave_shutdowns_completed master/slave_shutdowns_scheduled master/slave_unreachable_canceled
master/slave_unreachable_completed master/slave_unreachable_scheduled master/valid_executor_to_framework_messages
master/valid_framework_to_executor_messages master/valid_operation_status_update_acknowledgements
master/valid_operation_status_updates master/valid_status_update_acknowledgements master/valid_status_updates
registrar/queued_operations`)

var messages = strings.Fields(`authenticate deactivate_framework decline_offers executor_to_framework exited_executor
framework_to_executor kill_task launch_tasks operation_status_update operation_status_update_acknowledgement reconcile_operations
reconcile_tasks register_framework register_slave reregister_framework reregister_slave resource_request revive_offers status_update
status_update_acknowledgement suppress_offers unregister_framework unregister_slave update_slave`)

var (
	operations      = strings.Fields("create create_disk destroy destroy_disk grow_volume reserve shrink_volume unreserve")
	operationStates = strings.Fields("dropped error failed finished gone_by_operator pending recovering total unreachable")
	endStates       = strings.Fields("dropped error failed finished gone gone_by_operator killed lost")
	liveStates      = strings.Fields("killing running staging starting unreachable")
	frameworkCalls  = strings.Fields(`accept accept_inverse_offers acknowledge acknowledge_operation_status decline
decline_inverse_offers kill message reconcile reconcile_operations request revive shutdown subscribe suppress teardown update_framework`)
	frameworkEvents = strings.Fields(`error failure heartbeat inverse_offers message offers rescind rescind_inverse_offer subscribed
update update_operation_status`)
)

// snapshot is /metrics/snapshot. Callers hold mu.
func (m *Master) snapshot() map[string]any {
	s := map[string]any{}
	zero := func(names ...string) {
		for _, name := range names {
			s[name] = 0.0
		}
	}
	zero(plain...)
	for _, timer := range []string{"allocator/mesos/allocation_run_latency_ms", "allocator/mesos/allocation_run_ms"} {
		for _, q := range quantiles {
			zero(timer + q)
		}
	}
	for _, name := range messages {
		zero("master/messages_" + name)
	}
	for _, state := range operationStates {
		zero("master/operations/" + state)
		for _, op := range operations {
			zero("master/operations/" + op + "/" + state)
		}
	}
	for _, state := range append(append([]string{}, endStates...), liveStates...) {
		zero("master/tasks_" + state)
	}
	m.countAgents(s)
	m.countFrameworks(s)
	countSystem(s)
	for name, value := range m.metrics {
		s[name] = value
	}
	s["master/outstanding_offers"] = float64(len(m.offers))
	s["master/uptime_secs"] = time.Since(m.started).Seconds()
	if m.flags.String("registry") != "in_memory" {
		s["registrar/log/ensemble_size"] = float64(m.registry.log.Size())
		s["registrar/log/recovered"] = 0.0
		if m.registry.log.Recovered() {
			s["registrar/log/recovered"] = 1.0
		}
	}
	return s
}

func (m *Master) countAgents(s map[string]any) {
	var total, used, out resources.Set
	connected := 0.0
	for _, a := range m.agents {
		total, used = total.Plus(a.total), used.Plus(a.used())
		if a.connected {
			connected++
		}
	}
	for _, o := range m.offers {
		out = out.Plus(o.set)
	}
	for _, name := range []string{"cpus", "disk", "gpus", "mem"} {
		all, taken := total.Scalar(name), used.Scalar(name)
		share := 0.0
		if all > 0 {
			share = taken / all
		}
		s["master/"+name+"_total"], s["master/"+name+"_used"], s["master/"+name+"_percent"] = all, taken, share
		for _, suffix := range []string{"_revocable_percent", "_revocable_total", "_revocable_used"} {
			s["master/"+name+suffix] = 0.0
		}
		if name != "gpus" {
			s["allocator/mesos/resources/"+name+"/total"] = all
			s["allocator/mesos/resources/"+name+"/offered_or_allocated"] = taken + out.Scalar(name)
		}
	}
	active, deactivated := m.agentCounts()
	s["master/slaves_active"], s["master/slaves_inactive"] = float64(active), float64(deactivated)
	s["master/slaves_connected"], s["master/slaves_disconnected"] = connected, float64(len(m.agents))-connected
	s["master/slaves_unreachable"] = float64(len(m.registry.current().Unreachable))
}

func (m *Master) countFrameworks(s map[string]any) {
	var connected, disconnected float64
	for _, f := range m.frameworks {
		if f.connected {
			connected++
		} else {
			disconnected++
		}
		for _, t := range f.tasks {
			if name := "master/tasks_" + strings.ToLower(strings.TrimPrefix(t.State, "TASK_")); !wire.Terminal(t.State) {
				before, _ := s[name].(float64)
				s[name] = before + 1
			}
		}
		s["master/tasks_unreachable"] = s["master/tasks_unreachable"].(float64) + float64(len(f.unreachable))
		m.countFramework(s, f)
	}
	s["master/frameworks_active"], s["master/frameworks_connected"] = connected, connected
	s["master/frameworks_inactive"], s["master/frameworks_disconnected"] = disconnected, disconnected
	if m.recovered {
		s["registrar/registry_size_bytes"] = float64(m.registry.size())
		s["registrar/state_fetch_ms"] = 0.0
		for _, q := range quantiles {
			s["registrar/state_store_ms"+q] = 0.0
		}
	}
}

// countFramework adds one framework's own metrics.
func (m *Master) countFramework(s map[string]any, f *framework) {
	prefix := "master/frameworks/" + strings.ReplaceAll(f.info.Name, "/", "%2F") + "/" + f.id + "/"
	sum := func(group string, names []string, counts map[string]float64, key func(string) string) {
		total := 0.0
		for _, name := range names {
			s[prefix+group+"/"+name] = counts[key(name)]
			total += counts[key(name)]
		}
		s[prefix+group] = total
	}
	sum("calls", frameworkCalls, f.calls, func(n string) string { return n })
	sum("events", frameworkEvents, f.events, strings.ToUpper)
	sum("operations", append([]string{"launch", "launch_group"}, operations...), f.calls, func(n string) string { return "operations/" + n })
	for _, name := range []string{"accepted", "declined", "rescinded", "sent"} {
		s[prefix+"offers/"+name] = map[string]float64{"accepted": f.calls["accept"], "declined": f.calls["decline"],
			"rescinded": f.events["RESCIND"], "sent": f.events["OFFERS"]}[name]
	}
	subscribed := 0.0
	if f.connected {
		subscribed = 1
	}
	s[prefix+"subscribed"] = subscribed
	for _, role := range f.info.AllRoles() {
		suppressed := 0.0
		if f.suppressed[role] {
			suppressed = 1
		}
		s[prefix+"roles/"+role+"/suppressed"] = suppressed
		s["allocator/mesos/offer_filters/roles/"+role+"/active"] = float64(len(f.filters))
		s["allocator/mesos/roles/"+role+"/shares/dominant"] = 0.0
	}
	counts := map[string]float64{}
	for _, list := range [][]*wire.Task{values(f.tasks), f.completed, f.unreachable} {
		for _, t := range list {
			counts[strings.ToLower(t.State)]++
		}
	}
	for _, state := range append([]string{"unknown"}, liveStates...) {
		s[prefix+"tasks/active/task_"+state] = counts["task_"+state]
	}
	for _, state := range endStates {
		s[prefix+"tasks/terminal/task_"+state] = counts["task_"+state]
	}
}

// countSystem adds what the machine says of itself.
func countSystem(s map[string]any) {
	s["system/cpus_total"] = float64(runtime.NumCPU())
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		s["system/mem_total_bytes"] = float64(info.Totalram) * float64(info.Unit)
		s["system/mem_free_bytes"] = float64(info.Freeram) * float64(info.Unit)
	}
	load := []string{"0", "0", "0"}
	if data, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = strings.Fields(string(data))
	}
	for i, name := range []string{"1min", "5min", "15min"} {
		s["system/load_"+name], _ = strconv.ParseFloat(load[i], 64)
	}
}
