package replog

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"datacentre/lab/doubles/mesos/build"
)

// ErrDemoted is the error of a write that came after another coordinator's election.
var ErrDemoted = errors.New("version mismatch")

// Coordinator is a leader's way to the log. It is used by one at a time.
type Coordinator struct {
	log      *Log
	proposal int64
	position int64
}

// Coordinate begins a term. Nothing is asked before Elect.
func (l *Log) Coordinate() *Coordinator { return &Coordinator{log: l} }

// Elect waits until the own replica votes, gets the promises of a quorum, and gives the newest value that any of them has. It tries
// until ctx ends.
func (c *Coordinator) Elect(ctx context.Context) (json.RawMessage, error) {
	select {
	case <-c.log.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		if err := c.log.enoughReplicas(ctx); err != nil {
			return nil, err
		}
		c.proposal = max(c.proposal, c.log.promised()) + 1
		votes, refused, newest := 0, 0, Entry{}
		c.log.broadcast(ctx, Request{Kind: askPromise, Proposal: c.proposal}, func(reply Reply) bool {
			switch reply.Result {
			case accepted:
				votes++
				if reply.Entry.newerThan(newest) {
					newest = reply.Entry
				}
			case rejected:
				c.proposal = max(c.proposal, reply.Promised)
				refused++
			case ignored:
				refused++
			}
			return votes >= c.log.quorum || refused >= c.log.quorum
		})
		if votes >= c.log.quorum {
			build.Logf("Coordinator attempting to fill missing positions")
			c.position = newest.Position
			return newest.Value, nil
		}
		if err := wait(ctx, 200*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// Write stores a value on a quorum. It tries until ctx ends, or another coordinator was elected.
func (c *Coordinator) Write(ctx context.Context, value json.RawMessage) error {
	c.position++
	entry := Entry{Proposal: c.proposal, Position: c.position, Value: value}
	for {
		votes, demoted := 0, false
		c.log.broadcast(ctx, Request{Kind: askWrite, Proposal: c.proposal, Entry: entry}, func(reply Reply) bool {
			switch reply.Result {
			case accepted:
				votes++
			case rejected:
				demoted = true
			}
			return demoted || votes >= c.log.quorum
		})
		if demoted {
			return ErrDemoted
		}
		if votes >= c.log.quorum {
			return nil
		}
		if err := wait(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}
