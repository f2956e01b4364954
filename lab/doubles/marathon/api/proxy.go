package api

import (
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"datacentre/lab/doubles/marathon/conf"
)

// Front answers itself while this Marathon leads, and hands requests to the leader while it does not.
type Front struct {
	conf   *conf.Config
	client *http.Client

	mu     sync.Mutex
	leader string
	own    http.Handler
}

// NewFront knows of no leader yet.
func NewFront(c *conf.Config) *Front {
	return &Front{conf: c, client: &http.Client{
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: c.ProxyConnect}).DialContext,
			ResponseHeaderTimeout: c.ProxyRead, MaxConnsPerHost: 64, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Leads tells who leads now ("" for nobody); own answers when that is this Marathon and it is ready.
func (f *Front) Leads(leader string, own http.Handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leader, f.own = leader, own
}

// Leader is who leads, as far as is known.
func (f *Front) Leader() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.leader
}

func (f *Front) now() (string, http.Handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.leader, f.own
}

const (
	settleTries = 11
	settlePause = 250 * time.Millisecond
)

func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	leader, own := f.now()
	// While the leadership changes hands, requests are held back for a while.
	for try := 0; own == nil && (leader == "" || leader == f.conf.Self()); try++ {
		if try >= settleTries {
			page(w, http.StatusBadGateway, "Could not determine the current leader")
			return
		}
		time.Sleep(settlePause)
		leader, own = f.now()
	}
	if own != nil {
		w.Header().Set("X-Marathon-Leader", "http://"+f.conf.Self())
		own.ServeHTTP(w, r)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/v2/events") {
		w.Header().Set("Location", "http://"+leader+r.URL.RequestURI())
		w.WriteHeader(http.StatusFound)
		return
	}
	f.forward(w, r, leader)
}

func (f *Front) forward(w http.ResponseWriter, r *http.Request, leader string) {
	via := "1.1 " + f.conf.Self()
	for _, passed := range r.Header.Values("X-Marathon-Via") {
		if passed == via {
			page(w, http.StatusBadGateway, "Detected proxying loop.")
			return
		}
	}
	request, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+leader+r.URL.RequestURI(), r.Body)
	if err != nil {
		page(w, http.StatusInternalServerError, "while proxying")
		return
	}
	request.ContentLength = r.ContentLength
	for name, values := range r.Header {
		if name != "Connection" && name != "Host" {
			request.Header[name] = slices.Clone(values)
		}
	}
	request.Header.Add("X-Marathon-Via", via)
	forwarded := clientIP(r)
	if before := r.Header.Get("X-Forwarded-For"); before != "" {
		forwarded = before + "," + forwarded
	}
	request.Header.Add("X-Forwarded-For", forwarded)
	response, err := f.client.Do(request)
	if err != nil {
		status, text := proxyFailure(err)
		page(w, status, text)
		return
	}
	defer response.Body.Close()
	for name, values := range response.Header {
		if name == "Content-Length" || name == "Transfer-Encoding" || name == "Connection" || name == "X-Marathon-Via" {
			continue
		}
		w.Header()[name] = values
	}
	w.Header().Add("X-Marathon-Via", via)
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

// proxyFailure: what TCP says is 502, whether the leader refused or was not reached in time; all else is 500. Source: Marathon
// 1.11, api/forwarder/AsyncUrlConnectionRequestForwarder.scala.
func proxyFailure(err error) (int, string) {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "dial" || !op.Timeout()) {
		return http.StatusBadGateway, "Connection to leader refused."
	}
	return http.StatusInternalServerError, "Server Error"
}

// page is an error as the web server under Marathon writes it.
func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html;charset=iso-8859-1")
	w.Header().Set("Cache-Control", "must-revalidate,no-cache,no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<html><head><title>Error</title></head><body><h2>HTTP ERROR</h2><p>"+text+"</p></body></html>\n")
}
