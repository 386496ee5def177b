package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// remember keeps how the process ended the time before the one that begins, and counts that as a restart. The lock is
// held.
func (s *session) remember() {
	if !s.run.ended.IsZero() {
		last := s.run
		s.previous = &last
		s.restarts++
	}
}

// settle writes down why the process could not begin, if so, and says whether it is begun again, and how long after.
func (s *session) settle(err error) (again bool, delay time.Duration) {
	t := s.tether
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == errEnds {
		s.again = nil
	} else if err != nil {
		s.remember()
		s.replacing = false
		s.run = run{ended: time.Now()}
		s.run.code, s.run.message = failure(s.config.Argv[0], err)
		s.decide()
	}
	if s.again == nil {
		return false, 0
	}
	if *s.again > 0 { // Else there is nothing to see: the end is told with the next begin.
		t.report()
	}
	return true, *s.again
}

// decide says whether the process that is over is begun again: in one go with its end, so that nobody takes it for over for
// good. The lock is held.
func (s *session) decide() {
	s.again = nil
	if s.ends || s.refusal != "" {
		s.replacing = false
		return
	}
	var delay time.Duration
	if s.next != nil {
		s.delays = 0
	} else if !s.config.restarts(s.run.succeeded()) {
		return
	} else {
		if s.run.wasLong() {
			s.delays = 0
		}
		delay = restartDelay(s.delays)
		s.delays++
	}
	s.again = &delay
}

// pause waits before the process is begun again, and says whether it is to be.
func (s *session) pause(delay time.Duration) bool {
	select {
	case <-time.After(delay):
		return true
	case <-s.revised:
		return true
	case <-s.tether.stopped:
		return false
	}
}

// end lets no process of the session begin any more, and asks the one that runs to end. The lock is held.
func (s *session) end() {
	s.ends = true
	grace := time.Duration(-1)
	if s.tether.graced {
		grace = s.config.grace()
	}
	s.endProcess(grace)
}

// endProcess asks the process that runs to end: what is to be done before, the stop signal, and the kill when the grace is
// over, unless that is negative. The lock is held.
func (s *session) endProcess(grace time.Duration) {
	if s.pid == 0 {
		return
	}
	if s.tether.killing {
		s.send(syscall.SIGKILL)
		return
	}
	l := s.life
	l.killAfter(grace)
	if l.ending() {
		return
	}
	l.condemn()
	if s.config.PreStop == nil {
		s.sendStop()
		return
	}
	go func() {
		defer lastWords()
		err := s.act(l.all, s.config.PreStop)
		s.tether.mu.Lock()
		defer s.tether.mu.Unlock()
		if l.runs() {
			if err != nil {
				s.complain("PreStopHook failed: " + err.Error())
			}
			s.sendStop()
		}
	}()
}

// sendStop sends the process the signal that asks it to end. The lock is held.
func (s *session) sendStop() {
	number, err := parseSignal(s.config.StopSignal)
	if err != nil {
		number = int(syscall.SIGTERM)
	}
	s.send(syscall.Signal(number))
}

func (s *session) oomKills() int64 { return readCounter(s.group+"/memory.events", "oom_kill") }

// send sends a signal to the session's process. The first process of a namespace does not get a signal that it has not
// asked for: of those that would end any other process, the tether does what they do. The lock is held.
func (s *session) send(signal syscall.Signal) {
	if endsByDefault(signal) {
		status, err := os.ReadFile("/proc/" + itoa(s.pid) + "/status")
		if err == nil && !caresFor(string(status), signal) {
			if s.run.emulated == 0 {
				s.run.emulated = signal
			}
			signal = syscall.SIGKILL
		}
	}
	if err := syscall.Kill(s.pid, signal); err != nil && err != syscall.ESRCH {
		say("signal %d to session %s: %v", signal, s.config.Name, err)
	}
}

// endsByDefault says whether a process ends that has not asked for this signal (signal(7)).
func endsByDefault(signal syscall.Signal) bool {
	switch signal {
	case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGCONT, syscall.SIGURG, syscall.SIGWINCH,
		syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
		return false
	}
	return true
}

// caresFor reads in /proc/<pid>/status (proc(5)) whether a process blocks, ignores or catches a signal.
func caresFor(status string, signal syscall.Signal) bool {
	for _, line := range strings.Split(status, "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "SigBlk", "SigIgn", "SigCgt":
			mask, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			if err != nil || mask>>(uint(signal)-1)&1 == 1 {
				return true
			}
		}
	}
	return false
}
