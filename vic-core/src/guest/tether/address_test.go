package main

import (
	"strings"
	"testing"
	"time"
)

// takingSession is a session that takes the addresses of a machine with one network.
func takingSession(networks ...networkConfig) *session {
	config := &config{Networks: networks, Sessions: []sessionConfig{{Name: "main", TakesAddresses: true}}}
	return newTether(nil, config, 1).sessions[0]
}

func TestWords_getTheAddresses(t *testing.T) {
	words := []string{"IP=" + addressMark, "ALL=<" + addressesMark + "|" + addressMark + ">", "PLAIN=address"}
	got := strings.Join(withAddresses(words, []string{"10.0.0.7", "fd00::7"}), " ")
	if got != "IP=10.0.0.7 ALL=<10.0.0.7,fd00::7|10.0.0.7> PLAIN=address" {
		t.Error(got)
	}
}

func TestWords_ofASessionThatTakesNone_areAsTheyAre(t *testing.T) {
	s := takingSession(networkConfig{})
	s.tether.addresses = []string{"10.0.0.7"}
	s.config.TakesAddresses = false
	if got := s.addressed([]string{addressMark}); got[0] != addressMark {
		t.Error(got)
	}
}

func TestSession_waitsForTheFirstAddress(t *testing.T) {
	s := takingSession(networkConfig{})
	done := make(chan error, 1)
	go func() { done <- s.awaitAddress(time.Minute) }()
	select {
	case err := <-done:
		t.Fatal("it has not waited: ", err)
	case <-time.After(50 * time.Millisecond):
	}
	s.tether.mu.Lock()
	s.tether.network.setAddresses(0, []string{"10.0.0.7"})
	s.tether.network.setAddresses(0, []string{"10.0.0.8"}) // It may change.
	s.tether.mu.Unlock()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := s.addressed([]string{addressMark}); got[0] != "10.0.0.8" {
		t.Error(got)
	}
}

func TestSession_withoutAnAddressInTime_doesNotBegin(t *testing.T) {
	if err := takingSession(networkConfig{}).awaitAddress(0); err == nil || !strings.Contains(err.Error(), "no network has given") {
		t.Error(err)
	}
	if err := takingSession().awaitAddress(time.Minute); err == nil || !strings.Contains(err.Error(), "has no network") {
		t.Error(err)
	}
	s := takingSession(networkConfig{})
	close(s.tether.stopped)
	if err := s.awaitAddress(time.Minute); err != errEnds {
		t.Error(err)
	}
}
