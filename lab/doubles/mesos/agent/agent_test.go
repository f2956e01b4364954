package agent

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"datacentre/lab/doubles/mesos/netself"
	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

func described(t *testing.T, hostname string, port int, amounts, attributes string) wire.AgentInfo {
	t.Helper()
	set, _, err := resources.Parse(amounts, "*")
	if err != nil {
		t.Fatal(err)
	}
	return wire.AgentInfo{Hostname: hostname, Port: port, Resources: set.Wire(""), Attributes: resources.ParseAttributes(attributes)}
}

func TestCompatible(t *testing.T) {
	const amounts, rack = "cpus:2;mem:64;ports:[310010-310019]", "rack:r1"
	before := described(t, "h", 5051, amounts, rack)
	cases := []struct {
		name, policy string
		now          wire.AgentInfo
		want         string
	}{
		{"the same", "equal", described(t, "h", 5051, amounts, rack), ""},
		{"more under equal", "equal", described(t, "h", 5051, "cpus:3;mem:64;ports:[310010-310019]", rack), "Incompatible agent info detected."},
		{"hostname under equal", "equal", described(t, "i", 5051, amounts, rack), "Incompatible agent info detected."},
		{"attribute under equal", "equal", described(t, "h", 5051, amounts, "rack:r2"), "Incompatible agent info detected."},
		{"more under additive", "additive", described(t, "h", 5051, "cpus:3;mem:64;ports:[310000-310099];new:1", "rack:r1;zone:z"), ""},
		{"other ports", "additive", described(t, "h", 5051, "cpus:2;mem:64;ports:[31100-31119]", rack),
			"Configuration change not permitted under 'additive' policy: Previous value of range resource 'ports' ([310010-310019]) not included in current [31100-31119]"},
		{"less", "additive", described(t, "h", 5051, "cpus:2;mem:63;ports:[310010-310019]", rack), "Value of scalar resource 'mem' decreased from 64 to 63"},
		{"hostname", "additive", described(t, "i", 5051, amounts, rack), "Hostname changed from h to i"},
		{"port", "additive", described(t, "h", 5052, amounts, rack), "Port changed from 5051 to 5052"},
		{"attribute changed", "additive", described(t, "h", 5051, amounts, "rack:r2"), "Value of text attribute 'rack' changed from r1 to r2"},
		{"attribute lost", "additive", described(t, "h", 5051, amounts, ""), "Couldn't find attribute rack=r1"},
		{"attribute's type", "additive", described(t, "h", 5051, amounts, "rack:7"), "Type of attribute 'rack' changed from TEXT to SCALAR"},
	}
	for _, c := range cases {
		err := Compatible(c.policy, before, c.now)
		if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOffered(t *testing.T) {
	host := Host{CPUs: 4, Memory: 8 * gigabyte, Disk: 100 * gigabyte}
	small := Host{CPUs: 1, Memory: gigabyte, Disk: 4 * gigabyte}
	for _, c := range []struct {
		flag string
		host Host
		want string
	}{
		{"", host, "cpus:4; mem:7168; disk:97280; ports:[31000-32000]"},
		{"", small, "cpus:1; mem:512; disk:2048; ports:[31000-32000]"},
		{"cpus:0;ports:[80-80,31000-31001]", host, "mem:7168; disk:97280; ports:[80-80, 31000-31001]"},
	} {
		flags := Flags()
		if err := flags.Load([]string{"--work_dir=/w", "--resources=" + c.flag}, nil, "MESOS_"); err != nil {
			t.Fatal(err)
		}
		set, err := Offered(flags, c.host)
		if err != nil || set.String() != c.want {
			t.Errorf("%q: got %s, %v", c.flag, set, err)
		}
	}
	flags := Flags()
	if err := flags.Load(nil, nil, "MESOS_"); err == nil || !strings.Contains(err.Error(), "'work_dir' is required") {
		t.Errorf("without work_dir: %v", err)
	}
}

func dockerTask(d wire.DockerInfo, command wire.CommandInfo) (*wire.TaskInfo, *wire.ContainerInfo) {
	task := &wire.TaskInfo{Name: "t", TaskID: wire.ID{Value: "t"}, Command: &command, Resources: []wire.Resource{
		{Name: "cpus", Type: "SCALAR", Scalar: &wire.Scalar{Value: 0.5}}, {Name: "mem", Type: "SCALAR", Scalar: &wire.Scalar{Value: 64}},
		{Name: "ports", Type: "RANGES", Ranges: &wire.Ranges{Range: []wire.Range{{Begin: 31000, End: 31001}}}}}}
	return task, &wire.ContainerInfo{Type: "DOCKER", Docker: &d}
}

var options = runOptions{name: "mesos-x", sandbox: "/s", mapped: "/mnt/mesos/sandbox", role: "*"}

func TestRunArgs(t *testing.T) {
	value, host, no := "echo hi", "/h", false
	task, container := dockerTask(wire.DockerInfo{Image: "i:1", Network: "BRIDGE", Privileged: true,
		PortMappings: []wire.PortMapping{{HostPort: 31000, ContainerPort: 80, Protocol: "TCP"}},
		Parameters:   []wire.Parameter{{Key: "label", Value: "a=b"}}},
		wire.CommandInfo{Value: &value, Environment: &wire.Environment{Variables: []wire.Variable{{Name: "A", Value: "1"}}}})
	container.Volumes = []wire.Volume{{Mode: "RO", ContainerPath: "/c", HostPath: &host}, {Mode: "RW", ContainerPath: "in", HostPath: &host}}
	got, err := runArgs(task, container, options)
	want := strings.Fields(`run --privileged --cpu-shares 512 --memory 67108864 -e A=1 -e MESOS_SANDBOX=/mnt/mesos/sandbox
		-e MESOS_CONTAINER_NAME=mesos-x -e MESOS_ALLOCATION_ROLE=* -v /h:/c:ro -v /h:/mnt/mesos/sandbox/in:rw -v /s:/mnt/mesos/sandbox
		--net bridge -p 31000:80/tcp --entrypoint /bin/sh --name mesos-x --label=a=b i:1 -c`)
	if err != nil || !reflect.DeepEqual(got, append(want, "echo hi")) {
		t.Errorf("got %v, %v", got, err)
	}

	task, container = dockerTask(wire.DockerInfo{Image: "i", Parameters: []wire.Parameter{{Key: "net", Value: "calico"}}},
		wire.CommandInfo{Shell: &no, Arguments: []string{"serve", "--now"}})
	got, err = runArgs(task, container, options)
	line := strings.Join(got, " ")
	if err != nil || !strings.Contains(line, "--net calico ") || !strings.HasSuffix(line, "--name mesos-x i serve --now") || strings.Contains(line, "entrypoint") {
		t.Errorf("got %v, %v", line, err)
	}
}

func TestRunArgsRefused(t *testing.T) {
	value := "x"
	for want, d := range map[string]wire.DockerInfo{
		"Port [8080] not included in resources":                 {Network: "BRIDGE", PortMappings: []wire.PortMapping{{HostPort: 8080, ContainerPort: 80}}},
		"Port mappings are only supported for bridge":           {Network: "HOST", PortMappings: []wire.PortMapping{{HostPort: 31000, ContainerPort: 80}}},
		"No network info found in container info":               {Network: "USER"},
		"Unsupported Network mode: TOKENRING":                   {Network: "TOKENRING"},
		"Shell specified but no command value provided":         {Network: "HOST", Image: "novalue"},
		"Both host_path 'rel' and container_path 'rel2' of a v": {Network: "HOST", Image: "volume"},
	} {
		task, container := dockerTask(d, wire.CommandInfo{Value: &value})
		if d.Image == "novalue" {
			task.Command.Value = nil
		}
		if d.Image == "volume" {
			relative := "rel"
			container.Volumes = []wire.Volume{{Mode: "RW", HostPath: &relative, ContainerPath: "rel2"}}
		}
		if _, err := runArgs(task, container, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestOutcomeMessages(t *testing.T) {
	for want, o := range map[string]outcome{
		"Command exited with status 3":              {Status: 3},
		"Command exited with status 0":              {},
		"Command terminated with signal Terminated": {Status: 143, Signal: syscall.SIGTERM},
		"Command terminated with signal Killed":     {Status: 137, Signal: syscall.SIGKILL},
	} {
		if got := o.message("Command"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestExecute(t *testing.T) {
	for script, want := range map[string]outcome{"echo out; echo err >&2; exit 5": {Status: 5}, "kill -9 $$": {Status: 137, Signal: syscall.SIGKILL}, "true": {}} {
		meta, sandbox := t.TempDir(), t.TempDir()
		if err := save(filepath.Join(meta, "exec.json"), command{Argv: []string{"/bin/sh", "-c", script}, Dir: sandbox}); err != nil {
			t.Fatal(err)
		}
		if err := Execute(meta); err != nil {
			t.Fatal(err)
		}
		var got outcome
		if err := load(filepath.Join(meta, "exit.json"), &got); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", script, got, err)
		}
		var p process
		if err := load(filepath.Join(meta, "pid.json"), &p); err != nil || p.Executor != os.Getpid() || !p.alive() || p.Since == "" {
			t.Errorf("%s: process %+v, %v", script, p, err)
		}
		p.Started = "0"
		if p.alive() {
			t.Error("a pid that was given again is taken for the executor")
		}
		if out, _ := os.ReadFile(filepath.Join(sandbox, "stdout")); strings.HasPrefix(script, "echo") && string(out) != "out\n" {
			t.Errorf("stdout holds %q", out)
		}
	}
}

func TestFetchStaysInTheSandbox(t *testing.T) {
	source, sandbox := filepath.Join(t.TempDir(), "data"), t.TempDir()
	if err := os.WriteFile(source, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fetchAll(t.Context(), []wire.FetchURI{{Value: "file://" + source, Executable: true}}, sandbox); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(sandbox, "data")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("the file is not there or not executable: %v", err)
	}
	for _, bad := range []wire.FetchURI{{Value: "file://" + source, OutputFile: "../out"}, {Value: "file:///nowhere/at/all"}, {Value: "hdfs://x/y"}} {
		if err := fetchAll(t.Context(), []wire.FetchURI{bad}, sandbox); err == nil {
			t.Errorf("%+v was fetched", bad)
		}
	}
}

func TestContainerOf(t *testing.T) {
	const id = "0b5c1a2e-8f0c-4b1f-9d6e-1a2b3c4d5e6f"
	for name, want := range map[string]string{
		"mesos-" + id: id, "mesos-S1." + id: id, "mesos-S1." + id + ".executor": id,
		"mesos-" + id + ".executor": "", "mesos-master1": "", "x-mesos-" + id: "", "mesos-": "", "mesos-a.b." + id + ".d": "",
	} {
		if got := containerOf(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestStopsWhatOtherAgentsRun(t *testing.T) {
	const mine, other, ended = "mesos-0b5c1a2e-8f0c-4b1f-9d6e-000000000001", "mesos-0b5c1a2e-8f0c-4b1f-9d6e-000000000002", "mesos-0b5c1a2e-8f0c-4b1f-9d6e-000000000003"
	dir := t.TempDir()
	docker := filepath.Join(dir, "docker")
	script := "#!/bin/sh\nshift 2\necho \"$*\" >>" + dir + "/asked\n[ \"$1\" != ps ] || printf '%s\\n' " +
		strings.Join([]string{"web", "mesos-master1", mine, other, ended, other + ".executor"}, " ") + "\n[ \"$4\" != " + ended + " ]\n"
	if err := os.WriteFile(docker, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ more, want string }{
		{"", "ps -a --format {{.Names}}\nstop -t 0 " + other + "\nrm -v " + other + "\nstop -t 0 " + ended + "\nrm -f -v " + ended + "\n"},
		{"MESOS_DOCKER_KILL_ORPHANS=false", ""},
		{"MESOS_CONTAINERIZERS=mesos", ""},
	} {
		flags := Flags()
		env := []string{"MESOS_WORK_DIR=" + filepath.Join(dir, "elsewhere", "work"), "MESOS_RUNTIME_DIR=" + dir, "MESOS_CONTAINERIZERS=docker",
			"MESOS_DOCKER=" + docker, "MESOS_RESOURCES=cpus:1;mem:64;disk:10", "MESOS_DOCKER_MESOS_IMAGE=i"}
		if name, _, ok := strings.Cut(c.more, "="); ok {
			env = append(slices.DeleteFunc(env, func(pair string) bool { return strings.HasPrefix(pair, name+"=") }), c.more)
		}
		if err := flags.Load(nil, env, "MESOS_"); err != nil {
			t.Fatal(err)
		}
		a, err := New(flags, netself.Self{IP: "127.0.0.1", Hostname: "h"}, t.Fatalf)
		if err != nil {
			t.Fatal(err)
		}
		a.runs["f/t"] = &run{ContainerID: strings.TrimPrefix(mine, "mesos-")}
		_ = os.Remove(filepath.Join(dir, "asked"))
		a.KillOrphans()
		asked, _ := os.ReadFile(filepath.Join(dir, "asked"))
		if string(asked) != c.want || flags.String("docker_mesos_image") != "i" {
			t.Errorf("%s: asked %q, want %q", c.more, asked, c.want)
		}
	}
}
