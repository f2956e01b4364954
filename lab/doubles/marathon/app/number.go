// Package app holds what Marathon knows of applications and groups: their shape in JSON, the translation of
// the older spellings, the rules they must keep, and service ports.
package app

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// Float is written with a decimal point always (16.0), as Marathon's replies do.
type Float float64

// MarshalJSON writes 16 as 16.0.
func (f Float) MarshalJSON() ([]byte, error) {
	out := strconv.AppendFloat(nil, float64(f), 'f', -1, 64)
	if !bytes.ContainsRune(out, '.') {
		out = append(out, '.', '0')
	}
	return out, nil
}

// ShortNumbers rewrites 16.0 as 16 outside of strings: Marathon's events carry numbers that way.
func ShortNumbers(in []byte) []byte {
	out := make([]byte, 0, len(in))
	quoted := false
	for i := 0; i < len(in); i++ {
		b := in[i]
		switch {
		case quoted && b == '\\':
			out = append(out, b)
			i++
			b = in[i]
		case b == '"':
			quoted = !quoted
		case !quoted && b == '.' && i+2 < len(in) && in[i+1] == '0' && (in[i+2] == ',' || in[i+2] == '}' || in[i+2] == ']'):
			i++
			continue
		}
		out = append(out, b)
	}
	return out
}

// Marshal writes JSON as Marathon does: <, > and & stay as they are.
func Marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Epoch is the version of a group that nobody has written yet.
const Epoch = "1970-01-01T00:00:00.000Z"

const layout = "2006-01-02T15:04:05.000Z"

// Stamp writes a time as Marathon does: UTC with milliseconds.
func Stamp(t time.Time) string { return t.UTC().Format(layout) }

// ParseStamp reads what Stamp wrote; the zero time when it is not one.
func ParseStamp(text string) time.Time {
	t, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

var (
	lastMu sync.Mutex
	last   time.Time
)

// NewVersion is the present time, but never twice the same: versions name what they belong to.
func NewVersion() string {
	lastMu.Lock()
	defer lastMu.Unlock()
	now := time.Now().Truncate(time.Millisecond)
	if !now.After(last) {
		now = last.Add(time.Millisecond)
	}
	last = now
	return Stamp(now)
}
