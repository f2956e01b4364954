// Command pack writes a container image as an archive that 'docker load' and 'ctr images import' take, without an engine and
// with the same bytes from the same files:
//
//	pack -to FILE -tag NAME... [-created TIME] [-user UID:GID] [-entrypoint PATH] [-label KEY=VALUE...] [-binds PATH...] PATH=FILE...
//
// PATH=FILE is a program and where it is in the image. One named by -binds may listen on ports below 1024 without being root.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// Each occurrence of the flag adds one.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func main() {
	var image image
	var tags, labels, binds list
	to := flag.String("to", "", "the archive")
	created := flag.String("created", "2023-11-14T22:13:20Z", "what the image says of its age")
	flag.StringVar(&image.user, "user", "", "whom it runs as")
	flag.StringVar(&image.entrypoint, "entrypoint", "", "what it runs")
	flag.Var(&tags, "tag", "a name of the image")
	flag.Var(&labels, "label", "KEY=VALUE")
	flag.Var(&binds, "binds", "a program that may bind low ports")
	flag.Parse()
	if err := run(image, *to, *created, tags, labels, binds, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(image image, to, created string, tags, labels, binds, programs []string) error {
	if to == "" || len(tags) == 0 || len(programs) == 0 {
		return fmt.Errorf("-to, -tag and a program are needed")
	}
	var err error
	if image.created, err = time.Parse(time.RFC3339, created); err != nil {
		return err
	}
	image.tags = tags
	image.labels = map[string]string{}
	for _, label := range labels {
		key, value, _ := strings.Cut(label, "=")
		image.labels[key] = value
	}
	for _, given := range programs {
		path, file, found := strings.Cut(given, "=")
		if !found || !strings.HasPrefix(path, "/") {
			return fmt.Errorf("'%s' is no PATH=FILE", given)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		image.programs = append(image.programs, program{path: path, content: content})
	}
	for _, path := range binds {
		if err := image.mayBind(path); err != nil {
			return err
		}
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := image.write(out); err != nil {
		return err
	}
	return out.Close()
}
