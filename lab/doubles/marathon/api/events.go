package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// keepAlive is how often an empty line shows a quiet stream's clients that it lives.
const keepAlive = 10 * time.Second

func (s *Server) events(w http.ResponseWriter, r *http.Request, _ string) {
	flusher, ok := w.(http.Flusher)
	if !ok || r.Method != http.MethodGet || !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		http.Error(w, "HTTP method GET is not supported by this URL", http.StatusMethodNotAllowed)
		return
	}
	wanted := map[string]bool{}
	for _, kind := range r.URL.Query()["event_type"] {
		wanted[kind] = true
	}
	w.Header().Set("Content-Type", "text/event-stream;charset=utf-8")
	w.WriteHeader(http.StatusOK)
	flusher.Flush()
	stream := s.Core.Bus.Open()
	defer s.Core.Bus.Close(stream)
	s.Core.Bus.Publish("event_stream_attached", map[string]any{"remoteAddress": clientIP(r)})
	defer s.Core.Bus.Publish("event_stream_detached", map[string]any{"remoteAddress": clientIP(r)})
	quiet := time.NewTicker(keepAlive)
	defer quiet.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-quiet.C:
			if _, err := fmt.Fprint(w, "\r\n"); err != nil {
				return
			}
		case event, open := <-stream:
			if !open {
				return
			}
			if len(wanted) > 0 && !wanted[event.Type] {
				continue
			}
			if _, err := fmt.Fprintf(w, "event: %s\r\ndata: %s\r\n\r\n", event.Type, event.Data); err != nil {
				return
			}
		}
		flusher.Flush()
	}
}
