package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// settle writes down why the process could not begin, if so, and says whether it is begun again.
func (s *session) settle(err error) bool {
	t := s.tether
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		s.code, s.message = failure(s.config.Argv[0], err)
		s.ended, s.status = time.Now(), nil
	}
	success := s.status != nil && s.status.Exited() && s.status.ExitStatus() == 0
	again := !t.stopping && s.refusal == "" && s.root != nil && s.config.restarts(success)
	if again {
		t.report()
	}
	return again
}

// pause waits before the process is begun again, and says whether it is to be.
func (s *session) pause() bool {
	select {
	case <-time.After(restartDelay(s.restarts)):
	case <-s.tether.stopped:
		return false
	}
	s.tether.mu.Lock()
	defer s.tether.mu.Unlock()
	s.restarts++
	return true
}

// report is how the session is. The lock is held.
func (s *session) report() sessionReport {
	r := sessionReport{
		Name: s.config.Name, Started: instant(s.started), Ended: instant(s.ended), Restarts: s.restarts,
		Message: shortened(s.message, messageChars), Health: s.health,
	}
	switch {
	case s.ended.IsZero():
	case s.status == nil:
		r.Code = &s.code
	case s.status.Exited():
		code := s.status.ExitStatus()
		r.Code = &code
	default:
		signal := s.status.Signal()
		if s.emulated != 0 && signal == syscall.SIGKILL {
			signal = s.emulated
		}
		r.Signal = signalName(int(signal))
	}
	return r
}

func (s *session) oomKills() int64 { return readCounter(s.group+"/memory.events", "oom_kill") }

// send sends a signal to the session's process. The first process of a namespace does not get a signal that it has not
// asked for: of those that would end any other process, the tether does what they do. The lock is held.
func (s *session) send(signal syscall.Signal) {
	if endsByDefault(signal) {
		status, err := os.ReadFile("/proc/" + itoa(s.pid) + "/status")
		if err == nil && !caresFor(string(status), signal) {
			if s.emulated == 0 {
				s.emulated = signal
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
