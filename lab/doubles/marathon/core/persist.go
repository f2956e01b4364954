package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"datacentre/lab/doubles/marathon/app"
)

var errBusy = errors.New("too many calls wait for the master")

const keptVersions = 25

// Failure is the last one of an application, as /v2/apps shows it.
type Failure struct {
	AppID     string `json:"appId"`
	Host      string `json:"host"`
	Message   string `json:"message"`
	State     string `json:"state"`
	TaskID    string `json:"taskId"`
	Timestamp string `json:"timestamp"`
	Version   string `json:"version"`
	SlaveID   string `json:"slaveId,omitempty"`
}

type savedPlan struct {
	ID, Version      string
	Original, Target json.RawMessage
}

func (c *Core) put(key string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		log.Printf("writing %s: %v", key, err)
		return
	}
	c.store.Put(key, body)
}

func (c *Core) save(i *Instance) { c.put("instance/"+i.ID, i) }

func (c *Core) saveRoot() {
	body, err := c.root.Encode()
	if err != nil {
		log.Printf("writing the groups: %v", err)
		return
	}
	c.store.Put("group/root", body)
	c.roots[c.root.Version] = c.root
	for len(c.roots) > keptVersions {
		oldest := ""
		for version := range c.roots {
			if oldest == "" || version < oldest {
				oldest = version
			}
		}
		delete(c.roots, oldest)
	}
}

func (c *Core) saveVersion(a *app.App) {
	if c.versions[a.ID] == nil {
		c.versions[a.ID] = map[string]*app.App{}
	}
	if c.versions[a.ID][a.Version] == nil {
		c.put("app/"+app.Safe(a.ID)+":"+a.Version, a)
	}
	c.versions[a.ID][a.Version] = a
	if len(c.versions[a.ID]) > keptVersions {
		oldest := ""
		for version := range c.versions[a.ID] {
			if oldest == "" || version < oldest {
				oldest = version
			}
		}
		delete(c.versions[a.ID], oldest)
		c.store.Put("app/"+app.Safe(a.ID)+":"+oldest, nil)
	}
}

func (c *Core) forgetVersions(appID string) {
	for version := range c.versions[appID] {
		c.store.Put("app/"+app.Safe(appID)+":"+version, nil)
	}
	delete(c.versions, appID)
}

func (c *Core) savePlan(p *Plan) {
	original, err1 := p.Original.Encode()
	target, err2 := p.Target.Encode()
	if err := errors.Join(err1, err2); err != nil {
		log.Printf("writing deployment %s: %v", p.ID, err)
		return
	}
	c.put("deployment/"+p.ID, savedPlan{p.ID, p.Version, original, target})
}

func (c *Core) load() error {
	id, err := c.store.Get("framework/id")
	if err != nil {
		return err
	}
	c.framework = string(id)
	if body, err := c.store.Get("group/root"); err != nil {
		return err
	} else if body != nil {
		if c.root, err = app.Decode(body); err != nil {
			return fmt.Errorf("the groups in ZooKeeper are not readable: %w", err)
		}
	}
	c.roots[c.root.Version] = c.root
	err = each(c, "app", func(_ string, a *app.App) {
		if c.versions[a.ID] == nil {
			c.versions[a.ID] = map[string]*app.App{}
		}
		c.versions[a.ID][a.Version] = a
	})
	if err == nil {
		err = each(c, "instance", func(_ string, i *Instance) { c.instances[i.ID] = i })
	}
	if err == nil {
		err = each(c, "taskFailures", func(_ string, f *Failure) { c.failures[f.AppID] = f })
	}
	if err == nil {
		err = each(c, "deployment", func(_ string, p *savedPlan) {
			original, err1 := app.Decode(p.Original)
			target, err2 := app.Decode(p.Target)
			if errors.Join(err1, err2) == nil {
				c.running = append(c.running, &Deployment{Plan: newPlan(p.ID, p.Version, original, target)})
			}
		})
	}
	return err
}

func each[T any](c *Core, dir string, fn func(string, *T)) error {
	list, err := c.store.List(dir)
	if err != nil {
		return err
	}
	for name, body := range list {
		value := new(T)
		if err := json.Unmarshal(body, value); err != nil {
			return fmt.Errorf("%s/%s in ZooKeeper is not readable: %w", dir, name, err)
		}
		fn(name, value)
	}
	return nil
}

// resume continues what an earlier leader had begun.
func (c *Core) resume() {
	now := time.Now()
	for _, a := range c.root.All() {
		c.register(a, false)
	}
	for _, i := range c.instances {
		if i.Condition == Scheduled && i.Goal == Running {
			c.enqueue(i.App, now)
		}
		if i.Condition == Unreachable || i.Condition == Inactive {
			c.unreachable[i.ID] = i.Since
		}
		if i.Goal == Decommissioned && !i.Launched() {
			delete(c.instances, i.ID)
			c.store.Put("instance/"+i.ID, nil)
		}
	}
	for _, d := range append([]*Deployment(nil), c.running...) {
		c.begin(d)
	}
	c.poke()
}

// Framework is the id that the master gave; "" before that.
func (c *Core) Framework() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.framework
}

// SetFramework keeps the id for the leaders to come.
func (c *Core) SetFramework(id, ui string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaderUI = ui
	if c.framework != id {
		c.framework = id
		c.store.Put("framework/id", []byte(id))
	}
	now := time.Now()
	c.offers = revival{}
	// Not at once: a new master knows nothing of the tasks until its agents have registered again.
	c.due.reconcile = now.Add(c.Conf.ReconcileFirst)
	c.wantOffers(now)
}

// ForgetFramework lets the next subscription begin anew, after the master removed this one.
func (c *Core) ForgetFramework() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.framework = ""
	c.store.Put("framework/id", nil)
}
