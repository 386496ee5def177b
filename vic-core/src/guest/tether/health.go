package main

import (
	"os"
	"syscall"
	"time"
)

// watchHealth runs the checks of a session whose process has begun; the function that it returns ends them.
func (s *session) watchHealth() func() {
	if s.config.Health == nil || len(s.config.Health.Argv) == 0 {
		return func() {}
	}
	over := make(chan struct{})
	gone := make(chan struct{})
	s.becomes("starting")
	go func() {
		defer lastWords()
		defer close(gone)
		s.checkHealth(over)
	}()
	return func() {
		close(over)
		<-gone
	}
}

func (s *session) checkHealth(over <-chan struct{}) {
	config := s.config.Health
	interval := millis(config.IntervalMillis, 30*time.Second)
	retries := config.Retries
	if retries < 1 {
		retries = 3
	}
	begun := time.Now()
	failures, wasHealthy := 0, false
	for {
		select {
		case <-over:
			return
		case <-time.After(interval):
		}
		switch ok := s.probe(over); {
		case ok:
			failures, wasHealthy = 0, true
			s.becomes("healthy")
		case !wasHealthy && time.Since(begun) < time.Duration(config.StartPeriodMillis)*time.Millisecond:
		default:
			if failures++; failures >= retries {
				s.becomes("unhealthy")
			}
		}
	}
}

// probe runs the check once, and says whether it exited with 0 in time.
func (s *session) probe(over <-chan struct{}) bool {
	e, err := s.execute(&request{Argv: s.config.Health.Argv})
	if err != nil {
		return false
	}
	discard := func(stream *os.File) func() {
		return func() { relay(nowhere{}, stream) }
	}
	e.streams.follow(e.streams.output, discard(e.streams.output))
	e.streams.follow(e.streams.errors, discard(e.streams.errors))
	ok := false
	var status syscall.WaitStatus
	select {
	case status = <-e.ended:
		ok = status.Exited() && status.ExitStatus() == 0
	case <-over:
		e.kill()
		<-e.ended
	case <-time.After(millis(s.config.Health.TimeoutMillis, 30*time.Second)):
		e.kill()
		<-e.ended
	}
	e.streams.finish()
	os.Remove(e.group)
	return ok
}

type nowhere struct{}

func (nowhere) Write(content []byte) (int, error) { return len(content), nil }

func millis(value int64, fallback time.Duration) time.Duration {
	if value <= 0 {
		return fallback
	}
	return time.Duration(value) * time.Millisecond
}

func (s *session) becomes(health string) {
	s.tether.mu.Lock()
	defer s.tether.mu.Unlock()
	if s.pid != 0 || health == "starting" {
		s.health = health
		s.tether.report()
	}
}
