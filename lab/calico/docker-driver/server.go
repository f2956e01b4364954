package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// pluginContent is the content type of Docker's plugin protocol.
// Source: docs.docker.com/engine/extend/plugin_api.
const pluginContent = "application/vnd.docker.plugins.v1.2+json"

// requestTimeout bounds what a request may take with etcd; Docker itself waits without end, with the container's start.
const requestTimeout = 25 * time.Second

// empty is the request or the answer of calls that have nothing to say.
type empty struct{}

// newPlugin is a plugin's handler with the call by which Docker asks what it implements.
func newPlugin(implements string) *http.ServeMux {
	mux := http.NewServeMux()
	handle(mux, "/Plugin.Activate", func(context.Context, empty) (map[string][]string, error) {
		return map[string][]string{"Implements": {implements}}, nil
	})
	return mux
}

// handle adds a call. An error goes to Docker as {"Err": …} with status 500, which it shows to who asked.
func handle[Request, Answer any](mux *http.ServeMux, path string, call func(context.Context, Request) (Answer, error)) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		var request Request
		answer, err := func() (answer any, err error) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
			if err != nil {
				return nil, err
			}
			if len(body) > 0 {
				if err := json.Unmarshal(body, &request); err != nil {
					return nil, fmt.Errorf("Docker's request is not as its plugin protocol has it: %w", err)
				}
			}
			return call(ctx, request)
		}()
		w.Header().Set("Content-Type", pluginContent)
		if err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				err = fmt.Errorf("%w: etcd did not answer within %s; see whether its servers are up", err, requestTimeout)
			}
			log.Printf("%s %+v failed after %d ms: %v", path[1:], request, time.Since(begun).Milliseconds(), err)
			w.WriteHeader(http.StatusInternalServerError)
			answer = map[string]string{"Err": err.Error()}
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// listen makes the socket by which Docker finds the plugin: its file's name is the driver's.
func listen(folder, name string) (net.Listener, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, name+".sock")
	// One that answers belongs to a plugin that runs: taking its place would part Docker from it.
	if other, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = other.Close()
		return nil, fmt.Errorf("another program serves %s; end it (fuser -v %s), or do without this one", path, path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return listener, os.Chmod(path, 0o600)
}

// notifyReady tells systemd, where it asks (Type=notify), that Docker may come.
func notifyReady(socket string) {
	if socket == "" {
		return
	}
	connection, err := net.Dial("unixgram", socket)
	if err != nil {
		log.Printf("systemd was not told that the drivers are ready: %v", err)
		return
	}
	defer connection.Close()
	_, _ = connection.Write([]byte("READY=1"))
}
