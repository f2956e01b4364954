package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const created = "2026-07-22T18:07:38Z"

func packed(t *testing.T, folder string) []byte {
	t.Helper()
	program, to := filepath.Join(folder, "program"), filepath.Join(folder, "image.tar")
	if err := os.WriteFile(program, []byte("a program"), 0o600); err != nil {
		t.Fatal(err)
	}
	image := image{user: "65532:65532", entrypoint: "/usr/local/bin/it"}
	err := run(image, to, created, list{"registry.k8s.io/it:v1", "it:2"}, list{"a.b=c=d"}, list{"/usr/local/bin/it"}, []string{"/usr/local/bin/it=" + program})
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func parts(t *testing.T, archive []byte) (map[string][]byte, map[string]*tar.Header, []string) {
	t.Helper()
	contents, headers, names := map[string][]byte{}, map[string]*tar.Header{}, []string{}
	for reader := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return contents, headers, names
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		contents[header.Name], headers[header.Name] = content, header
		names = append(names, header.Name)
	}
}

func TestAnArchiveIsOfOneImageThatNamesItsLayer(t *testing.T) {
	contents, _, _ := parts(t, packed(t, t.TempDir()))
	var manifests []manifest
	if err := json.Unmarshal(contents["manifest.json"], &manifests); err != nil || len(manifests) != 1 {
		t.Fatal(err, manifests)
	}
	of := manifests[0]
	if strings.Join(of.RepoTags, " ") != "registry.k8s.io/it:v1 it:2" || len(of.Layers) != 1 {
		t.Fatal(of)
	}
	var config configuration
	if err := json.Unmarshal(contents[of.Config], &config); err != nil {
		t.Fatal(err)
	}
	if of.Config != sum(contents[of.Config])+".json" || config.RootFS.DiffIDs[0] != "sha256:"+sum(contents[of.Layers[0]]) {
		t.Error("digests differ from what they are of")
	}
	if config.Config.User != "65532:65532" || config.Config.Entrypoint[0] != "/usr/local/bin/it" || config.Config.Labels["a.b"] != "c=d" {
		t.Error(config.Config)
	}
}

func TestALayerHasFoldersFirstAndLetsAProgramBindLowPorts(t *testing.T) {
	contents, _, _ := parts(t, packed(t, t.TempDir()))
	var manifests []manifest
	_ = json.Unmarshal(contents["manifest.json"], &manifests)
	_, headers, names := parts(t, contents[manifests[0].Layers[0]])
	if strings.Join(names, " ") != "etc/ etc/group etc/nsswitch.conf etc/passwd tmp/ usr/ usr/local/ usr/local/bin/ usr/local/bin/it" {
		t.Error(names)
	}
	program := headers["usr/local/bin/it"]
	if program.Mode != 0o755 || program.PAXRecords["SCHILY.xattr.security.capability"] != mayBindLow || len(mayBindLow) != 20 {
		t.Error(program)
	}
	if headers["tmp/"].Mode != 0o1777 {
		t.Error(headers["tmp/"])
	}
}

func TestTheSameBytesComeFromTheSameFiles(t *testing.T) {
	if !bytes.Equal(packed(t, t.TempDir()), packed(t, t.TempDir())) {
		t.Error("two archives differ")
	}
}

func TestWhatIsNotAnImageIsRefused(t *testing.T) {
	to := filepath.Join(t.TempDir(), "x.tar")
	for problem, err := range map[string]error{
		"needed":        run(image{}, to, created, nil, nil, nil, nil),
		"no PATH=FILE":  run(image{}, to, created, list{"a:b"}, nil, nil, []string{"bin/a=/bin/true"}),
		"no such file":  run(image{}, to, created, list{"a:b"}, nil, nil, []string{"/a=/none"}),
		"no program is": run(image{}, to, created, list{"a:b"}, nil, list{"/b"}, []string{"/a=/bin/true"}),
		"cannot parse":  run(image{}, to, "today", list{"a:b"}, nil, nil, []string{"/a=/bin/true"}),
	} {
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%v is not %s", err, problem)
		}
	}
}
