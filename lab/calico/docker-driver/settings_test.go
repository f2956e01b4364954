package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestSettings(t *testing.T) {
	for name, test := range map[string]struct {
		environment map[string]string
		files       map[string]string
		node        string
		mtu         int
		err         string
	}{
		"the least":        {map[string]string{"NODENAME": "n"}, nil, "n", 1450, ""},
		"files":            {nil, map[string]string{nodenameFile: "m\n", mtuFile: "1350\n"}, "m", 1350, ""},
		"environment wins": {map[string]string{"NODENAME": "n", "CALICO_MTU": "1400"}, map[string]string{nodenameFile: "m", mtuFile: "1350"}, "n", 1400, ""},
		"MTU by itself":    {map[string]string{"NODENAME": "n", "CALICO_MTU": "0"}, map[string]string{mtuFile: "1300"}, "n", 1300, ""},
		"a broken file":    {map[string]string{"NODENAME": "n"}, map[string]string{mtuFile: "x"}, "n", 1450, ""},
		"no name":          {nil, nil, "", 0, "NODENAME is empty"},
		"no etcd":          {map[string]string{"ETCD_ENDPOINTS": "", "NODENAME": "n"}, nil, "", 0, "ETCD_ENDPOINTS is empty"},
		"a bad MTU":        {map[string]string{"NODENAME": "n", "CALICO_MTU": "15OO"}, nil, "", 0, "CALICO_MTU"},
		"a far engine":     {map[string]string{"NODENAME": "n", "DOCKER_HOST": "tcp://h:1"}, nil, "", 0, "no unix:// socket"},
		"a bad duration":   {map[string]string{"NODENAME": "n", "CALICO_LIBNETWORK_LABEL_POLL_TIMEOUT": "5"}, nil, "", 0, "no duration"},
	} {
		t.Run(name, func(t *testing.T) {
			getenv := func(key string) string {
				if value, ok := test.environment[key]; ok || key != "ETCD_ENDPOINTS" {
					return value
				}
				return "http://a:2379"
			}
			read := func(path string) ([]byte, error) {
				if content, ok := test.files[path]; ok {
					return []byte(content), nil
				}
				return nil, os.ErrNotExist
			}
			got, err := readSettings(getenv, read)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v has no %q", err, test.err)
				}
			} else if err != nil || got.node != test.node || got.mtu() != test.mtu || got.labelTimeout != 5*time.Second {
				t.Errorf("%+v, error %v", got, err)
			}
		})
	}
}
