package main

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	frameHeader  = 1 + 4 + 8 + 4
	frameContent = 64 << 10
	stdoutCode   = 1
	stderrCode   = 2
)

// A frames writes the output of a session in the frames of LogFormat (Java). Who prints more than the host takes waits in
// its pipe.
type frames struct {
	mu  sync.Mutex
	out io.Writer
}

// copy writes all that comes from a stream, to its end.
func (f *frames) copy(code byte, stream *os.File) {
	buffer := make([]byte, frameHeader+frameContent)
	for {
		n, err := stream.Read(buffer[frameHeader:])
		if n > 0 {
			f.write(code, buffer[:frameHeader+n])
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			f.drain(code, stream)
		}
		if err != nil {
			return
		}
	}
}

// write fills in the header of a frame and writes it.
func (f *frames) write(code byte, frame []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	putHeader(frame, code, time.Now())
	if f.out == nil {
		return
	}
	if _, err := f.out.Write(frame); err != nil {
		say("log: %v", err)
		f.out = nil
	}
}

func putHeader(frame []byte, code byte, now time.Time) {
	frame[0] = code
	binary.BigEndian.PutUint32(frame[1:], uint32(len(frame)-frameHeader))
	binary.BigEndian.PutUint64(frame[5:], uint64(now.Unix()))
	binary.BigEndian.PutUint32(frame[13:], uint32(now.Nanosecond()))
}

// A stream that another session's process holds open is given up so long after the end of its own session.
const strayPatience = 2 * time.Second

// drain reads what is left in a stream, without waiting.
func (f *frames) drain(code byte, stream *os.File) {
	buffer := make([]byte, frameHeader+frameContent)
	for {
		n, err := syscall.Read(int(stream.Fd()), buffer[frameHeader:])
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 {
			return
		}
		f.write(code, buffer[:frameHeader+n])
	}
}
