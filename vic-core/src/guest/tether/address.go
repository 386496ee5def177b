package main

import (
	"strings"
	"time"
)

// What stands for this machine's addresses in the arguments and the environment of a session that takes them.
const (
	addressMark   = "\x01address\x01"   // the first
	addressesMark = "\x01addresses\x01" // all, with commas between them
)

// So long such a session waits for the first address, beside the time that all have for their networks.
const addressPatience = 2 * time.Minute

// awaitAddress waits until this machine has an address, if the session takes it.
func (s *session) awaitAddress(patience time.Duration) error {
	t := s.tether
	if !s.config.TakesAddresses {
		return nil
	}
	if len(t.config.Networks) == 0 {
		return errorText("this machine has no network, and so no address that it could tell its process")
	}
	select {
	case <-t.network.addressed:
		return nil
	case <-t.stopped:
		return errEnds
	case <-time.After(patience):
		return errorText("no network has given this machine an address that it could tell its process")
	}
}

// addressed puts this machine's addresses into words of the session, if it takes them. The lock is not held.
func (s *session) addressed(words []string) []string {
	if !s.config.TakesAddresses {
		return words
	}
	s.tether.mu.Lock()
	defer s.tether.mu.Unlock()
	return withAddresses(words, s.tether.addresses)
}

func withAddresses(words, addresses []string) []string {
	if len(addresses) == 0 {
		return words
	}
	marks := strings.NewReplacer(addressMark, addresses[0], addressesMark, strings.Join(addresses, ","))
	var out []string
	for _, word := range words {
		out = append(out, marks.Replace(word))
	}
	return out
}
