package marathonlb

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Proxy runs HAProxy as master and workers: at a reload new workers take the listeners over, and the old ones
// go on with their connections until these end.
type Proxy struct {
	args   *Args
	Binary string
	cmd    *exec.Cmd
	ended  chan error
}

// NewProxy uses the haproxy in the PATH.
func NewProxy(a *Args) *Proxy { return &Proxy{args: a, Binary: "haproxy", ended: make(chan error, 1)} }

// Check asks HAProxy whether it would take a configuration.
func (p *Proxy) Check(file string) error {
	if p.args.SkipCheck {
		return nil
	}
	out, err := exec.Command(p.Binary, "-c", "-f", file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("haproxy does not take the configuration: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Apply puts a configuration in place when it differs and is valid, and starts or reloads HAProxy.
func (p *Proxy) Apply(config, vhosts string) error {
	file := p.args.Config
	maps := filepath.Join(p.args.Dir(), "domain2backend.map")
	now, err := os.ReadFile(file)
	if err == nil && string(now) == config && p.cmd != nil {
		return nil
	}
	candidate := file + ".candidate"
	if err := os.WriteFile(candidate, []byte(config), 0o644); err != nil {
		return err
	}
	defer os.Remove(candidate)
	if err := p.Check(candidate); err != nil {
		return err
	}
	if err := replaceFile(maps, vhosts); err != nil {
		return err
	}
	if err := replaceFile(file, config); err != nil {
		return err
	}
	if p.cmd == nil {
		return p.start()
	}
	log.Print("running config is different from generated config - reloading")
	if err := p.saveState(); err != nil {
		log.Printf("the state of the servers: %v", err)
	}
	return p.cmd.Process.Signal(syscall.SIGUSR2)
}

func (p *Proxy) start() error {
	cmd := exec.Command(p.Binary, "-W", "-f", p.args.Config, "-x", filepath.Join(p.args.Dir(), "socket"))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if _, err := os.Stat(filepath.Join(p.args.Dir(), "socket")); err != nil {
		cmd.Args = cmd.Args[:len(cmd.Args)-2] // nobody is there to take listeners over from
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd = cmd
	go func() { p.ended <- cmd.Wait() }()
	return nil
}

// saveState keeps which servers are up for the workers to come.
func (p *Proxy) saveState() error {
	conn, err := net.DialTimeout("unix", filepath.Join(p.args.Dir(), "socket"), time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := io.WriteString(conn, "show servers state\n"); err != nil {
		return err
	}
	text, err := io.ReadAll(conn)
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(p.args.Dir(), "state", "global"), string(text))
}

// Stop lets HAProxy finish its connections for a moment, then ends it.
func (p *Proxy) Stop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGUSR1)
	select {
	case <-p.ended:
	case <-time.After(3 * time.Second):
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.ended:
		case <-time.After(3 * time.Second):
			_ = p.cmd.Process.Kill()
		}
	}
}

// pause waits, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
