package replog

import (
	"context"
	"math/rand/v2"
	"time"

	"datacentre/lab/doubles/mesos/build"
)

// retryAfter is how long a round that led to nothing is waited out, up to twice that.
const retryAfter = 500 * time.Millisecond

// Recover brings the own replica to vote, and returns when it does or ctx ends. One that voted before votes at once. Else it asks the
// others, again and again: see next.
func (l *Log) Recover(ctx context.Context, initialise bool) error {
	build.Logf("Starting replica recovery")
	told := Status("")
	for {
		status := l.Status()
		if status != told {
			build.Logf("Replica is in %s status", status)
			told = status
		}
		if status == Voting {
			close(l.done)
			return nil
		}
		if err := l.enoughReplicas(ctx); err != nil {
			return err
		}
		moved, err := l.step(ctx, status, initialise)
		if err != nil {
			return err
		}
		if !moved {
			if err := wait(ctx, retryAfter+rand.N(retryAfter)); err != nil {
				return err
			}
		}
	}
}

// step is one round: it tells whether the replica got into another state.
func (l *Log) step(ctx context.Context, status Status, initialise bool) (bool, error) {
	counted := map[Status]int{}
	becomes := Status("")
	l.broadcast(ctx, Request{Kind: askStatus}, func(reply Reply) bool {
		counted[reply.Status]++
		becomes = next(status, counted, l.quorum, initialise)
		return becomes != ""
	})
	switch becomes {
	case "":
		if !initialise && counted[Empty] >= 2*l.quorum-1 {
			build.Warnf("Replicated log has not been initialized. Did you forget to manually initialize the log?")
		}
		return false, nil
	case Recovering:
		if err := l.become(Recovering, nil); err != nil {
			return false, err
		}
		return l.catchUp(ctx)
	default:
		if err := l.become(becomes, nil); err != nil {
			return false, err
		}
		if becomes == Voting {
			build.Logf("Successfully joined the Paxos group")
		}
		return true, nil
	}
}

// next says which state follows, from how many replicas answered in which; the empty one where nothing follows yet. How many there
// are of them all is reckoned from the quorum.
func next(status Status, counted map[Status]int, quorum int, initialise bool) Status {
	all := 2*quorum - 1
	switch {
	case counted[Voting] >= quorum:
		return Recovering
	case initialise && status == Empty && counted[Empty]+counted[Starting] >= all:
		return Starting
	case initialise && status == Starting && counted[Starting]+counted[Voting] >= all:
		return Voting
	}
	return ""
}

// catchUp takes over what a quorum of voting replicas has; only then may the own one vote.
func (l *Log) catchUp(ctx context.Context) (bool, error) {
	votes, promised, newest := 0, int64(0), Entry{}
	l.broadcast(ctx, Request{Kind: askStatus}, func(reply Reply) bool {
		if reply.Status != Voting {
			return false
		}
		votes++
		promised = max(promised, reply.Promised)
		if reply.Entry.newerThan(newest) {
			newest = reply.Entry
		}
		return votes >= l.quorum
	})
	if votes < l.quorum {
		return false, nil
	}
	build.Logf("Starting catch-up from position 0 to %d", newest.Position)
	err := l.become(Voting, func(s *stored) { s.Promised, s.Entry = max(s.Promised, promised), newest })
	if err == nil {
		build.Logf("Successfully joined the Paxos group")
	}
	return err == nil, err
}
