package agent

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"datacentre/lab/doubles/mesos/wire"
)

// fetchAll brings a command's URIs into the sandbox: http, https, file and plain paths. Archives are unpacked
// unless that is switched off.
func fetchAll(ctx context.Context, uris []wire.FetchURI, sandbox string) error {
	for _, uri := range uris {
		if err := fetchOne(ctx, uri, sandbox); err != nil {
			note := fmt.Sprintf("Failed to fetch '%s': %v\n", uri.Value, err)
			if f, openErr := os.OpenFile(filepath.Join(sandbox, "stderr"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); openErr == nil {
				_, _ = f.WriteString(note)
				_ = f.Close()
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("exited with status 1")
		}
	}
	return nil
}

func fetchOne(ctx context.Context, uri wire.FetchURI, sandbox string) error {
	parsed, err := url.Parse(uri.Value)
	if err != nil {
		return err
	}
	name := filepath.Base(parsed.Path)
	if uri.OutputFile != "" {
		name = uri.OutputFile
	}
	target := filepath.Join(sandbox, name)
	if !strings.HasPrefix(target, sandbox+"/") {
		return fmt.Errorf("'%s' would lie outside the sandbox", name)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	source, err := open(ctx, parsed, uri.Value)
	if err != nil {
		return err
	}
	defer source.Close()
	mode := os.FileMode(0o644)
	if uri.Executable {
		mode = 0o755
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, source); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if uri.Executable || (uri.Extract != nil && !*uri.Extract) {
		return nil
	}
	return unpack(ctx, target, sandbox)
}

func open(ctx context.Context, u *url.URL, value string) (io.ReadCloser, error) {
	switch u.Scheme {
	case "http", "https":
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, value, nil)
		if err != nil {
			return nil, err
		}
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		if reply.StatusCode != http.StatusOK {
			_ = reply.Body.Close()
			return nil, fmt.Errorf("unexpected status %s", reply.Status)
		}
		return reply.Body, nil
	case "file", "":
		if !filepath.IsAbs(u.Path) {
			return nil, fmt.Errorf("a path must be absolute, as no frameworks_home is used")
		}
		return os.Open(u.Path)
	}
	return nil, fmt.Errorf("the double does not fetch '%s' addresses", u.Scheme)
}

// unpack unpacks what its name says is an archive.
func unpack(ctx context.Context, path, dir string) error {
	var c *exec.Cmd
	switch {
	case hasSuffix(path, ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"):
		c = exec.CommandContext(ctx, "tar", "-C", dir, "-xf", path)
	case hasSuffix(path, ".zip"):
		c = exec.CommandContext(ctx, "unzip", "-o", "-d", dir, path)
	case hasSuffix(path, ".gz"):
		c = exec.CommandContext(ctx, "gzip", "-dkf", path)
	default:
		return nil
	}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("Failed to extract %s: %w: %s", path, err, out)
	}
	return nil
}

func hasSuffix(s string, endings ...string) bool {
	for _, ending := range endings {
		if strings.HasSuffix(s, ending) {
			return true
		}
	}
	return false
}
