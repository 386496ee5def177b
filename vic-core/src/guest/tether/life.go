package main

import (
	"context"
	"syscall"
	"time"
)

// A life is what the tether does beside a process of a session: hooks, and probes. The tether's lock guards it.
type life struct {
	session *session
	begun   time.Time
	all     context.Context // over when the process is
	cancel  context.CancelFunc
	steady  context.Context // over when the process is to end
	condemn context.CancelFunc
	killsAt time.Time // zero if nobody will
	killer  *time.Timer
}

// newLife is that of the process that has just begun. The lock is held.
func newLife(s *session) *life {
	l := &life{session: s, begun: s.run.started}
	l.all, l.cancel = context.WithCancel(context.Background())
	l.steady, l.condemn = context.WithCancel(l.all)
	return l
}

func (l *life) runs() bool { return l.session.life == l && l.session.pid != 0 }

func (l *life) ending() bool { return l.steady.Err() != nil }

// killAfter kills the process when so much time is over, unless that is negative, or it will be killed sooner. The lock is
// held.
func (l *life) killAfter(grace time.Duration) {
	at := time.Now().Add(grace)
	if grace < 0 || (!l.killsAt.IsZero() && l.killsAt.Before(at)) {
		return
	}
	l.killsAt = at
	if l.killer != nil {
		l.killer.Stop()
	}
	l.killer = time.AfterFunc(grace, func() {
		defer lastWords()
		l.session.tether.mu.Lock()
		defer l.session.tether.mu.Unlock()
		if l.runs() {
			l.session.send(syscall.SIGKILL)
		}
	})
}

// begin begins what is done beside the process. The lock is held.
func (l *life) begin() {
	s := l.session
	if !s.config.watched() {
		l.isUp(true)
		return
	}
	if s.config.PostStart == nil && s.config.Startup == nil {
		l.isUp(s.config.Readiness == nil)
		l.watch()
		return
	}
	go func() {
		defer lastWords()
		if l.rises() {
			s.tether.mu.Lock()
			defer s.tether.mu.Unlock()
			if l.runs() {
				l.isUp(s.config.Readiness == nil)
				s.tether.report()
				l.watch()
			}
		}
	}()
}

// isUp says that the session is up. The lock is held.
func (l *life) isUp(ready bool) {
	s := l.session
	s.up, s.ready = true, ready
	if !isClosed(s.firstUp) {
		close(s.firstUp)
	}
}

// rises does what is done before the session is up, and says whether it is then.
func (l *life) rises() bool {
	s := l.session
	if hook := s.config.PostStart; hook != nil {
		if err := s.act(l.steady, hook); err != nil {
			l.fail("PostStartHook failed: "+err.Error(), s.config.grace())
			return false
		}
	}
	up := true
	if probe := s.config.Startup; probe != nil {
		up = false
		l.probe("Startup", probe, func(ok bool) bool {
			if up = ok; !ok {
				l.fail("", s.config.graceOf(probe))
			}
			return false
		})
	}
	return up
}

// watch begins the probes of a session that is up.
func (l *life) watch() {
	s := l.session
	if probe := s.config.Readiness; probe != nil {
		l.goProbe("Readiness", probe, func(ok bool) bool {
			s.tether.mu.Lock()
			defer s.tether.mu.Unlock()
			if l.runs() {
				s.ready = ok
				s.tether.report()
			}
			return true
		})
	}
	if probe := s.config.Liveness; probe != nil {
		l.goProbe("Liveness", probe, func(ok bool) bool {
			if !ok {
				l.fail("", s.config.graceOf(probe))
			}
			return ok
		})
	}
}

// fail ends the process because a hook or a probe has failed.
func (l *life) fail(complaint string, grace time.Duration) {
	s := l.session
	s.tether.mu.Lock()
	defer s.tether.mu.Unlock()
	if !l.runs() || l.ending() {
		return
	}
	if complaint != "" {
		s.complain(complaint)
	}
	s.run.condemned = true
	s.endProcess(grace)
}

// complain tells the host what probes and hooks say. The lock is held.
func (s *session) complain(text string) {
	s.trouble = text
	s.tether.report()
}
