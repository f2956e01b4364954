package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"
)

type program struct {
	path    string
	content []byte
	binds   bool
}

type image struct {
	tags       []string
	created    time.Time
	user       string
	entrypoint string
	labels     map[string]string
	programs   []program
}

// What an engine knows of an image (OCI's image configuration), as far as these have it.
type configuration struct {
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	Created      time.Time `json:"created"`
	Config       struct {
		User       string            `json:"User,omitempty"`
		Env        []string          `json:"Env"`
		Entrypoint []string          `json:"Entrypoint,omitempty"`
		WorkingDir string            `json:"WorkingDir"`
		Labels     map[string]string `json:"Labels,omitempty"`
	} `json:"config"`
	RootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
	History []struct {
		Created   time.Time `json:"created"`
		CreatedBy string    `json:"created_by"`
	} `json:"history"`
}

type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func (i *image) mayBind(path string) error {
	for n := range i.programs {
		if i.programs[n].path == path {
			i.programs[n].binds = true
			return nil
		}
	}
	return fmt.Errorf("no program is at %s", path)
}

// write makes Docker's archive of one image with one layer.
func (i *image) write(to io.Writer) error {
	layer, err := i.layer()
	if err != nil {
		return err
	}
	digest := sum(layer)
	var config configuration
	config.Architecture, config.OS, config.Created = runtime.GOARCH, "linux", i.created
	config.Config.User = i.user
	// Of the distroless images that Kubernetes' own stand on.
	config.Config.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	config.Config.WorkingDir = "/"
	config.Config.Labels = i.labels
	if i.entrypoint != "" {
		config.Config.Entrypoint = []string{i.entrypoint}
	}
	config.RootFS.Type, config.RootFS.DiffIDs = "layers", []string{"sha256:" + digest}
	config.History = append(config.History, struct {
		Created   time.Time `json:"created"`
		CreatedBy string    `json:"created_by"`
	}{i.created, "the lab's pack"})
	described, err := json.Marshal(config)
	if err != nil {
		return err
	}
	name, layerName := sum(described)+".json", digest+"/layer.tar"
	listed, err := json.Marshal([]manifest{{Config: name, RepoTags: i.tags, Layers: []string{layerName}}})
	if err != nil {
		return err
	}
	archive := tar.NewWriter(to)
	for _, part := range []struct {
		name    string
		content []byte
	}{{"manifest.json", listed}, {name, described}, {layerName, layer}} {
		header := &tar.Header{Name: part.name, Mode: 0o644, Size: int64(len(part.content)), ModTime: i.created}
		if err := add(archive, header, part.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

func add(archive *tar.Writer, header *tar.Header, content []byte) error {
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}
