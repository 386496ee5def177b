package main

// runInOrder begins the sessions: first those that are not main ones, one after the other, then these, all at once. When the
// main ones are over, or one that prepares has failed for good, it ends the rest.
func (t *tether) runInOrder() {
	defer lastWords()
	defer t.finish()
	for _, s := range t.helpers() {
		if !t.begin(s, t.hasBegun) {
			return
		}
		if s.config.Role == roleSidecar {
			select {
			case <-s.firstUp:
			case <-s.over:
				return
			}
			continue
		}
		<-s.over
		if !t.prepared(s) {
			return
		}
	}
	begun := make(chan struct{}, len(t.sessions))
	mains := t.mains()
	for _, s := range mains {
		if !t.begin(s, func() { begun <- struct{}{} }) {
			return
		}
	}
	for range mains {
		<-begun
	}
	t.hasBegun()
	for _, s := range mains {
		<-s.over
	}
}

// helpers are the sessions that are not main ones, in the order in which they begin.
func (t *tether) helpers() []*session {
	return t.having(func(role string) bool { return role == roleInit || role == roleSidecar })
}

func (t *tether) mains() []*session {
	return t.having(func(role string) bool { return role != roleInit && role != roleSidecar })
}

func (t *tether) having(role func(string) bool) []*session {
	var found []*session
	for _, s := range t.sessions {
		if role(s.config.Role) {
			found = append(found, s)
		}
	}
	return found
}

// begin lets a session run, unless all is to end. begun is called when its process has begun, or will not.
func (t *tether) begin(s *session, begun func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.winding {
		return false
	}
	s.begun = true
	go func() {
		defer lastWords()
		s.runToEnd(begun)
	}()
	return true
}

// hasBegun lets the machine report.
func (t *tether) hasBegun() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.begun {
		t.begun = true
		t.report()
		close(t.first)
	}
}

// prepared says whether a session that is over has done what the next ones need.
func (t *tether) prepared(s *session) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return s.run.succeeded()
}

// finish ends what runs yet beside the work that is done.
func (t *tether) finish() {
	t.hasBegun()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.winding {
		return
	}
	t.graced = true // No host waits for it.
	for _, s := range t.sessions {
		if s.begun && !isClosed(s.over) {
			t.finishing = t.config.powersOff()
		}
	}
	t.windDown()
	t.report()
}

// windDown lets nothing begin any more, and ends what runs: the main sessions and those that prepare, side by side; then
// those that help, the last one first. The lock is held.
func (t *tether) windDown() {
	if t.winding {
		return
	}
	t.winding = true
	close(t.stopped)
	var workers, sidecars []*session
	for _, s := range t.sessions {
		switch {
		case !s.begun:
		case s.config.Role == roleSidecar:
			sidecars = append([]*session{s}, sidecars...)
		default:
			workers = append(workers, s)
			s.end()
		}
	}
	go func() {
		defer lastWords()
		for _, s := range workers {
			<-s.over
		}
		for _, s := range sidecars {
			t.mu.Lock()
			s.end()
			t.mu.Unlock()
			<-s.over
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.wound = true
		t.checkOver()
	}()
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
