package main

import (
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const (
	tiocsptlck  = 0x40045431
	tiocgptn    = 0x80045430
	tiocgptpeer = 0x5441
)

// A stdio is the streams of one process, the tether's side of them, and what the process gets of them.
type stdio struct {
	input          *os.File // where its standard input is written; nil where it has none
	output, errors *os.File // errors is nil where it has a terminal
	master         *os.File // its terminal
	number         int      // the terminal's, below /dev/pts
	theirs         [3]int
	close          []int
	done           sync.WaitGroup
}

// newPipes makes the streams of a process without a terminal.
func newPipes(stdin bool) (*stdio, error) {
	s := &stdio{}
	var err error
	if stdin {
		s.input, s.theirs[0], err = pipe(false)
	} else {
		s.theirs[0], err = openNull(syscall.O_RDONLY)
	}
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, s.theirs[0])
	if s.output, s.theirs[1], err = pipe(true); err != nil {
		s.abandon()
		return nil, err
	}
	s.close = append(s.close, s.theirs[1])
	if s.errors, s.theirs[2], err = pipe(true); err != nil {
		s.abandon()
		return nil, err
	}
	s.close = append(s.close, s.theirs[2])
	for _, fd := range s.theirs {
		syscall.Fchmod(fd, 0o666) // So that /dev/stdout can be opened by whoever it runs as.
	}
	return s, nil
}

// newTerminal makes the streams of a process with a terminal, in the session's own /dev/pts.
func newTerminal(rootPath string, stdin bool, uid uint32) (*stdio, error) {
	flags := syscall.O_RDWR | syscall.O_NOCTTY | syscall.O_CLOEXEC
	master, err := syscall.Open(rootPath+"/dev/pts/ptmx", flags|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/dev/pts/ptmx", Err: err}
	}
	s := &stdio{master: os.NewFile(uintptr(master), "ptmx")}
	var unlock, number int32
	ioctl(master, tiocsptlck, unsafe.Pointer(&unlock))
	if err := ioctl(master, tiocgptn, unsafe.Pointer(&number)); err != nil {
		s.abandon()
		return nil, err
	}
	slave, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(master), tiocgptpeer, uintptr(flags))
	if errno != 0 {
		s.abandon()
		return nil, errno
	}
	syscall.Fchown(int(slave), int(uid), 5)
	s.number = int(number)
	s.resize(24, 80) // Until somebody says otherwise.
	s.theirs = [3]int{int(slave), int(slave), int(slave)}
	s.close = []int{int(slave)}
	s.output = s.master
	if stdin {
		s.input = s.master
	}
	return s, nil
}

// begun closes what only the process is to hold.
func (s *stdio) begun() {
	for _, fd := range s.close {
		syscall.Close(fd)
	}
	s.close = nil
}

// abandon closes all.
func (s *stdio) abandon() {
	s.begun()
	for _, file := range []*os.File{s.input, s.output, s.errors, s.master} {
		if file != nil {
			file.Close()
		}
	}
}

func (s *stdio) resize(rows, columns int) {
	if s.master == nil || rows <= 0 || columns <= 0 {
		return
	}
	size := [4]uint16{uint16(rows), uint16(columns)}
	if connection, err := s.master.SyscallConn(); err == nil {
		connection.Control(func(fd uintptr) { ioctl(int(fd), syscall.TIOCSWINSZ, unsafe.Pointer(&size)) })
	}
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}

// log writes what the process prints into the session's log, until finish.
func (s *stdio) log(frames *frames) {
	s.follow(s.output, func() { frames.copy(stdoutCode, s.output) })
	if s.errors != nil {
		s.follow(s.errors, func() { frames.copy(stderrCode, s.errors) })
	}
}

func (s *stdio) follow(stream *os.File, work func()) {
	s.done.Add(1)
	go func() {
		defer lastWords()
		defer s.done.Done()
		work()
	}()
}

// finish returns when all that the process printed is taken, after its end.
func (s *stdio) finish() {
	end := time.Now().Add(strayPatience)
	s.output.SetReadDeadline(end)
	if s.errors != nil {
		s.errors.SetReadDeadline(end)
	}
	s.done.Wait()
	s.abandon()
}

// endInput says that no more comes: a terminal gets the character that means so.
func (s *stdio) endInput() {
	if s.input == s.master {
		s.input.Write([]byte{4})
	} else {
		s.input.Close()
	}
}
