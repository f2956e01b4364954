package replog

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// member is one master's part: its folder, and what runs over it.
type member struct {
	*Log
	folder  string
	address string
	server  *httptest.Server
	stop    context.CancelFunc
}

// begin opens the replica in the folder and lets it recover, until stop.
func begin(t *testing.T, folder string, quorum int, initialise bool) *member {
	t.Helper()
	replica, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{Log: New(replica, quorum), folder: folder}
	m.server = httptest.NewServer(m.Log)
	m.address = strings.TrimPrefix(m.server.URL, "http://")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = m.Recover(ctx, initialise) }()
	m.stop = func() { cancel(); m.server.Close(); <-ended }
	t.Cleanup(m.stop)
	return m
}

// introduce tells members of each other.
func introduce(members ...*member) {
	for _, m := range members {
		var others []string
		for _, other := range members {
			if other != m {
				others = append(others, other.address)
			}
		}
		m.SetPeers(others)
	}
}

func ensemble(t *testing.T, quorum int, folders ...string) []*member {
	var all []*member
	for _, folder := range folders {
		all = append(all, begin(t, folder, quorum, true))
	}
	introduce(all...)
	return all
}

func folders(t *testing.T, count int) []string {
	var all []string
	for range count {
		all = append(all, filepath.Join(t.TempDir(), "replicated_log"))
	}
	return all
}

func within(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	time.AfterFunc(d+time.Second, cancel)
	return ctx
}

func votes(t *testing.T, members ...*member) {
	t.Helper()
	for _, m := range members {
		select {
		case <-m.done:
		case <-time.After(8 * time.Second):
			t.Fatalf("a replica is in state %s and does not vote", m.Status())
		}
	}
}

// staysAway holds that none of them votes in three seconds, which is two to three rounds.
func staysAway(t *testing.T, want Status, members ...*member) {
	t.Helper()
	time.Sleep(3 * time.Second)
	for _, m := range members {
		if m.Recovered() || m.Status() != want {
			t.Errorf("a replica is in state %s, not %s", m.Status(), want)
		}
	}
}

// write lets a member lead: it gives the value that it found, and stores another.
func write(t *testing.T, m *member, value string) string {
	t.Helper()
	c := m.Coordinate()
	found, err := c.Elect(within(5 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(within(5*time.Second), []byte(value)); err != nil {
		t.Fatal(err)
	}
	return string(found)
}

func TestNextState(t *testing.T) {
	for name, c := range map[string]struct {
		status     Status
		counted    map[Status]int
		quorum     int
		initialise bool
		want       Status
	}{
		"all empty":                              {Empty, map[Status]int{Empty: 3}, 2, true, Starting},
		"some begin":                             {Empty, map[Status]int{Empty: 1, Starting: 2}, 2, true, Starting},
		"one is missing":                         {Empty, map[Status]int{Empty: 2}, 2, true, ""},
		"by hand":                                {Empty, map[Status]int{Empty: 3}, 2, false, ""},
		"one votes, two are empty":               {Empty, map[Status]int{Empty: 2, Voting: 1}, 2, true, ""},
		"two vote":                               {Empty, map[Status]int{Empty: 1, Voting: 2}, 2, true, Recovering},
		"two vote, by hand":                      {Empty, map[Status]int{Empty: 1, Voting: 2}, 2, false, Recovering},
		"two vote, and three are to":             {Empty, map[Status]int{Empty: 3, Voting: 2}, 3, true, ""},
		"others begin":                           {Starting, map[Status]int{Empty: 1, Starting: 2}, 2, true, ""},
		"all begin":                              {Starting, map[Status]int{Starting: 3}, 2, true, Voting},
		"others vote already":                    {Starting, map[Status]int{Starting: 2, Voting: 1}, 2, true, Voting},
		"catching up again":                      {Recovering, map[Status]int{Recovering: 1, Voting: 2}, 2, true, Recovering},
		"catching up, with nobody to do it from": {Recovering, map[Status]int{Recovering: 1, Empty: 2}, 2, true, ""},
		"alone":                                  {Empty, map[Status]int{Empty: 1}, 1, true, Starting},
	} {
		if got := next(c.status, c.counted, c.quorum, c.initialise); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

func TestEmptyReplicasInitialiseTogether(t *testing.T) {
	places := folders(t, 3)
	all := ensemble(t, 2, places[:2]...)
	staysAway(t, Empty, all...)
	all = append(all, begin(t, places[2], 2, true))
	introduce(all...)
	votes(t, all...)
	if found := write(t, all[0], `"a"`); found != "" {
		t.Errorf("a new log holds %s", found)
	}
	all[0].stop()
	if found := write(t, all[1], `"b"`); found != `"a"` {
		t.Errorf("the next leader finds %s", found)
	}
}

func TestWithoutAutoInitialiseNobodyBegins(t *testing.T) {
	var all []*member
	for _, folder := range folders(t, 3) {
		all = append(all, begin(t, folder, 2, false))
	}
	introduce(all...)
	staysAway(t, Empty, all...)
}

func TestOneMasterToThreeIsStuck(t *testing.T) {
	places := folders(t, 3)
	alone := ensemble(t, 1, places[0])
	votes(t, alone...)
	write(t, alone[0], `"a"`)
	alone[0].stop()

	all := ensemble(t, 2, places...)
	votes(t, all[0])
	staysAway(t, Empty, all[1:]...)
	for i, m := range all {
		if _, err := m.Coordinate().Elect(within(time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("master %d leads: %v", i, err)
		}
	}

	// The way out: its log is put aside, and all begin together.
	for _, m := range all {
		m.stop()
	}
	if err := os.Rename(places[0], places[0]+".aside"); err != nil {
		t.Fatal(err)
	}
	all = ensemble(t, 2, places...)
	votes(t, all...)
	if found := write(t, all[2], `"b"`); found != "" {
		t.Errorf("the log that was put aside is back: %s", found)
	}
}

func TestReplacedReplicaCatchesUp(t *testing.T) {
	places := folders(t, 3)
	all := ensemble(t, 2, places...)
	votes(t, all...)
	write(t, all[0], `"a"`)
	all[2].stop()
	if err := os.RemoveAll(places[2]); err != nil {
		t.Fatal(err)
	}
	all[2] = begin(t, places[2], 2, true)
	introduce(all...)
	votes(t, all[2])
	all[0].stop()
	if found := write(t, all[2], `"b"`); found != `"a"` {
		t.Errorf("it caught up to %s", found)
	}
}

func TestKilledWhileCatchingUp(t *testing.T) {
	places := folders(t, 3)
	all := ensemble(t, 2, places...)
	votes(t, all...)
	write(t, all[0], `"a"`)
	all[2].stop()
	if err := all[2].become(Recovering, func(s *stored) { s.Entry = Entry{} }); err != nil {
		t.Fatal(err)
	}
	again := begin(t, places[2], 2, true)
	staysAway(t, Recovering, again)
	introduce(all[0], all[1], again)
	votes(t, again)
	if again.now.Entry.Value == nil {
		t.Error("it votes without what the others have")
	}
}

func TestThreeToFive(t *testing.T) {
	places := folders(t, 5)
	all := ensemble(t, 2, places[:3]...)
	votes(t, all...)
	write(t, all[0], `"a"`)
	// Two that are new with the new quorum cannot join three of which one alone has been told of it: three vote, so they can.
	for i := range all {
		all[i].stop()
		all[i] = begin(t, places[i], 3, true)
		introduce(all...)
		votes(t, all[i])
	}
	if found := write(t, all[1], `"b"`); found != `"a"` {
		t.Errorf("with the new quorum there is %s", found)
	}
	all = append(all, begin(t, places[3], 3, true), begin(t, places[4], 3, true))
	introduce(all...)
	votes(t, all...)
	all[0].stop()
	all[1].stop()
	if found := write(t, all[4], `"c"`); found != `"b"` {
		t.Errorf("two of five away, there is %s", found)
	}
}

func TestLowerQuorumBesideFiveLosesWrites(t *testing.T) {
	all := ensemble(t, 3, folders(t, 5)...)
	votes(t, all...)
	write(t, all[0], `"a"`)
	// Two are told of the lower quorum while those that are to leave still run, and the network parts them.
	for i := range 2 {
		all[i].stop()
		all[i] = begin(t, all[i].folder, 2, true)
	}
	introduce(all[:2]...)
	introduce(all[2:]...)
	votes(t, all...)
	write(t, all[0], `"of two"`)
	if found := write(t, all[4], `"of three"`); found != `"a"` {
		t.Errorf("the others saw %s", found)
	}
}

func TestWritesNeedAQuorumAndTheLead(t *testing.T) {
	all := ensemble(t, 2, folders(t, 3)...)
	votes(t, all...)
	first := all[0].Coordinate()
	if _, err := first.Elect(within(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := first.Write(within(time.Second), []byte(`"a"`)); err != nil {
		t.Fatal(err)
	}
	write(t, all[1], `"b"`)
	if err := first.Write(within(time.Second), []byte(`"late"`)); !errors.Is(err, ErrDemoted) {
		t.Errorf("a deposed leader's write: %v", err)
	}
	all[1].stop()
	all[2].stop()
	last := all[0].Coordinate()
	if _, err := last.Elect(within(time.Second)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("elected by one of three: %v", err)
	}
}

func TestOvertakenWriteChangesNothing(t *testing.T) {
	r, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	one := Entry{Proposal: 1, Position: 1, Value: []byte(`1`)}
	two := Entry{Proposal: 1, Position: 2, Value: []byte(`2`)}
	if reply, _ := r.Answer(Request{Kind: askWrite, Proposal: 1, Entry: two}); reply.Result != ignored {
		t.Errorf("a replica that does not vote says %q", reply.Result)
	}
	if err := r.become(Voting, nil); err != nil {
		t.Fatal(err)
	}
	for _, entry := range []Entry{two, one} {
		if reply, err := r.Answer(Request{Kind: askWrite, Proposal: 1, Entry: entry}); err != nil || reply.Result != accepted {
			t.Fatalf("%q, %v", reply.Result, err)
		}
	}
	if string(r.now.Entry.Value) != "2" {
		t.Errorf("the replica has %s", r.now.Entry.Value)
	}
}
