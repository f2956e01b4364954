package core

import (
	"sync"
	"time"

	"datacentre/lab/doubles/marathon/app"
)

// Event is one of the event stream.
type Event struct {
	Type string
	Data []byte
}

// Bus hands events to the streams; one that does not keep up is cut off.
type Bus struct {
	backlog int
	mu      sync.Mutex
	streams map[chan Event]bool
}

// NewBus allows each stream backlog events that it has not read.
func NewBus(backlog int) *Bus {
	if backlog <= 0 {
		backlog = 1024
	}
	return &Bus{backlog: backlog, streams: map[chan Event]bool{}}
}

// Open starts a stream; the channel is closed when it was cut off.
func (b *Bus) Open() chan Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	stream := make(chan Event, b.backlog)
	b.streams[stream] = true
	return stream
}

// Close ends a stream.
func (b *Bus) Close(stream chan Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.streams[stream] {
		delete(b.streams, stream)
		close(stream)
	}
}

// Publish sends {fields…, eventType, timestamp} to every stream.
func (b *Bus) Publish(kind string, fields map[string]any) {
	if fields == nil {
		fields = map[string]any{}
	}
	fields["eventType"] = kind
	if fields["timestamp"] == nil {
		fields["timestamp"] = app.Stamp(time.Now())
	}
	data, err := app.Marshal(fields)
	if err != nil {
		return
	}
	event := Event{Type: kind, Data: app.ShortNumbers(data)}
	b.mu.Lock()
	defer b.mu.Unlock()
	for stream := range b.streams {
		select {
		case stream <- event:
		default:
			delete(b.streams, stream)
			close(stream)
		}
	}
}
