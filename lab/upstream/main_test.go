package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func TestHasImagesAsDockerHubHasThem(t *testing.T) {
	image, err := random.Image(1000, 2)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "images.tar")
	tag, _ := name.NewTag("hello:1")
	if err := tarball.WriteToFile(file, tag, image); err != nil {
		t.Fatal(err)
	}
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	tags, err := load(images, file)
	if err != nil || len(tags) != 1 || tags[0] != "library/hello:1" {
		t.Fatalf("loaded %v, %v", tags, err)
	}
	server := httptest.NewServer(readOnly(images))
	defer server.Close()
	place, _ := name.ParseReference(server.Listener.Addr().String()+"/library/hello:1", name.Insecure)
	got, err := remote.Image(place)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := image.ConfigName()
	if config, err := got.ConfigName(); err != nil || config != want {
		t.Errorf("pulled %v (%v), not %v", config, err, want)
	}
	other, _ := random.Image(1000, 1)
	if err := remote.Write(place.(name.Tag), other); err == nil {
		t.Error("it takes a push")
	}
	answer, err := http.Get(server.URL + "/v2/")
	if err != nil || answer.StatusCode != http.StatusOK || answer.Header.Get("X-Datacentre-Lab") != "stand-in" {
		t.Errorf("/v2/ answers %v, %v", answer, err)
	}
}

func TestSaysWhichFileIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none.tar")
	if err := os.WriteFile(file, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(registry.New(), file); err == nil {
		t.Error("it loads what is no archive")
	}
}
