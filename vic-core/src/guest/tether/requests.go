package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

const dialPatience = 30 * time.Second

type request struct {
	Request          string   `json:"request"`
	Session          string   `json:"session"`
	Argv             []string `json:"argv"`
	Env              []string `json:"env"`
	WorkingDirectory string   `json:"workingDirectory"`
	User             *string  `json:"user"`
	TTY              bool     `json:"tty"`
	Stdin            bool     `json:"stdin"`
	Rows             int      `json:"rows"`
	Columns          int      `json:"columns"`
	Path             string   `json:"path"`
	FollowLink       bool     `json:"followLink"`
	Host             string   `json:"host"`
	Port             int      `json:"port"`
	FileSystem       string   `json:"fileSystem"`
	Volume           string   `json:"volume"`
}

// serve does what the host asks for, and returns what ends the exchange.
func (x *exchange) serve(text []byte) interface{} {
	var r request
	if err := json.Unmarshal(text, &r); err != nil {
		return refusal{"invalid", err.Error()}
	}
	switch r.Request {
	case "exec", "attach", "copy_out", "copy_in":
		t := x.link.tether
		t.mu.Lock()
		s := t.session(r.Session)
		t.mu.Unlock()
		if s == nil {
			return refusal{"not_found", fmt.Sprintf("there is no session %q", r.Session)}
		}
		switch r.Request {
		case "exec":
			return x.exec(s, &r)
		case "attach":
			return x.attach(s)
		}
		return x.copy(s, &r)
	case "stats":
		return map[string]interface{}{"stats": x.link.tether.stats()}
	case "dial":
		return x.dial(&r)
	case "replace_files":
		return x.replaceFiles(&r)
	}
	return refusal{"invalid", fmt.Sprintf("there is no request %q", r.Request)}
}

func (x *exchange) copy(s *session, r *request) interface{} {
	t := s.tether
	t.mu.Lock()
	begun := s.begun
	t.mu.Unlock()
	if !begun {
		return refusal{"conflict", "the session has not begun"}
	}
	select {
	case <-s.rooted:
	case <-x.ctx.Done():
		return refusal{"failed", "cancelled"}
	}
	if s.root == nil {
		return refusal{"conflict", "the session has no root"}
	}
	var err error
	if r.Request == "copy_out" {
		err = x.copyOut(s, r)
	} else {
		err = x.copyIn(s, r)
	}
	if err == nil {
		return nothing{}
	}
	return refused(err)
}

// refused says of what kind it is that files cannot be copied.
func refused(err error) refusal {
	kind := "failed"
	if errors.Is(err, os.ErrNotExist) {
		kind = "not_found"
	} else if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, errInvalid) || errors.Is(err, tar.ErrHeader) {
		kind = "invalid"
	}
	return refusal{kind, err.Error()}
}

var errInvalid = errors.New("not possible")

// attach passes what the host sends to the standard input of a session.
func (x *exchange) attach(s *session) interface{} {
	t := s.tether
	t.mu.Lock()
	streams, exits := s.stdio, s.exits
	running := s.pid != 0
	t.mu.Unlock()
	if !s.config.Stdin {
		return refusal{"invalid", "the session has no standard input"}
	}
	if !running {
		return refusal{"conflict", "the session does not run"}
	}
	x.controls(func(c control) {
		t.mu.Lock()
		defer t.mu.Unlock()
		switch c.Do {
		case "resize":
			streams.resize(c.Rows, c.Columns)
		case "signal":
			if number, err := parseSignal(c.Signal); err == nil && s.pid != 0 && s.stdio == streams {
				s.send(syscall.Signal(number))
			}
		}
	})
	if err := x.opened(nothing{}); err != nil {
		return nothing{}
	}
	go func() {
		defer lastWords()
		if _, err := io.Copy(streams.input, onlyReader{x}); err == nil {
			streams.endInput()
		}
	}()
	select {
	case <-exits:
	case <-x.ctx.Done():
	}
	return nothing{}
}

// onlyReader hides what else a reader can, so that io.Copy reads it.
type onlyReader struct{ io.Reader }

// dial connects to a port, as a program of this machine would.
func (x *exchange) dial(r *request) interface{} {
	host := r.Host
	if host == "" {
		host = "127.0.0.1"
	}
	if r.Port < 1 || r.Port > 65535 {
		return refusal{"invalid", fmt.Sprintf("%d is no port", r.Port)}
	}
	ctx, cancel := context.WithTimeout(x.ctx, dialPatience)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(r.Port)))
	if err != nil {
		return refusal{"failed", err.Error()}
	}
	defer connection.Close()
	if err := x.opened(nothing{}); err != nil {
		return nothing{}
	}
	go func() {
		<-x.ctx.Done()
		connection.Close()
	}()
	sent := make(chan struct{})
	go func() {
		defer lastWords()
		defer close(sent)
		io.Copy(connection, onlyReader{x})
		connection.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(channel{x, 1}, connection)
	channel{x, 1}.close()
	if err != nil && x.ctx.Err() == nil {
		connection.Close()
		return refusal{"failed", err.Error()}
	}
	select {
	case <-sent:
	case <-x.ctx.Done():
	}
	return nothing{}
}
