// Lab-upstream is a registry to pull from, for machines that reach none: the lab's images, from files as `docker save` writes them, as
// Docker Hub has them (busybox is library/busybox). It keeps nothing and takes nothing.
//
//	lab-upstream -listen 127.0.0.1:5555 FILE...
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	log.SetFlags(0)
	listen := flag.String("listen", "127.0.0.1:5555", "address and port")
	flag.Parse()
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	for _, file := range flag.Args() {
		tags, err := load(images, file)
		if err != nil {
			log.Fatalf("lab-upstream: %s: %v", file, err)
		}
		log.Printf("STAND-IN for an upstream: has %s", strings.Join(tags, ", "))
	}
	log.Fatal(http.ListenAndServe(*listen, readOnly(images)))
}

// load puts a file's images into the registry, under the names that Docker Hub would have for them.
func load(images http.Handler, file string) ([]string, error) {
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(file) })
	if err != nil {
		return nil, err
	}
	var tags []string
	for _, one := range manifest {
		for _, text := range one.RepoTags {
			tag, err := name.NewTag(text)
			if err != nil {
				return nil, err
			}
			image, err := tarball.ImageFromPath(file, &tag)
			if err != nil {
				return nil, err
			}
			place, err := name.NewTag(fmt.Sprintf("localhost/%s:%s", tag.RepositoryStr(), tag.TagStr()), name.Insecure)
			if err != nil {
				return nil, err
			}
			if err := remote.Write(place, image, remote.WithTransport(direct{images})); err != nil {
				return nil, err
			}
			tags = append(tags, fmt.Sprintf("%s:%s", tag.RepositoryStr(), tag.TagStr()))
		}
	}
	return tags, nil
}

// direct sends requests to a handler of the same process.
type direct struct{ to http.Handler }

func (d direct) RoundTrip(request *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	if request.Body == nil {
		request.Body = http.NoBody
	}
	d.to.ServeHTTP(answer, request)
	result := answer.Result()
	result.Request = request
	return result, nil
}

func readOnly(images http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodGet && request.Method != http.MethodHead {
			http.Error(answer, "the lab's upstream is to pull from", http.StatusMethodNotAllowed)
			return
		}
		answer.Header().Set("X-Datacentre-Lab", "stand-in")
		images.ServeHTTP(answer, request)
	})
}
