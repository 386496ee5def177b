package main

import (
	"testing"
	"time"
)

type fakeInfo map[string]string

func (f fakeInfo) String(key, fallback string) (string, error) {
	if value, ok := f[key]; ok {
		return value, nil
	}
	return fallback, nil
}

func (f fakeInfo) SetString(key, value string) error {
	f[key] = value
	return nil
}

func TestVMware_variablesAreRead_writtenAndWatched(t *testing.T) {
	v := &vmware{info: fakeInfo{commandKey: "c"}, changed: make(chan struct{}, 1)}
	if _, ok := v.variable(reportKey); ok {
		t.Error("there is no report")
	}
	if err := v.set(reportKey, "r"); err != nil {
		t.Fatal(err)
	}
	if value, ok := v.variable(reportKey); !ok || value != "r" {
		t.Error(value)
	}
	go v.poll()
	select {
	case <-v.changes():
	case <-time.After(10 * time.Second):
		t.Error("the command was not seen")
	}
}
