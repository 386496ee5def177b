package simulator

// delSession ends a session and what belongs to it: collectors that wait answer at once, and are gone.
func (m *SessionManager) delSession(id string) {
	m.vendorDelSession(id)
	feed.endSession(id)
}

// ExpireSessions ends all sessions, as a long idle time would.
func (s *Service) ExpireSessions() {
	world.Lock()
	defer world.Unlock()
	sessionMutex.Lock()
	var keys []string
	for key := range s.sm.sessions {
		keys = append(keys, key)
	}
	sessionMutex.Unlock()
	for _, key := range keys {
		s.sm.delSession(key)
	}
}
