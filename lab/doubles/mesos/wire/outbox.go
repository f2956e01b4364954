package wire

import (
	"context"
	"sync"
)

// Outbox is a queue that never blocks who puts in: what is written to a slow or dead connection waits here.
type Outbox[T any] struct {
	mu     sync.Mutex
	items  []T
	closed bool
	wake   chan struct{}
}

// NewOutbox makes an empty one.
func NewOutbox[T any]() *Outbox[T] { return &Outbox[T]{wake: make(chan struct{}, 1)} }

// Push adds an item; after Close it does nothing.
func (o *Outbox[T]) Push(item T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	o.items = append(o.items, item)
	o.signal()
}

// Close lets Next give what is left and then false.
func (o *Outbox[T]) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.closed = true
		o.signal()
	}
}

func (o *Outbox[T]) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Next waits for items and gives all there are; false at the end, or when ctx ends.
func (o *Outbox[T]) Next(ctx context.Context) ([]T, bool) {
	for {
		o.mu.Lock()
		items, closed := o.items, o.closed
		o.items = nil
		o.mu.Unlock()
		if len(items) > 0 {
			return items, true
		}
		if closed {
			return nil, false
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-o.wake:
		}
	}
}
