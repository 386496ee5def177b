package main

import (
	"context"
	"time"
)

// A tally counts how often in a row a probe has gone well, or failed, as kubelets do.
type tally struct {
	successes, failures int // how many in a row count
	last                bool
	inARow              int
}

func newTally(config *probeConfig) *tally {
	t := &tally{successes: config.SuccessThreshold, failures: config.FailureThreshold}
	if t.successes < 1 {
		t.successes = 1
	}
	if t.failures < 1 {
		t.failures = 3
	}
	return t
}

// add takes in what came of a probe, and says whether that is how it is now: else it stays as it was.
func (t *tally) add(ok bool) bool {
	if t.inARow == 0 || t.last != ok {
		t.last, t.inARow = ok, 0
	}
	t.inARow++
	if ok {
		return t.inARow >= t.successes
	}
	return t.inARow >= t.failures
}

func (l *life) goProbe(kind string, config *probeConfig, heard func(ok bool) bool) {
	go func() {
		defer lastWords()
		l.probe(kind, config, heard)
	}()
}

// probe does a probe again and again, until the process is to end. heard is told how it is, each time that it counts, and
// says whether to go on.
func (l *life) probe(kind string, config *probeConfig, heard func(ok bool) bool) {
	s := l.session
	tally := newTally(config)
	next := l.begun.Add(time.Duration(config.InitialDelayMillis) * time.Millisecond)
	for {
		timer := time.NewTimer(time.Until(next))
		select {
		case <-timer.C:
		case <-l.steady.Done():
			timer.Stop()
			return
		}
		next = time.Now().Add(millis(config.PeriodMillis, 10*time.Second))
		ctx, cancel := context.WithTimeout(l.steady, millis(config.TimeoutMillis, time.Second))
		err := s.act(ctx, &config.action)
		cancel()
		if l.steady.Err() != nil {
			return
		}
		if err != nil {
			s.tether.mu.Lock()
			s.complain(kind + " probe failed: " + err.Error())
			s.tether.mu.Unlock()
		}
		if tally.add(err == nil) && !heard(err == nil) {
			return
		}
	}
}
