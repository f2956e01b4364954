package leader

import (
	"reflect"
	"testing"
)

func TestOrder(t *testing.T) {
	got := Order([]string{"_c_ff-latch-0000000002", "_c_00-latch-0000000010", "other", "_c_aa-latch-0000000001"})
	want := []string{"_c_aa-latch-0000000001", "_c_ff-latch-0000000002", "_c_00-latch-0000000010"}
	if !reflect.DeepEqual(got, want) {
		t.Error(got)
	}
	if id := uuid(); len(id) != 36 || id[14] != '4' {
		t.Error(id)
	}
}
