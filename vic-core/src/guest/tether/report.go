package main

import (
	"encoding/json"
	"time"
)

const messageChars = 1024

type reportDocument struct {
	Run              int64           `json:"run"`
	Phase            string          `json:"phase"`
	Addresses        []string        `json:"addresses"`
	Sessions         []sessionReport `json:"sessions"`
	DeadlineExceeded bool            `json:"deadlineExceeded,omitempty"`
	Revision         int64           `json:"revision,omitempty"`
}

type sessionReport struct {
	Name string `json:"name"`
	runReport
	Restarts int        `json:"restarts"`
	Health   string     `json:"health,omitempty"`
	Up       bool       `json:"up"`
	Ready    bool       `json:"ready"`
	Trouble  string     `json:"trouble,omitempty"`
	Again    *int64     `json:"restartDelayMillis,omitempty"`
	Previous *runReport `json:"previous,omitempty"`
}

// report tells the host how it goes, where that is news, and nothing before there is something to tell: then the machine
// counts as started. The lock is held.
func (t *tether) report() {
	if !t.begun {
		return
	}
	document := reportDocument{
		Run: t.number, Phase: "running", Addresses: t.addresses, DeadlineExceeded: t.late, Sessions: []sessionReport{},
		Revision: t.revision,
	}
	if t.stopping || t.finishing {
		document.Phase = "stopping"
	}
	if document.Addresses == nil {
		document.Addresses = []string{}
	}
	for _, s := range t.sessions {
		document.Sessions = append(document.Sessions, s.report())
	}
	encoded, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	text := ascii(encoded)
	if text == t.reported {
		return
	}
	t.reported = text
	if err := t.host.set(reportKey, text); err != nil {
		say("report: %v", err)
	}
}

// report is how the session is. The lock is held.
func (s *session) report() sessionReport {
	r := sessionReport{
		Name: s.config.Name, runReport: s.run.report(), Restarts: s.restarts, Health: s.health, Up: s.up, Ready: s.ready,
		Trouble: shortened(s.trouble, messageChars),
	}
	r.Started = instant(s.started)
	if s.again != nil {
		millis := s.again.Milliseconds()
		r.Again = &millis
	}
	if s.replacing { // It begins again, and until then nobody takes it for over.
		r.Ended, r.Code, r.Signal, r.Again = "", nil, "", nil
	}
	if s.previous != nil {
		previous := s.previous.report()
		r.Previous = &previous
	}
	return r
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}
