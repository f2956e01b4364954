package marathonlb

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// App is the part of an application that matters here.
type App struct {
	ID        string                  `json:"id"`
	Labels    map[string]string       `json:"labels"`
	Networks  []struct{ Mode string } `json:"networks"`
	Container *struct {
		PortMappings []struct {
			ContainerPort int  `json:"containerPort"`
			HostPort      *int `json:"hostPort"`
			ServicePort   int  `json:"servicePort"`
		} `json:"portMappings"`
	} `json:"container"`
	PortDefinitions []struct {
		Port int `json:"port"`
	} `json:"portDefinitions"`
	HealthChecks []HealthCheck `json:"healthChecks"`
	Tasks        []Task        `json:"tasks"`
}

// HealthCheck is one of Marathon's.
type HealthCheck struct {
	Protocol  string `json:"protocol"`
	Path      string `json:"path"`
	Port      *int   `json:"port"`
	PortIndex *int   `json:"portIndex"`
	Interval  int    `json:"intervalSeconds"`
	Timeout   int    `json:"timeoutSeconds"`
	Failures  int    `json:"maxConsecutiveFailures"`
}

// Task is one of an application's.
type Task struct {
	ID        string `json:"id"`
	Host      string `json:"host"`
	State     string `json:"state"`
	Ports     []int  `json:"ports"`
	Addresses []struct {
		IP string `json:"ipAddress"`
	} `json:"ipAddresses"`
	Health []struct {
		Alive bool `json:"alive"`
	} `json:"healthCheckResults"`
}

// Client asks one Marathon after the other.
type Client struct {
	urls   []string
	at     int
	auth   string
	client *http.Client
}

// NewClient begins with the first URL.
func NewClient(urls []string, auth string) *Client {
	return &Client{urls: urls, auth: auth, client: &http.Client{Transport: &http.Transport{ResponseHeaderTimeout: 15 * time.Second}}}
}

func (c *Client) get(ctx context.Context, path, accept string) (*http.Response, error) {
	var all []error
	for range c.urls {
		url := c.urls[c.at] + path
		response, err := c.ask(ctx, url, accept)
		if err == nil {
			return response, nil
		}
		all = append(all, fmt.Errorf("%s: %w", url, err))
		c.at = (c.at + 1) % len(c.urls)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(all...)
}

func (c *Client) ask(ctx context.Context, url, accept string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	if user, password, ok := strings.Cut(c.auth, ":"); ok {
		request.SetBasicAuth(user, password)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("Marathon answers %s", response.Status)
	}
	return response, nil
}

// Apps lists the applications with their tasks.
func (c *Client) Apps(ctx context.Context) ([]App, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	response, err := c.get(ctx, "/v2/apps?embed=apps.tasks", "application/json")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var body struct {
		Apps []App `json:"apps"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return nil, fmt.Errorf("the list of applications is not readable: %w", err)
	}
	return body.Apps, nil
}

// quietest is the longest silence of an event stream: Marathon sends an empty line every ten seconds.
const quietest = 60 * time.Second

// Events calls opened when the stream stands and changed for each event that can change the configuration,
// until the stream ends.
func (c *Client) Events(ctx context.Context, opened, changed func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	response, err := c.get(ctx, "/v2/events?event_type=status_update_event&event_type=health_status_changed_event&event_type=api_post_event"+
		"&event_type=instance_health_changed_event&event_type=app_terminated_event&event_type=deployment_success", "text/event-stream")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	opened()
	watchdog := time.AfterFunc(quietest, cancel)
	defer watchdog.Stop()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(make([]byte, 1<<16), 16<<20)
	for lines.Scan() {
		watchdog.Reset(quietest)
		if strings.HasPrefix(lines.Text(), "data:") {
			changed()
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the event stream broke: %w", err)
	}
	return errors.New("Marathon ended the event stream")
}
