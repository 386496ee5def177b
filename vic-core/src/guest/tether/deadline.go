package main

import "time"

// watchDeadline ends all when the machine's time is over. The lock is held.
func (t *tether) watchDeadline() {
	if t.deadline != nil {
		t.deadline.Stop()
	}
	if t.config.DeadlineMillis <= 0 {
		return
	}
	deadline := time.Duration(t.config.DeadlineMillis) * time.Millisecond
	since := uptime() - t.times.tether
	var timer *time.Timer
	timer = time.AfterFunc(deadline-since, func() {
		defer lastWords()
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.deadline == timer {
			t.exceed()
		}
	})
	t.deadline = timer
}

// exceed ends all because the deadline is over. Who is being ended already, by a host that sets no time for it, has his grace
// from now on. The lock is held.
func (t *tether) exceed() {
	if t.isOver {
		return
	}
	t.late = !t.wound
	t.stopping, t.graced = true, true
	for _, s := range t.sessions {
		if s.ends {
			s.end()
		}
	}
	t.windDown()
	t.report()
	t.checkOver()
}
