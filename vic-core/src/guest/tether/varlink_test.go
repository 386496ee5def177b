package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"
)

// A variableHost shows pieces to a guest and reads what that shows.
type variableHost struct {
	t      *testing.T
	mu     sync.Mutex
	values map[string]string
	linked chan struct{}
}

func (h *variableHost) variable(key string) (string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	value, ok := h.values[key]
	return value, ok
}

func (h *variableHost) set(key, value string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.values[key] = value
	return nil
}

func (h *variableHost) changes() <-chan struct{}         { return nil }
func (h *variableHost) linkChanges() <-chan struct{}     { return h.linked }
func (h *variableHost) log(index int) (io.Writer, error) { return nil, io.EOF }
func (h *variableHost) link() io.ReadWriter              { return nil }

func (h *variableHost) show(connection string, sent, got int64, content []byte) {
	if content != nil {
		h.set(hostLinkKey+".data", fmt.Sprintf("%d %s", sent, base64.StdEncoding.EncodeToString(content)))
	}
	h.set(hostLinkKey, fmt.Sprintf("%s %d %d", connection, sent, got))
	h.linked <- struct{}{}
}

func (h *variableHost) await(shown string) string {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if text, _ := h.variable(guestLinkKey); text == shown {
			data, _ := h.variable(guestLinkKey + ".data")
			return data
		}
	}
	text, _ := h.variable(guestLinkKey)
	h.t.Fatalf("the guest shows %q, not %q", text, shown)
	return ""
}

func TestVariableLink_passesPieces_oneAtATime_andForgetsAnOlderConnection(t *testing.T) {
	host := &variableHost{t: t, values: map[string]string{}, linked: make(chan struct{}, 9)}
	l := newVariableLink(host)
	go l.serve()
	buffer := make([]byte, 100)
	read := func(wanted string) {
		if n, err := l.Read(buffer); err != nil || string(buffer[:n]) != wanted {
			t.Fatalf("%q, %v instead of %q", buffer[:n], err, wanted)
		}
	}

	host.show("old", 7, 0, []byte("of a connection that this guest does not know"))
	host.show("a", 1, 0, []byte("hello"))
	read("hello")
	host.await("a 0 1")
	long := bytes.Repeat([]byte("x"), linkBytes+5)
	l.Write(long)
	if data := host.await("a 1 1"); len(data) != 2+base64.StdEncoding.EncodedLen(linkBytes) {
		t.Errorf("the first piece has %d characters", len(data))
	}
	host.show("a", 2, 0, []byte("more")) // It has not taken the piece.
	read("more")
	host.await("a 1 2")
	host.show("a", 2, 1, nil)
	if data := host.await("a 2 2"); data != "2 "+base64.StdEncoding.EncodeToString([]byte("xxxxx")) {
		t.Error(data)
	}

	host.show("b", 1, 0, []byte("again"))
	read("again")
	host.await("b 0 1")
	l.Write([]byte("yes"))
	if data := host.await("b 1 1"); data != "1 "+base64.StdEncoding.EncodeToString([]byte("yes")) {
		t.Error(data)
	}
}
