package main

import (
	"encoding/json"
	"os"
	"sync"
	"syscall"
	"time"
)

const messageChars = 1024

// A tether is what runs the sessions of this VM. Its lock guards how it and its sessions are.
type tether struct {
	host    host
	config  *config
	number  int64 // which start of the VM this is
	disks   *disks
	times   bootTimes
	network *network

	seeding sync.Mutex // held while a volume is filled

	mu        sync.Mutex
	sessions  []*session
	stopping  bool
	begun     bool // all sessions have, or will not
	killing   bool
	addresses []string
	reported  string
	over      chan struct{} // closed when the machine is to be powered off
	isOver    bool
	stopped   chan struct{} // closed when no session begins any more
}

func newTether(host host, config *config, number int64) *tether {
	t := &tether{
		host: host, config: config, number: number, disks: newDisks(config.Disks), over: make(chan struct{}),
		stopped: make(chan struct{}),
	}
	t.network = &network{tether: t, addresses: map[int][]string{}}
	for i := range config.Sessions {
		t.sessions = append(t.sessions, newSession(t, i, &config.Sessions[i]))
	}
	return t
}

// run begins the sessions, and returns when the machine may be powered off.
func (t *tether) run() error {
	syscall.Sethostname([]byte(t.config.Hostname))
	os.WriteFile("/proc/sys/kernel/domainname", nil, 0)
	if err := setUpCgroups(); err != nil {
		say("%v", err)
	}
	t.refuseSharedScratches()
	var begun sync.WaitGroup
	for _, s := range t.sessions {
		begun.Add(1)
		go func(s *session) {
			defer lastWords()
			s.run(begun.Done)
		}(s)
	}
	begun.Wait()
	say("tether %.3f modules %.3f disks %.3f session %.3f", t.times.tether, t.times.modules, t.times.disks, uptime())
	hurry(false)
	t.mu.Lock()
	t.begun = true
	t.report()
	t.checkOver()
	t.mu.Unlock()
	go t.obey()
	go t.serveLink()
	<-t.over
	t.shutDown()
	return nil
}

func (t *tether) serveLink() {
	defer lastWords()
	if port := t.host.link(); port != nil {
		say("link: %v", newLink(t, port).listen())
	}
}

// shutDown ends what still runs, and leaves clean file systems.
func (t *tether) shutDown() {
	hurry(true)
	t.mu.Lock() // No report or ack is on its way.
	defer t.mu.Unlock()
	for _, s := range t.sessions {
		if s.pid != 0 {
			syscall.Kill(s.pid, syscall.SIGKILL)
		}
	}
	for _, s := range t.sessions {
		s.root.remove()
	}
	t.disks.unmountAll()
}

// refuseSharedScratches lets only the first session have a scratch disk that more than one names.
func (t *tether) refuseSharedScratches() {
	owners := map[string]string{}
	for _, s := range t.sessions {
		scratch := s.config.Scratch
		if scratch == "" {
			continue
		}
		if owner, ok := owners[scratch]; ok {
			s.refusal = "scratch disk " + scratch + " is that of session " + owner + " already; give each session its own"
		} else {
			owners[scratch] = s.config.Name
		}
	}
}

// checkOver powers the machine off when there is nothing left to run. The lock is held.
func (t *tether) checkOver() {
	if t.isOver || !(t.stopping || t.config.powersOff()) {
		return
	}
	for _, s := range t.sessions {
		if !s.done {
			return
		}
	}
	t.isOver = true
	close(t.over)
}

type reportDocument struct {
	Run       int64           `json:"run"`
	Phase     string          `json:"phase"`
	Addresses []string        `json:"addresses"`
	Sessions  []sessionReport `json:"sessions"`
}

type sessionReport struct {
	Name     string `json:"name"`
	Started  string `json:"started,omitempty"`
	Ended    string `json:"ended,omitempty"`
	Code     *int   `json:"code,omitempty"`
	Signal   string `json:"signal,omitempty"`
	Restarts int    `json:"restarts"`
	Message  string `json:"message"`
	Health   string `json:"health,omitempty"`
}

// report tells the host how it goes, where that is news, and nothing before all sessions have begun: then the machine
// counts as started. The lock is held.
func (t *tether) report() {
	if !t.begun {
		return
	}
	document := reportDocument{Run: t.number, Phase: "running", Addresses: t.addresses}
	if t.stopping {
		document.Phase = "stopping"
	}
	if document.Addresses == nil {
		document.Addresses = []string{}
	}
	document.Sessions = []sessionReport{}
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

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}
