package agent

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/web"
)

// Handler serves the agent's HTTP side. Paths without a process name belong to the process "slave(1)".
func (a *Agent) Handler() http.Handler {
	routes := map[string]http.HandlerFunc{
		"health":     func(w http.ResponseWriter, _ *http.Request) { web.Empty(w, http.StatusOK) },
		"flags":      func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, map[string]any{"flags": a.flags.All()}) },
		"state":      func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, a.state()) },
		"state.json": func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, a.state()) },
		"containers": func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, a.containers()) },
	}
	top := map[string]http.HandlerFunc{
		"/version":          func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, build.Info()) },
		"/metrics/snapshot": func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, a.metrics()) },
		"/files/browse":     a.browse, "/files/read": a.read, "/files/download": a.download,
	}
	return web.Labelled(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimSuffix(strings.Replace(r.URL.Path, ".json", "", 1), "/")
		if handler := top[path]; handler != nil {
			handler(w, r)
			return
		}
		for _, prefix := range []string{"/slave(1)", "/slave%281%29", "/monitor"} {
			if rest, ok := strings.CutPrefix(path, prefix); ok {
				path = rest
				break
			}
		}
		if handler := routes[strings.TrimPrefix(path, "/")]; handler != nil {
			handler(w, r)
			return
		}
		web.NotFound(w, r)
	}))
}

// place gives the file of a ?path=, which must lie under the work directory's sandboxes, links resolved.
func (a *Agent) place(w http.ResponseWriter, r *http.Request) (string, bool) {
	asked := r.URL.Query().Get("path")
	if asked == "" {
		web.Text(w, http.StatusBadRequest, "Expecting 'path=value' in query.\n")
		return "", false
	}
	root, err := filepath.EvalSymlinks(filepath.Join(a.paths.work, "slaves"))
	if err != nil {
		web.Empty(w, http.StatusNotFound)
		return "", false
	}
	clean := filepath.Clean(asked)
	real, err := filepath.EvalSymlinks(clean)
	if err != nil || !strings.HasPrefix(real, root+"/") {
		web.Empty(w, http.StatusNotFound)
		return "", false
	}
	return real, true
}

// browse lists a sandbox directory.
func (a *Agent) browse(w http.ResponseWriter, r *http.Request) {
	dir, ok := a.place(w, r)
	if !ok {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		web.Empty(w, http.StatusNotFound)
		return
	}
	list := []map[string]any{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue
		}
		one := map[string]any{"path": filepath.Join(r.URL.Query().Get("path"), e.Name()), "size": info.Size(), "mode": info.Mode().String(),
			"mtime": float64(info.ModTime().Unix()), "nlink": 1, "uid": "root", "gid": "root"}
		if e.IsDir() {
			one["mode"] = "d" + strings.TrimPrefix(info.Mode().String(), "d")
		}
		if sys, ok := info.Sys().(*syscall.Stat_t); ok {
			one["nlink"] = sys.Nlink
			one["uid"], one["gid"] = owner(sys.Uid), owner(sys.Gid)
		}
		list = append(list, one)
	}
	sort.Slice(list, func(i, j int) bool { return list[i]["path"].(string) < list[j]["path"].(string) })
	web.JSON(w, r, list)
}

func owner(id uint32) string {
	if id == 0 {
		return "root"
	}
	return strconv.Itoa(int(id))
}

// read gives a part of a file: ?offset and ?length, offset -1 asks for the length alone.
func (a *Agent) read(w http.ResponseWriter, r *http.Request) {
	path, ok := a.place(w, r)
	if !ok {
		return
	}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		web.Text(w, http.StatusBadRequest, "Cannot read a directory.\n")
		return
	}
	number := func(name string) (int64, bool) {
		text := r.URL.Query().Get(name)
		if text == "" {
			return -1, true
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < -1 {
			web.Text(w, http.StatusBadRequest, fmt.Sprintf("Failed to parse %s: '%s' is not a number that can be used.\n", name, text))
			return 0, false
		}
		return n, true
	}
	offset, ok1 := number("offset")
	if !ok1 {
		return
	}
	length, ok2 := number("length")
	if !ok2 {
		return
	}
	if offset == -1 || offset >= info.Size() {
		web.JSON(w, r, map[string]any{"data": "", "offset": info.Size()})
		return
	}
	const page = 16 * 4096 // what the real one gives at most
	if length < 0 || length > page {
		length = page
	}
	file, err := os.Open(path)
	if err != nil {
		web.Empty(w, http.StatusNotFound)
		return
	}
	defer file.Close()
	data := make([]byte, min(length, info.Size()-offset))
	n, _ := file.ReadAt(data, offset)
	web.JSON(w, r, map[string]any{"data": string(data[:n]), "offset": offset})
}

// download gives a whole file.
func (a *Agent) download(w http.ResponseWriter, r *http.Request) {
	path, ok := a.place(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Disposition", "attachment; filename="+filepath.Base(path))
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeFile(w, r, path)
}
