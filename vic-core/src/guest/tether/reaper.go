package main

import (
	"sync"
	"syscall"
)

// As PID 1 the tether is the parent of every process that lost its own. The lock is held from a fork until its process
// is claimed, so that a status which nobody claimed belongs to a stranger.
var (
	reaping  sync.Mutex
	claims   = map[int]chan syscall.WaitStatus{}
	children = make(chan struct{}, 1)
)

// claim returns where the status of a child will come. The lock is held.
func claim(pid int) <-chan syscall.WaitStatus {
	ended := make(chan syscall.WaitStatus, 1)
	claims[pid] = ended
	select {
	case children <- struct{}{}:
	default:
	}
	return ended
}

// reap collects the processes that have ended, for ever.
func reap() {
	defer lastWords()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil { // There is none to wait for.
			<-children
			continue
		}
		if !status.Exited() && !status.Signaled() {
			continue
		}
		reaping.Lock()
		ended := claims[pid]
		delete(claims, pid)
		reaping.Unlock()
		if ended != nil {
			ended <- status
		}
	}
}
