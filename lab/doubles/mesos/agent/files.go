package agent

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// paths are the places under the work directory, laid out as the real agent's.
type paths struct{ work string }

func (p paths) meta() string     { return filepath.Join(p.work, "meta") }
func (p paths) latest() string   { return filepath.Join(p.meta(), "slaves", "latest") }
func (p paths) bootID() string   { return filepath.Join(p.meta(), "boot_id") }
func (p paths) agentDir() string { return filepath.Join(p.meta(), "slaves") }

// run gives the place of one run of a task's executor below a root: the work directory or its meta.
func (p paths) run(root, agentID, frameworkID, taskID, containerID string) string {
	return filepath.Join(root, "slaves", agentID, "frameworks", frameworkID, "executors", taskID, "runs", containerID)
}

// linkLatest points the link `latest` beside a directory to it.
func linkLatest(dir string) error {
	link := filepath.Join(filepath.Dir(dir), "latest")
	_ = os.Remove(link + ".new")
	if err := os.Symlink(dir, link+".new"); err != nil {
		return err
	}
	return os.Rename(link+".new", link)
}

// save writes a value as JSON, whole or not at all.
func save(path string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func load(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
