package main

import (
	"syscall"
	"time"
)

// A backoff is forgotten by a process that ran longer than this, as kubelets do.
const longRun = 10 * time.Minute

// A run is one time that a session's process ran, or could not begin.
type run struct {
	started     time.Time // zero if it could not
	ended       time.Time
	status      *syscall.WaitStatus
	code        int            // where there was no process to have a status
	emulated    syscall.Signal // the end of it that the tether made up
	message     string
	outOfMemory bool
	condemned   bool // a probe or a hook failed, and so the tether ended it
}

type runReport struct {
	Started     string `json:"started,omitempty"`
	Ended       string `json:"ended,omitempty"`
	Code        *int   `json:"code,omitempty"`
	Signal      string `json:"signal,omitempty"`
	Message     string `json:"message"`
	OutOfMemory bool   `json:"outOfMemory,omitempty"`
}

func (r *run) report() runReport {
	report := runReport{
		Started: instant(r.started), Ended: instant(r.ended), Message: shortened(r.message, messageChars),
		OutOfMemory: r.outOfMemory,
	}
	switch {
	case r.ended.IsZero():
	case r.status == nil:
		code := r.code
		report.Code = &code
	case r.status.Exited():
		code := r.status.ExitStatus()
		report.Code = &code
	default:
		signal := r.status.Signal()
		if r.emulated != 0 && signal == syscall.SIGKILL {
			signal = r.emulated
		}
		report.Signal = signalName(int(signal))
	}
	return report
}

// succeeded says whether it is one after which a session is not begun again that is so only on failure. What the tether
// ended for a failed probe or hook has failed, whatever it exited with: so kubelets begin it again.
func (r *run) succeeded() bool {
	return r.status != nil && r.status.Exited() && r.status.ExitStatus() == 0 && !r.condemned
}

func (r *run) wasLong() bool {
	return !r.started.IsZero() && r.ended.Sub(r.started) > longRun
}
