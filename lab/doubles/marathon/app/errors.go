package app

import "strings"

// Detail is one complaint about one place of the JSON.
type Detail struct {
	Path   string   `json:"path"`
	Errors []string `json:"errors"`
}

// Invalid is an answer 422: Message is "Invalid JSON" for a wrong shape, "Object is not valid" for a rule.
type Invalid struct {
	Message string
	Details []Detail
}

func (e *Invalid) Error() string {
	var parts []string
	for _, d := range e.Details {
		parts = append(parts, d.Path+": "+strings.Join(d.Errors, ", "))
	}
	return e.Message + " " + strings.Join(parts, "; ")
}

// Unprocessable is an answer 422 with nothing but a message.
type Unprocessable string

func (e Unprocessable) Error() string { return string(e) }

type complaints []Detail

func (c *complaints) add(path, text string) {
	for i := range *c {
		if (*c)[i].Path == path {
			(*c)[i].Errors = append((*c)[i].Errors, text)
			return
		}
	}
	*c = append(*c, Detail{Path: path, Errors: []string{text}})
}

func (c complaints) shape() error {
	if len(c) == 0 {
		return nil
	}
	return &Invalid{Message: "Invalid JSON", Details: c}
}

func (c complaints) rules() error {
	if len(c) == 0 {
		return nil
	}
	return &Invalid{Message: "Object is not valid", Details: c}
}
