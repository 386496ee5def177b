package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The program that speaks TLS, of the initramfs; nil where that has none.
var tlsProgram *os.File

const tlsPatience = 5 * time.Minute

// A tlsPipe is a connection that another process has.
type tlsPipe struct {
	*stdio
	pid     int
	ended   <-chan syscall.WaitStatus
	printed limited
	closing sync.Once
}

// connectTLS connects to a port by way of the program that speaks TLS. The connection ends with the context.
func connectTLS(ctx context.Context, host string, port int) (io.ReadWriteCloser, error) {
	if tlsProgram == nil {
		return nil, errors.New("this guest was built without TLS")
	}
	streams, err := newPipes(true)
	if err != nil {
		return nil, err
	}
	patience := tlsPatience
	if deadline, ok := ctx.Deadline(); ok {
		patience = time.Until(deadline)
	}
	p := &program{}
	for target, fd := range streams.theirs {
		p.must("stdio", syscall.SYS_DUP3, fd, target, 0)
	}
	p.must("TLS", syscall.SYS_EXECVE, magic(tlsProgram), []string{"tls", address(host, port), patience.String()},
		[]string{"GODEBUG=netdns=go"})
	t := &tlsPipe{stdio: streams}
	if t.pid, t.ended, err = p.start(0); err != nil {
		streams.abandon()
		return nil, err
	}
	streams.begun()
	streams.follow(streams.errors, func() { relay(&t.printed, streams.errors) })
	return t, nil
}

func (t *tlsPipe) Write(content []byte) (int, error) { return t.input.Write(content) }

// Read reads what the server says. Where that is nothing, the program has said why.
func (t *tlsPipe) Read(buffer []byte) (int, error) {
	n, err := t.output.Read(buffer)
	if n == 0 && err == io.EOF {
		t.done.Wait()
		if text := t.printed.text(); text != "" {
			if strings.Contains(text, "i/o timeout") {
				return 0, context.DeadlineExceeded
			}
			return 0, errors.New(text)
		}
	}
	return n, err
}

func (t *tlsPipe) Close() error {
	t.closing.Do(func() {
		if len(t.ended) == 0 {
			syscall.Kill(t.pid, syscall.SIGKILL)
			<-t.ended
		}
		t.finish()
	})
	return nil
}
