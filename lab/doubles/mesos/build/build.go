// Package build says which version is imitated, and prints logs in the form Mesos's logging library uses.
package build

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Version is the version that the recordings come from. MESOS_LAB_VERSION in the environment shows another,
// for rehearsing upgrades.
const Version = "1.12.0"

// Header marks every HTTP reply as coming from a double.
const Header = "X-Datacentre-Lab"

// Date is given at link time; the recordings' date stands in.
var Date = "2026-11-21 03:32:49 UTC"

// Shown gives the version that is shown.
func Shown() string {
	if v := os.Getenv("MESOS_LAB_VERSION"); v != "" {
		return v
	}
	return Version
}

// EscapesSlashes tells whether the version that is shown writes JSON with escaped slashes, as Mesos did up to 1.6.
func EscapesSlashes() bool {
	minor, err := strconv.Atoi(strings.SplitN(strings.TrimPrefix(Shown(), "1."), ".", 2)[0])
	return err == nil && strings.HasPrefix(Shown(), "1.") && minor <= 6
}

// Label is what a program of this package says of itself.
func Label(program string) string { return "datacentre lab double of " + program }

// Info is the reply of /version, and the head of every /state.
func Info() map[string]any {
	at, err := time.Parse("2006-01-02 15:04:05 MST", Date)
	if err != nil {
		at = time.Unix(0, 0)
	}
	return map[string]any{"version": Shown(), "build_date": Date, "build_time": float64(at.Unix()), "build_user": ""}
}

var (
	logMu  sync.Mutex
	logTo  io.Writer = os.Stderr
	quiet  bool
	minLog = 'I'
)

// LogTo sends the log also to <dir>/<program>.INFO, as --log_dir does, and sets the level of --logging_level.
func LogTo(dir, program, level string, onlyErrors bool) error {
	logMu.Lock()
	defer logMu.Unlock()
	quiet = onlyErrors
	if level != "" {
		minLog = rune(strings.ToUpper(level)[0])
	}
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("Could not initialize logging: Failed to create directory '%s': %v", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, program+".INFO"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("Could not initialize logging: %v", err)
	}
	logTo = io.MultiWriter(os.Stderr, f)
	return nil
}

func write(level rune, skip int, message string) {
	rank := func(r rune) int { return strings.IndexRune("IWEF", r) }
	logMu.Lock()
	defer logMu.Unlock()
	if rank(level) < rank(minLog) || (quiet && level == 'I') {
		return
	}
	_, file, line, _ := runtime.Caller(skip + 1)
	fmt.Fprintf(logTo, "%c%s %5d %s:%d] %s\n", level, time.Now().Format("20060102 15:04:05.000000"), os.Getpid(),
		filepath.Base(file), line, message)
}

// Logf logs at level INFO.
func Logf(format string, args ...any) { write('I', 1, fmt.Sprintf(format, args...)) }

// Warnf logs at level WARNING.
func Warnf(format string, args ...any) { write('W', 1, fmt.Sprintf(format, args...)) }

// Errorf logs at level ERROR.
func Errorf(format string, args ...any) { write('E', 1, fmt.Sprintf(format, args...)) }

// Exitf logs why and ends the process with status 1, in the form "EXIT with status 1: why".
func Exitf(format string, args ...any) {
	write('E', 1, "EXIT with status 1: "+fmt.Sprintf(format, args...))
	os.Exit(1)
}

// Fatalf logs why at level FATAL and ends the process, in the form of a check that failed. The status is that of an abort.
func Fatalf(format string, args ...any) {
	write('F', 1, fmt.Sprintf(format, args...))
	fmt.Fprintln(os.Stderr, "*** Check failure stack trace: ***")
	os.Exit(134)
}
