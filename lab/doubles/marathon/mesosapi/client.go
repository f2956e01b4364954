package mesosapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ErrGone means that the master will not have this framework any more (it was torn down or timed out).
var ErrGone = errors.New("the framework has been removed by the master")

// Client holds one subscription at a time and posts calls for it.
type Client struct {
	Principal, Secret string
	Silence           time.Duration // longest wait between two events before the stream counts as dead

	mu        sync.Mutex
	url       string // of the master that took the subscription
	stream    string // its Mesos-Stream-Id
	framework string
}

// Subscribe opens the stream at master (host:port) and hands over every event until the stream ends. A
// redirect to the leading master is followed.
func (c *Client) Subscribe(ctx context.Context, master string, f Framework, fn func(Event)) error {
	call := map[string]any{"type": "SUBSCRIBE", "subscribe": map[string]any{"framework_info": f}}
	if f.ID != nil {
		call["framework_id"] = f.ID
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	response, url, err := c.post(ctx, streamClient, "http://"+master+"/api/v1/scheduler", call, "")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refusal("subscribing", response)
	}
	c.mu.Lock()
	c.url, c.stream = url, response.Header.Get("Mesos-Stream-Id")
	c.mu.Unlock()
	defer c.forget(url)
	return c.read(response.Body, cancel, fn)
}

func (c *Client) read(body io.Reader, cancel context.CancelFunc, fn func(Event)) error {
	quiet := c.Silence
	if quiet <= 0 {
		quiet = 75 * time.Second
	}
	watchdog := time.AfterFunc(quiet, cancel)
	defer watchdog.Stop()
	records := bufio.NewReader(body)
	for {
		record, err := ReadRecord(records)
		if err != nil {
			return fmt.Errorf("the stream from the master ended: %w", err)
		}
		watchdog.Reset(quiet)
		var event Event
		if err := json.Unmarshal(record, &event); err != nil {
			return fmt.Errorf("an event from the master is not readable: %w", err)
		}
		if event.Type == "SUBSCRIBED" && event.Subscribed != nil {
			c.mu.Lock()
			c.framework = event.Subscribed.Framework.Value
			c.mu.Unlock()
		}
		fn(event)
		if event.Type == "ERROR" {
			message := "unknown"
			if event.Error != nil {
				message = event.Error.Message
			}
			if strings.Contains(strings.ToLower(message), "removed") || strings.Contains(message, "completed") {
				return fmt.Errorf("%w: %s", ErrGone, message)
			}
			return fmt.Errorf("the master says: %s", message)
		}
	}
}

func (c *Client) forget(url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.url == url {
		c.url, c.stream = "", ""
	}
}

// Call posts {"type": kind, lower(kind): body} for the present subscription.
func (c *Client) Call(kind string, body any) error {
	c.mu.Lock()
	url, stream, framework := c.url, c.stream, c.framework
	c.mu.Unlock()
	if url == "" || framework == "" {
		return errors.New("not subscribed at a master")
	}
	call := map[string]any{"type": kind, "framework_id": ID{framework}}
	if body != nil {
		call[strings.ToLower(kind)] = body
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	response, _, err := c.post(ctx, callClient, url, call, stream)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusAccepted && response.StatusCode != http.StatusOK {
		return refusal(kind, response)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return nil
}

func refusal(what string, response *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, 2000))
	return fmt.Errorf("%s: the master answers %s: %s", what, response.Status, strings.TrimSpace(string(text)))
}

var transport = &http.Transport{DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, MaxIdleConnsPerHost: 8}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

var (
	streamClient = &http.Client{Transport: transport, CheckRedirect: noRedirect}
	callClient   = streamClient
)

// post follows redirects itself: Go would turn some into GET, and a master's Location has no scheme.
func (c *Client) post(ctx context.Context, client *http.Client, url string, call any, stream string) (*http.Response, string, error) {
	body, err := json.Marshal(call)
	if err != nil {
		return nil, "", err
	}
	for hop := 0; hop < 5; hop++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return nil, "", err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "application/json")
		if stream != "" {
			request.Header.Set("Mesos-Stream-Id", stream)
		}
		if c.Principal != "" {
			request.SetBasicAuth(c.Principal, c.Secret)
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, "", err
		}
		if response.StatusCode != http.StatusTemporaryRedirect {
			return response, url, nil
		}
		_ = response.Body.Close()
		next, err := request.URL.Parse(response.Header.Get("Location"))
		if err != nil {
			return nil, "", fmt.Errorf("the master redirects to %q: %w", response.Header.Get("Location"), err)
		}
		url = next.String()
	}
	return nil, "", errors.New("the masters redirect to each other; none leads")
}
