package main

import (
	"encoding/json"
	"syscall"
)

const commandChars = 1024

type commandDocument struct {
	Run     int64  `json:"run"`
	Seq     int64  `json:"seq"`
	Command string `json:"command"`
	Session string `json:"session"`
	Signal  string `json:"signal"`
}

type ackDocument struct {
	Run   int64  `json:"run"`
	Seq   int64  `json:"seq"`
	Error string `json:"error,omitempty"`
}

// parseCommand reads a command for this run.
func parseCommand(text string, run int64) (commandDocument, bool) {
	var command commandDocument
	if len(text) > commandChars || json.Unmarshal([]byte(text), &command) != nil {
		return command, false
	}
	if command.Run != run || command.Seq < 1 || command.Seq > 1<<53-1 {
		return command, false
	}
	switch command.Command {
	case "stop", "kill":
		return command, true
	case "signal":
		_, err := parseSignal(command.Signal)
		return command, err == nil && command.Session != ""
	}
	return command, false
}

// obey follows what the machine is to do, and handles the commands of the host, one after the other.
func (t *tether) obey() {
	defer lastWords()
	handled := int64(0)
	for {
		t.lookAtConfig()
		if text, ok := t.host.variable(commandKey); ok {
			command, ok := parseCommand(text, t.number)
			if ok && command.Seq != handled && !t.acknowledged(command) {
				handled = command.Seq
				t.handle(command)
			}
		}
		<-t.host.changes()
	}
}

func (t *tether) acknowledged(command commandDocument) bool {
	var ack ackDocument
	text, ok := t.host.variable(ackKey)
	return ok && json.Unmarshal([]byte(text), &ack) == nil && ack.Run == command.Run && ack.Seq == command.Seq
}

// handle does what the host says, reports and acknowledges it, and only then lets the machine go off.
func (t *tether) handle(command commandDocument) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ack := ackDocument{Run: command.Run, Seq: command.Seq}
	switch command.Command {
	case "signal":
		number, _ := parseSignal(command.Signal)
		ack.Error = t.signal(command.Session, syscall.Signal(number))
	case "stop":
		t.stop(false)
	case "kill":
		t.stop(true)
	}
	t.report()
	text, err := json.Marshal(ack)
	if err != nil {
		panic(err)
	}
	if err := t.host.set(ackKey, ascii(text)); err != nil {
		say("acknowledgement: %v", err)
	}
	t.checkOver()
}

// signal sends a signal to a session's process, and says why it could not. The lock is held.
func (t *tether) signal(name string, signal syscall.Signal) string {
	s := t.session(name)
	if s == nil {
		return "not_found"
	}
	if s.pid == 0 {
		return "conflict"
	}
	s.send(signal)
	return ""
}

// session finds one by its name.
func (t *tether) session(name string) *session {
	for _, s := range t.sessions {
		if s.config.Name == name {
			return s
		}
	}
	return nil
}

// stop asks all sessions to end, or ends them. The lock is held.
func (t *tether) stop(kill bool) {
	t.killing = t.killing || kill
	first := !t.stopping
	t.stopping = true
	t.windDown()
	if kill {
		for _, s := range t.sessions {
			s.end()
		}
	}
	if first {
		t.report()
	}
}
