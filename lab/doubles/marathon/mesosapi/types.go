// Package mesosapi speaks the published Mesos v1 scheduler API in JSON, as a client.
package mesosapi

// ID is any of Mesos's {"value": …}.
type ID struct {
	Value string `json:"value"`
}

// Scalar is a number of cpus, mem, disk or gpus.
type Scalar struct {
	Value float64 `json:"value"`
}

// Range is inclusive at both ends.
type Range struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

// Ranges are the ports of a resource.
type Ranges struct {
	Range []Range `json:"range"`
}

// Allocation tells to which role resources were offered.
type Allocation struct {
	Role string `json:"role,omitempty"`
}

// Resource is a part of an offer or of what a task takes.
type Resource struct {
	Name         string           `json:"name"`
	Type         string           `json:"type"`
	Scalar       *Scalar          `json:"scalar,omitempty"`
	Ranges       *Ranges          `json:"ranges,omitempty"`
	Role         string           `json:"role,omitempty"`
	Allocation   *Allocation      `json:"allocation_info,omitempty"`
	Reservations []map[string]any `json:"reservations,omitempty"`
	Disk         map[string]any   `json:"disk,omitempty"`
}

// Attribute is what an agent was started with.
type Attribute struct {
	Name   string  `json:"name"`
	Type   string  `json:"type"`
	Scalar *Scalar `json:"scalar,omitempty"`
	Ranges *Ranges `json:"ranges,omitempty"`
	Set    *struct {
		Item []string `json:"item"`
	} `json:"set,omitempty"`
	Text *ID `json:"text,omitempty"`
}

// Offer is one agent's free resources.
type Offer struct {
	ID         ID          `json:"id"`
	Framework  ID          `json:"framework_id"`
	Agent      ID          `json:"agent_id"`
	Hostname   string      `json:"hostname"`
	Resources  []Resource  `json:"resources"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Allocation *Allocation `json:"allocation_info,omitempty"`
	Domain     *struct {
		Fault *struct {
			Region struct {
				Name string `json:"name"`
			} `json:"region"`
			Zone struct {
				Name string `json:"name"`
			} `json:"zone"`
		} `json:"fault_domain"`
	} `json:"domain,omitempty"`
	Unavailability map[string]any `json:"unavailability,omitempty"`
}

// Status is a task's state as an UPDATE tells it.
type Status struct {
	TaskID    ID         `json:"task_id"`
	State     string     `json:"state"`
	Source    string     `json:"source,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Message   string     `json:"message,omitempty"`
	Agent     *ID        `json:"agent_id,omitempty"`
	UUID      string     `json:"uuid,omitempty"`
	Timestamp float64    `json:"timestamp,omitempty"`
	Healthy   *bool      `json:"healthy,omitempty"`
	Container *Container `json:"container_status,omitempty"`
}

// Container is where the task's addresses are.
type Container struct {
	Networks []struct {
		Addresses []Address `json:"ip_addresses"`
	} `json:"network_infos,omitempty"`
}

// Address is one of a task's.
type Address struct {
	IP       string `json:"ip_address"`
	Protocol string `json:"protocol"`
}

// Addresses are the task's, in order.
func (s Status) Addresses() []Address {
	if s.Container == nil {
		return nil
	}
	var out []Address
	for _, n := range s.Container.Networks {
		for _, a := range n.Addresses {
			if a.Protocol == "" {
				a.Protocol = "IPv4"
			}
			out = append(out, a)
		}
	}
	return out
}

// MasterInfo names the master one is subscribed at.
type MasterInfo struct {
	ID       string `json:"id"`
	Hostname string `json:"hostname"`
	Port     int    `json:"port"`
	Version  string `json:"version"`
	Address  *struct {
		Hostname string `json:"hostname"`
		IP       string `json:"ip"`
		Port     int    `json:"port"`
	} `json:"address"`
}

// Event is what the master sends on the stream.
type Event struct {
	Type       string `json:"type"`
	Subscribed *struct {
		Framework ID          `json:"framework_id"`
		Heartbeat float64     `json:"heartbeat_interval_seconds"`
		Master    *MasterInfo `json:"master_info"`
	} `json:"subscribed"`
	Offers *struct {
		Offers []Offer `json:"offers"`
	} `json:"offers"`
	Rescind *struct {
		Offer ID `json:"offer_id"`
	} `json:"rescind"`
	Update *struct {
		Status Status `json:"status"`
	} `json:"update"`
	Failure *struct {
		Agent    ID   `json:"agent_id"`
		Executor *ID  `json:"executor_id"`
		Status   *int `json:"status"`
	} `json:"failure"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// Framework is how Marathon presents itself.
type Framework struct {
	ID              *ID              `json:"id,omitempty"`
	User            string           `json:"user"`
	Name            string           `json:"name"`
	FailoverTimeout float64          `json:"failover_timeout"`
	Checkpoint      bool             `json:"checkpoint"`
	Hostname        string           `json:"hostname,omitempty"`
	Principal       string           `json:"principal,omitempty"`
	WebUI           string           `json:"webui_url,omitempty"`
	Roles           []string         `json:"roles"`
	Capabilities    []map[string]any `json:"capabilities"`
}
