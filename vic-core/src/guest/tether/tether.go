package main

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// A tether is what runs the sessions of this VM. Its lock guards how it and its sessions are.
type tether struct {
	host    host
	config  *config
	number  int64 // which start of the VM this is
	disks   *disks
	times   bootTimes
	network *network

	seeding sync.Mutex      // held while a volume is made ready
	grouped map[string]bool // the volumes that were given to a group
	files   fileVolumes

	mu        sync.Mutex
	sessions  []*session
	begun     bool          // there is something to report
	first     chan struct{} // closed then
	stopping  bool          // somebody has said so, or the deadline is over
	late      bool          // the deadline is over
	killing   bool
	graced    bool          // who does not end is killed when its grace is over
	winding   bool          // what runs is being ended, and nothing begins any more
	stopped   chan struct{} // closed then
	finishing bool          // that is so because the main sessions are over, and the machine goes off then
	wound     bool          // nothing runs any more
	isOver    bool
	over      chan struct{} // closed when the machine is to be powered off
	addresses []string
	reported  string
	revision  int64 // of the configuration that is followed
	deadline  *time.Timer
}

func newTether(host host, config *config, number int64) *tether {
	t := &tether{
		host: host, config: config, number: number, disks: newDisks(config.Disks, config.MemoryVolumes), over: make(chan struct{}),
		stopped: make(chan struct{}), first: make(chan struct{}), grouped: map[string]bool{}, revision: config.Revision,
	}
	t.network = &network{tether: t, addresses: map[int][]string{}, addressed: make(chan struct{})}
	for i := range config.Sessions {
		t.sessions = append(t.sessions, newSession(t, i, &config.Sessions[i]))
	}
	return t
}

// run begins the sessions, and returns when the machine may be powered off.
func (t *tether) run() {
	syscall.Sethostname([]byte(t.config.Hostname))
	syscall.Setdomainname(nil)
	t.refuseSharedScratches()
	os.WriteFile("/etc/hosts", []byte(hostsFile(t.config, nil)), 0o644) // The tether's own, for probes.
	t.mu.Lock()
	t.watchDeadline()
	t.mu.Unlock()
	go t.runInOrder()
	<-t.first
	hurry(false)
	say("milliseconds: tether %d modules %d disks %d session %d", t.times.tether.Milliseconds(), t.times.modules.Milliseconds(),
		t.times.disks.Milliseconds(), uptime().Milliseconds())
	go t.obey()
	go t.serveLink()
	go t.serveVariableLink()
	<-t.over
	t.shutDown()
}

func (t *tether) serveLink() {
	defer lastWords()
	if port := t.host.link(); port != nil {
		say("link: %v", newLink(t, port).listen())
	}
}

func (t *tether) serveVariableLink() {
	defer lastWords()
	variables := newVariableLink(t.host)
	go variables.serve()
	say("link: %v", newLink(t, variables).listen())
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
	if !t.isOver && t.wound && (t.stopping || t.config.powersOff()) {
		t.isOver = true
		close(t.over)
	}
}
