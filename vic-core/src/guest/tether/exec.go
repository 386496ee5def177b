package main

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
)

const (
	sysPidfdOpen = 434
	cloneParent  = 0x8000
)

var execs int64 // how many there were

type pidDetails struct {
	PID int `json:"pid"`
}

type exitDetails struct {
	Code    *int   `json:"code,omitempty"`
	Signal  string `json:"signal,omitempty"`
	Message string `json:"message,omitempty"`
}

// An execution is a further process in a session.
type execution struct {
	session *session
	streams *stdio
	group   string
	pid     int
	ended   <-chan syscall.WaitStatus
}

// exec runs a further process in a session, with its streams.
func (x *exchange) exec(s *session, r *request) interface{} {
	if len(r.Argv) == 0 || r.Argv[0] == "" {
		return refusal{"invalid", "there is no program to run"}
	}
	e, err := s.execute(r)
	var conflict conflictError
	if errors.As(err, &conflict) {
		return refusal{"conflict", err.Error()}
	}
	var step *stepError
	if err != nil && !errors.As(err, &step) {
		return refusal{"invalid", err.Error()}
	}
	if err != nil {
		x.opened(pidDetails{})
		channel{x, 1}.close()
		channel{x, 2}.close()
		code, message := failure(r.Argv[0], err)
		return exitDetails{Code: &code, Message: message}
	}
	return x.follow(e, r)
}

func (x *exchange) follow(e *execution, r *request) interface{} {
	e.streams.resize(r.Rows, r.Columns)
	x.controls(func(c control) {
		switch c.Do {
		case "resize":
			e.streams.resize(c.Rows, c.Columns)
		case "signal":
			if number, err := parseSignal(c.Signal); err == nil {
				syscall.Kill(e.pid, syscall.Signal(number))
			}
		}
	})
	x.opened(pidDetails{e.pid})
	if e.streams.input != nil {
		go func() {
			defer lastWords()
			if _, err := io.Copy(e.streams.input, onlyReader{x}); err == nil {
				e.streams.endInput()
			}
		}()
	}
	e.streams.follow(e.streams.output, func() { relay(channel{x, 1}, e.streams.output) })
	if e.streams.errors != nil {
		e.streams.follow(e.streams.errors, func() { relay(channel{x, 2}, e.streams.errors) })
	}
	var status syscall.WaitStatus
	select {
	case status = <-e.ended:
	case <-x.ctx.Done():
		e.kill()
		status = <-e.ended
	}
	x.controls(nil)
	e.streams.finish()
	os.Remove(e.group)
	channel{x, 1}.close()
	channel{x, 2}.close()
	if status.Exited() {
		code := status.ExitStatus()
		return exitDetails{Code: &code}
	}
	return exitDetails{Signal: signalName(int(status.Signal()))}
}

// relay passes a stream on to its end. Where the host takes no more, it is read no more.
func relay(out io.Writer, stream *os.File) {
	buffer := make([]byte, dataBytes)
	for {
		n, err := stream.Read(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			for {
				n, err := syscall.Read(int(stream.Fd()), buffer)
				if n <= 0 && err != syscall.EINTR {
					return
				}
				if n > 0 {
					if _, err := out.Write(buffer[:n]); err != nil {
						return
					}
				}
			}
		}
		if n > 0 {
			if _, err := out.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// kill ends the process and all that came of it.
func (e *execution) kill() {
	syscall.Kill(-e.pid, syscall.SIGKILL)
	if tellKernel(e.group+"/cgroup.kill", "1") != nil {
		syscall.Kill(e.pid, syscall.SIGKILL)
	}
}

type conflictError string

func (e conflictError) Error() string { return string(e) }

// execute begins a further process in the session, unless the machine is stopping.
func (s *session) execute(r *request) (*execution, error) {
	t := s.tether
	t.mu.Lock()
	stopping := t.stopping || t.isOver
	t.mu.Unlock()
	if stopping {
		return nil, conflictError("the machine is stopping")
	}
	return s.beginBeside(r)
}

// beginBeside begins a further process in the session, also while the machine is stopping.
func (s *session) beginBeside(r *request) (*execution, error) {
	t := s.tether
	t.mu.Lock()
	main := s.pid
	t.mu.Unlock()
	if main == 0 {
		return nil, conflictError("the session does not run")
	}
	user := s.config.User
	var groups []string
	if r.User != nil {
		user = *r.User
	} else {
		groups = s.config.Groups
	}
	id, err := findUser(s.root.top, user, groups)
	if err != nil {
		return nil, err
	}
	e := &execution{session: s, group: s.group + "/exec-" + itoa(int(atomic.AddInt64(&execs, 1)))}
	if r.TTY {
		e.streams, err = newTerminal(s.root.path, r.Stdin, id.uid)
	} else {
		e.streams, err = newPipes(r.Stdin)
	}
	if err != nil {
		return nil, err
	}
	p := &program{}
	if err := s.enterRunning(p, main, e.group); err != nil {
		e.streams.abandon()
		return nil, err
	}
	directory := r.WorkingDirectory
	if directory == "" {
		directory = s.config.WorkingDirectory
	}
	env := withDefaults(overridden(s.addressed(s.config.Env), r.Env), id.home, t.config.Hostname, r.TTY)
	if err := s.config.become(p, process{r.Argv, env, directory, id, e.streams.theirs, r.TTY}); err != nil {
		e.streams.abandon()
		return nil, err
	}
	e.pid, e.ended, err = p.start(0)
	if err != nil {
		e.streams.abandon()
		os.Remove(e.group)
		var step *stepError
		if errors.As(err, &step) && step.what == "session" {
			return nil, conflictError("the session has ended")
		}
		return nil, err
	}
	e.streams.begun()
	return e, nil
}

// enterRunning adds what brings a child into the namespaces of a session's process. A process cannot change its own process
// namespace, only that of its children: so it makes one, which is the tether's child as well.
func (s *session) enterRunning(p *program, pid int, group string) error {
	fd, _, errno := syscall.Syscall(sysPidfdOpen, uintptr(pid), 0, 0)
	if errno != 0 {
		return conflictError("the session has ended")
	}
	syscall.CloseOnExec(int(fd))
	process := os.NewFile(fd, "process")
	p.keep = append(p.keep, process)
	if os.Mkdir(group, 0o755) == nil {
		if procs, err := os.OpenFile(group+"/cgroup.procs", os.O_WRONLY, 0); err == nil {
			p.keep = append(p.keep, procs)
			p.may(syscall.SYS_WRITE, int(procs.Fd()), "0", 1)
		}
	}
	p.must("session", sysSetns, int(process.Fd()), syscall.CLONE_NEWNS|syscall.CLONE_NEWPID|cloneNewCgroup)
	p.add(fork, "fork", syscall.SYS_CLONE, cloneParent|int(syscall.SIGCHLD))
	p.must("session", syscall.SYS_SETSID)
	return nil
}

// overridden is an environment with some variables set to other values.
func overridden(env, with []string) []string {
	var out []string
	for _, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		replaced := false
		for _, other := range with {
			replaced = replaced || strings.HasPrefix(other, name+"=")
		}
		if !replaced {
			out = append(out, variable)
		}
	}
	return append(out, with...)
}
