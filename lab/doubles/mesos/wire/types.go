// Package wire holds what goes over the network: the parts of the published v1 scheduler API that the doubles
// use, in its JSON spelling, and the private messages between the doubles of master and agent.
package wire

import (
	"encoding/json"
	"strconv"
	"strings"
)

// ID is the {"value": "..."} that wraps every identifier.
type ID struct {
	Value string `json:"value"`
}

// Scalar is the value of a SCALAR.
type Scalar struct {
	Value float64 `json:"value"`
}

// MarshalJSON shows the point, as the real programs do: 2.0 and not 2.
func (s Scalar) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(s.Value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return []byte(`{"value":` + text + `}`), nil
}

// Range is one stretch of a RANGES value, both ends included.
type Range struct {
	Begin uint64 `json:"begin"`
	End   uint64 `json:"end"`
}

// Ranges is the value of a RANGES.
type Ranges struct {
	Range []Range `json:"range"`
}

// Strings is the value of a SET.
type Strings struct {
	Item []string `json:"item"`
}

// Plain is the value of a TEXT.
type Plain struct {
	Value string `json:"value"`
}

// Allocation says to which role something was offered.
type Allocation struct {
	Role string `json:"role"`
}

// Reservation keeps a resource for a role.
type Reservation struct {
	Type string `json:"type,omitempty"`
	Role string `json:"role"`
}

// Resource is one named amount.
type Resource struct {
	Name         string        `json:"name"`
	Type         string        `json:"type"`
	Scalar       *Scalar       `json:"scalar,omitempty"`
	Ranges       *Ranges       `json:"ranges,omitempty"`
	Set          *Strings      `json:"set,omitempty"`
	Role         string        `json:"role,omitempty"`
	Reservations []Reservation `json:"reservations,omitempty"`
	Allocation   *Allocation   `json:"allocation_info,omitempty"`
}

// Attribute describes an agent to constraints.
type Attribute struct {
	Name   string  `json:"name"`
	Type   string  `json:"type"`
	Scalar *Scalar `json:"scalar,omitempty"`
	Ranges *Ranges `json:"ranges,omitempty"`
	Text   *Plain  `json:"text,omitempty"`
}

// Capability is one of a framework's capabilities.
type Capability struct {
	Type string `json:"type"`
}

// FrameworkInfo is how a scheduler describes itself.
type FrameworkInfo struct {
	ID              *ID             `json:"id,omitempty"`
	Name            string          `json:"name"`
	User            string          `json:"user"`
	Role            string          `json:"role,omitempty"`
	Roles           []string        `json:"roles,omitempty"`
	FailoverTimeout float64         `json:"failover_timeout,omitempty"`
	Checkpoint      bool            `json:"checkpoint,omitempty"`
	Hostname        string          `json:"hostname,omitempty"`
	Principal       string          `json:"principal,omitempty"`
	WebuiURL        string          `json:"webui_url,omitempty"`
	Capabilities    []Capability    `json:"capabilities,omitempty"`
	Labels          json.RawMessage `json:"labels,omitempty"`
}

// Has tells whether the framework has the capability.
func (f *FrameworkInfo) Has(capability string) bool {
	for _, c := range f.Capabilities {
		if c.Type == capability {
			return true
		}
	}
	return false
}

// AllRoles gives the framework's roles in either spelling.
func (f *FrameworkInfo) AllRoles() []string {
	if f.Has("MULTI_ROLE") {
		return append([]string{}, f.Roles...)
	}
	if f.Role == "" {
		return []string{"*"}
	}
	return []string{f.Role}
}

// AgentInfo is how an agent describes itself; it is also what its checkpoint compares.
type AgentInfo struct {
	ID         *ID         `json:"id,omitempty"`
	Hostname   string      `json:"hostname"`
	Port       int         `json:"port"`
	Resources  []Resource  `json:"resources"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Checkpoint bool        `json:"checkpoint,omitempty"`
}

// Offer is what a framework may use of one agent.
type Offer struct {
	ID          ID          `json:"id"`
	FrameworkID ID          `json:"framework_id"`
	AgentID     ID          `json:"agent_id"`
	Hostname    string      `json:"hostname"`
	URL         URL         `json:"url"`
	Resources   []Resource  `json:"resources"`
	Attributes  []Attribute `json:"attributes,omitempty"`
	Allocation  *Allocation `json:"allocation_info,omitempty"`
}

// URL is the address of an agent as offers carry it.
type URL struct {
	Scheme  string  `json:"scheme"`
	Address Address `json:"address"`
	Path    string  `json:"path"`
}

// Address is one endpoint.
type Address struct {
	Hostname string `json:"hostname,omitempty"`
	IP       string `json:"ip,omitempty"`
	Port     int    `json:"port"`
}
