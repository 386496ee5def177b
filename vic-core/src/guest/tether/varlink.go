package main

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

const (
	hostLinkKey  = "guestinfo.vic/link"
	guestLinkKey = "guestinfo.vic.link"
	linkBytes    = 24 << 10
)

// A variableLink is a stream of bytes over variables, for hosts that have no other; GuestProtocol (Java) describes it. Each
// side shows what it has sent and taken, and sends no further piece before the other has taken the last.
type variableLink struct {
	host host

	mu         sync.Mutex
	changed    *sync.Cond // what comes or goes
	connection string
	sent       int64
	taken      int64 // how much of that the host has
	got        int64
	incoming   []byte
	outgoing   []byte
	owes       bool // the host is to be told what was taken
}

// A piece is what a side shows.
type piece struct {
	connection string
	sent, got  int64
}

func newVariableLink(host host) *variableLink {
	l := &variableLink{host: host}
	l.changed = sync.NewCond(&l.mu)
	return l
}

// serve takes what the host shows, and shows what it is to see. It does not return.
func (l *variableLink) serve() {
	defer lastWords()
	go l.show()
	for {
		if text, ok := l.host.variable(hostLinkKey); ok {
			if shown, ok := parsePiece(text); ok {
				l.take(shown)
			}
		}
		<-l.host.linkChanges()
	}
}

func parsePiece(text string) (piece, bool) {
	words := strings.Split(text, " ")
	if len(words) != 3 {
		return piece{}, false
	}
	sent, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return piece{}, false
	}
	got, err := strconv.ParseInt(words[2], 10, 64)
	return piece{words[0], sent, got}, err == nil
}

func (l *variableLink) take(shown piece) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if shown.connection != l.connection {
		if shown.sent != 1 {
			return
		}
		l.connection, l.sent, l.taken, l.got = shown.connection, 0, 0, 0
		l.incoming, l.outgoing = nil, nil
	}
	if shown.got == l.sent {
		l.taken = l.sent
	}
	if shown.sent == l.got+1 {
		if content, ok := l.content(shown.sent); ok {
			l.incoming = append(l.incoming, content...)
			l.got, l.owes = shown.sent, true
		}
	}
	l.changed.Broadcast()
}

// content is that of the host's piece of this number, if it is there.
func (l *variableLink) content(number int64) ([]byte, bool) {
	text, _ := l.host.variable(hostLinkKey + ".data")
	head, data, _ := strings.Cut(text, " ")
	if head != strconv.FormatInt(number, 10) {
		return nil, false
	}
	content, err := base64.StdEncoding.DecodeString(data)
	return content, err == nil
}

// show writes what the host is to see, whenever there is something new.
func (l *variableLink) show() {
	defer lastWords()
	for {
		l.mu.Lock()
		for !l.owes && !(l.taken == l.sent && len(l.outgoing) > 0) {
			l.changed.Wait()
		}
		var content []byte
		if l.taken == l.sent && len(l.outgoing) > 0 {
			size := len(l.outgoing)
			if size > linkBytes {
				size = linkBytes
			}
			content, l.outgoing = l.outgoing[:size:size], l.outgoing[size:]
			l.sent++
		}
		l.owes = false
		head := fmt.Sprintf("%s %d %d", l.connection, l.sent, l.got)
		data := strconv.FormatInt(l.sent, 10) + " " + base64.StdEncoding.EncodeToString(content)
		l.changed.Broadcast()
		l.mu.Unlock()
		if content != nil {
			if err := l.host.set(guestLinkKey+".data", data); err != nil {
				say("link: %v", err)
			}
		}
		if err := l.host.set(guestLinkKey, head); err != nil {
			say("link: %v", err)
		}
	}
}

func (l *variableLink) Read(buffer []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.incoming) == 0 {
		l.changed.Wait()
	}
	n := copy(buffer, l.incoming)
	l.incoming = l.incoming[n:]
	return n, nil
}

// Write waits while the host takes nothing. What it was to see is lost when another connection comes.
func (l *variableLink) Write(content []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	connection := l.connection
	for len(l.outgoing) > 2*linkBytes && l.connection == connection {
		l.changed.Wait()
	}
	if l.connection == connection {
		l.outgoing = append(l.outgoing, content...)
		l.changed.Broadcast()
	}
	return len(content), nil
}
