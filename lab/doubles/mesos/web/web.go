// Package web has what the HTTP sides of master and agent share.
package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"datacentre/lab/doubles/mesos/build"
)

// Double is a number that shows its point, as the real programs print theirs: 2.0 and not 2.
type Double float64

// MarshalJSON implements json.Marshaler.
func (d Double) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(d), 'f', -1, 64)
	if !strings.ContainsAny(text, ".") {
		text += ".0"
	}
	return []byte(text), nil
}

// Pointed gives a copy of maps and lists in which every float64 is a Double.
func Pointed(value any) any {
	switch v := value.(type) {
	case float64:
		return Double(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = Pointed(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = Pointed(x)
		}
		return out
	case []map[string]any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = Pointed(x)
		}
		return out
	}
	return value
}

// List turns a nil slice into an empty one, which JSON shows as [].
func List[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// JSON answers with a value; ?jsonp=f wraps it, as the real programs still do.
func JSON(w http.ResponseWriter, r *http.Request, value any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(Pointed(value)); err != nil {
		Text(w, http.StatusInternalServerError, err.Error())
		return
	}
	text := bytes.TrimRight(body.Bytes(), "\n")
	if build.EscapesSlashes() {
		text = bytes.ReplaceAll(text, []byte("/"), []byte(`\/`))
	}
	if f := r.URL.Query().Get("jsonp"); f != "" {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(f + "(" + string(text) + ");"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

// Text answers with a status and a plain sentence.
func Text(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(message))
}

// Empty answers with a status and nothing else, without a content type.
func Empty(w http.ResponseWriter, status int) {
	w.Header()["Content-Type"] = nil
	w.WriteHeader(status)
}

// NotFound answers as the real programs do on a path they do not serve.
func NotFound(w http.ResponseWriter, _ *http.Request) { Text(w, http.StatusNotFound, "404 Not Found.") }

// WrongMethod answers 405 and says what is allowed.
func WrongMethod(w http.ResponseWriter, r *http.Request, allowed ...string) {
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	Text(w, http.StatusMethodNotAllowed, "Expecting one of { '"+strings.Join(allowed, "', '")+"' }, but received '"+r.Method+"'")
}

// Labelled marks all replies as a double's.
func Labelled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(build.Header, "double")
		next.ServeHTTP(w, r)
	})
}
