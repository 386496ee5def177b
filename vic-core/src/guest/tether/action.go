package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// An action is done beside a session, to find out how it is or to tell it something; GuestAction (Java) describes it.
type action struct {
	Argv        []string    `json:"argv"`
	HTTPGet     *httpConfig `json:"httpGet"`
	TCP         *tcpConfig  `json:"tcp"`
	GRPC        *grpcConfig `json:"grpc"`
	SleepMillis *int64      `json:"sleepMillis"`
}

type tcpConfig struct {
	Host string `json:"host"`
	Port int    `json:"port"`
}

// So much of what a program prints is kept for the complaint.
const complaintBytes = 1024

// act does an action. The error says why it has not gone well, in the words of a kubelet.
func (s *session) act(ctx context.Context, a *action) error {
	switch {
	case len(a.Argv) > 0:
		return s.runBeside(ctx, a.Argv)
	case a.HTTPGet != nil:
		return a.HTTPGet.get(ctx)
	case a.TCP != nil:
		connection, err := connect(ctx, a.TCP.Host, a.TCP.Port)
		if err != nil {
			return err
		}
		connection.Close()
		return nil
	case a.GRPC != nil:
		return a.GRPC.check(ctx)
	case a.SleepMillis != nil:
		select {
		case <-time.After(time.Duration(*a.SleepMillis) * time.Millisecond):
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	return errors.New("there is nothing to do that this guest knows")
}

// connect connects to a port, of this machine unless told otherwise. The connection ends with the context.
func connect(ctx context.Context, host string, port int) (net.Conn, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address(host, port))
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		connection.SetDeadline(deadline)
	}
	return connection, nil
}

func address(host string, port int) string {
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, itoa(port))
}

// runBeside runs a program in the session to its end.
func (s *session) runBeside(ctx context.Context, argv []string) error {
	e, err := s.beginBeside(&request{Argv: argv})
	if err != nil {
		_, message := failure(argv[0], err)
		return errors.New(message)
	}
	printed := &limited{}
	for _, stream := range []*os.File{e.streams.output, e.streams.errors} {
		stream := stream
		e.streams.follow(stream, func() { relay(printed, stream) })
	}
	var status syscall.WaitStatus
	late := false
	select {
	case status = <-e.ended:
	case <-ctx.Done():
		late = true
		e.kill()
		status = <-e.ended
	}
	e.streams.finish()
	os.Remove(e.group)
	command := strings.Join(argv, " ")
	switch {
	case late:
		return fmt.Errorf("command %q timed out", command)
	case status.Exited() && status.ExitStatus() == 0:
		return nil
	}
	if text := printed.text(); text != "" {
		return errors.New(text)
	}
	if status.Exited() {
		return fmt.Errorf("command %q exited with %d", command, status.ExitStatus())
	}
	return fmt.Errorf("command %q was ended by %s", command, signalName(int(status.Signal())))
}

// A limited keeps the beginning of what is written to it.
type limited struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

func (l *limited) Write(content []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := complaintBytes - l.kept.Len()
	if room > len(content) {
		room = len(content)
	}
	l.kept.Write(content[:room])
	return len(content), nil
}

func (l *limited) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(l.kept.String(), ""))
}
