package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"
)

// names knows the Calico profile of each Docker network. Docker's protocol gives drivers a network's id alone, and tells its
// options to the host on which it is made; so Docker is asked, once for each network. The answers are in a file, because
// Docker cannot be asked while it starts, which is when it starts the containers that it starts by itself.
type names struct {
	file string
	list func(context.Context) ([]dockerNetwork, error)

	mutex sync.Mutex
	known map[string]string
}

func newNames(file string, list func(context.Context) ([]dockerNetwork, error)) *names {
	n := &names{file: file, list: list, known: map[string]string{}}
	content, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(content, &n.known)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		log.Printf("%s is not read, Docker is asked instead: %v", file, err)
		n.known = map[string]string{}
	}
	return n
}

// profileOf is the profile of a network's containers: what its option says, else the network's name.
func (n *names) profileOf(ctx context.Context, networkID string) (string, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if profile, ok := n.known[networkID]; ok {
		return profile, nil
	}
	networks, err := n.list(ctx)
	if err != nil {
		return "", fmt.Errorf("Docker did not say which network %.12s is: %w", networkID, err)
	}
	// All are taken anew: others' hosts make and remove networks too.
	n.known = map[string]string{}
	for _, network := range networks {
		n.known[network.ID] = network.Name
		if profile := network.Options[profileOption]; profile != "" {
			n.known[network.ID] = profile
		}
	}
	n.save()
	profile, ok := n.known[networkID]
	if !ok {
		return "", fmt.Errorf("Docker knows no network %.12s of driver calico: see 'docker network ls', and the engine's cluster-store", networkID)
	}
	return profile, nil
}

func (n *names) forget(networkID string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if _, ok := n.known[networkID]; ok {
		delete(n.known, networkID)
		n.save()
	}
}

// save writes the file whole. Without it nothing fails until Docker starts again, so an error is told and not returned.
func (n *names) save() {
	content, err := json.MarshalIndent(n.known, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(n.file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(n.file+".new", append(content, '\n'), 0o644)
	}
	if err == nil {
		err = os.Rename(n.file+".new", n.file)
	}
	if err != nil {
		log.Printf("%s was not written, so containers may not start with the engine: %v", n.file, err)
	}
}
