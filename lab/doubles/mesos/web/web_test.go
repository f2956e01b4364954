package web

import (
	"net/http/httptest"
	"testing"
)

func TestSlashesAreEscapedUpTo1_6(t *testing.T) {
	for version, want := range map[string]string{"1.5.3": `{"master\/elected":1.0}`, "1.6.0": `{"master\/elected":1.0}`, "1.7.1": `{"master/elected":1.0}`, "1.11.0": `{"master/elected":1.0}`} {
		t.Setenv("MESOS_LAB_VERSION", version)
		answer := httptest.NewRecorder()
		JSON(answer, httptest.NewRequest("GET", "/metrics/snapshot", nil), map[string]any{"master/elected": 1.0})
		if got := answer.Body.String(); got != want {
			t.Errorf("%s: %s, want %s", version, got, want)
		}
	}
}
