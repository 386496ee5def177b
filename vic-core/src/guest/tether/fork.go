package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// A program is what a child of the tether does between its fork and its exec: a list of system calls, made up before the
// fork. The child is one thread in the memory of a Go process: it must not allocate, grow its stack, or wait for another
// goroutine, so that it does nothing but those calls. This is what spares sessions a second start of the Go runtime,
// which costs more than all the rest of a session's start.
type program struct {
	steps []step
	keep  []interface{}
}

type stepMode uint8

const (
	must   stepMode = iota // an error ends the child
	may                    // an error is ignored
	search                 // returns only with an error; the next one is tried where the file was not the one
	fork                   // the one that goes on is the child of this call
)

type step struct {
	number uintptr
	args   [6]uintptr
	mode   stepMode
	what   string
}

func (p *program) add(mode stepMode, what string, number uintptr, args ...interface{}) {
	s := step{number: number, mode: mode, what: what}
	for i, arg := range args {
		s.args[i] = p.word(arg)
	}
	p.steps = append(p.steps, s)
}

func (p *program) must(what string, number uintptr, args ...interface{}) {
	p.add(must, what, number, args...)
}

func (p *program) may(number uintptr, args ...interface{}) {
	p.add(may, "", number, args...)
}

func (p *program) word(arg interface{}) uintptr {
	switch value := arg.(type) {
	case int:
		return uintptr(value)
	case uintptr:
		return value
	case string:
		return p.word(append([]byte(value), 0))
	case []byte:
		p.keep = append(p.keep, value)
		return uintptr(unsafe.Pointer(&value[0]))
	case []uint32:
		if len(value) == 0 {
			return 0
		}
		p.keep = append(p.keep, value)
		return uintptr(unsafe.Pointer(&value[0]))
	case []uint64:
		p.keep = append(p.keep, value)
		return uintptr(unsafe.Pointer(&value[0]))
	case []string:
		pointers := make([]uintptr, len(value)+1)
		for i, text := range value {
			pointers[i] = p.word(text)
		}
		p.keep = append(p.keep, pointers)
		return uintptr(unsafe.Pointer(&pointers[0]))
	}
	panic(fmt.Sprintf("no argument of a system call: %T", arg))
}

// A stepError says which of a child's calls failed.
type stepError struct {
	what  string
	errno syscall.Errno
}

func (e *stepError) Error() string { return e.what + ": " + e.errno.Error() }

// What a child says: the index of the call that failed, or forked; and the error, negative, or the process.
type childNote struct{ index, value int32 }

// start begins the program in a child, and returns when that runs another file or has failed. The process is claimed
// from the reaper before it can end.
func (p *program) start(flags uintptr) (pid int, ended <-chan syscall.WaitStatus, err error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return 0, nil, err
	}
	notes := os.NewFile(uintptr(ends[0]), "notes")
	defer notes.Close()
	forks := false
	for _, s := range p.steps {
		forks = forks || s.mode == fork
	}

	reaping.Lock()
	word, errno := runChild(flags|uintptr(syscall.SIGCHLD), p.steps, uintptr(ends[1]))
	runtime.KeepAlive(p)
	syscall.Close(ends[1])
	if errno != 0 {
		reaping.Unlock()
		return 0, nil, errno
	}
	pid = int(word)
	ended = claim(pid)
	note, noteErr := childNote{}, error(nil)
	if forks { // The one that was forked first only makes the second one.
		note, noteErr = readNote(notes)
		if noteErr == nil && note.value > 0 {
			pid = int(note.value)
			ended = claim(pid)
			reaping.Unlock()
			note, noteErr = readNote(notes)
		} else {
			reaping.Unlock()
		}
	} else {
		reaping.Unlock()
		note, noteErr = readNote(notes)
	}
	if noteErr == io.EOF {
		return pid, ended, nil
	}
	<-ended
	if noteErr != nil {
		return 0, nil, noteErr
	}
	return 0, nil, &stepError{p.steps[note.index].what, syscall.Errno(-note.value)}
}

func readNote(notes io.Reader) (childNote, error) {
	var buffer [8]byte
	if _, err := io.ReadFull(notes, buffer[:]); err != nil {
		return childNote{}, err
	}
	return childNote{
		int32(binary.LittleEndian.Uint32(buffer[:4])),
		int32(binary.LittleEndian.Uint32(buffer[4:])),
	}, nil
}

//go:linkname runtimeBeforeFork syscall.runtime_BeforeFork
func runtimeBeforeFork()

//go:linkname runtimeAfterFork syscall.runtime_AfterFork
func runtimeAfterFork()

//go:linkname runtimeAfterForkInChild syscall.runtime_AfterForkInChild
func runtimeAfterForkInChild()

// vfork makes a child in this memory and on this stack, and returns in the parent when the child runs another file or has
// ended.
func vfork(flags uintptr) (pid uintptr, errno syscall.Errno)

// runChild forks. What follows runtimeAfterForkInChild runs in the child: only raw system calls, and nothing is written
// that the parent reads, for the memory is the same.
//
//go:noinline
//go:norace
//go:nocheckptr
func runChild(flags uintptr, steps []step, notes uintptr) (pid uintptr, errno syscall.Errno) {
	note := new(childNote)
	var result uintptr
	var worst syscall.Errno
	runtimeBeforeFork()
	pid, errno = vfork(flags | syscall.CLONE_VM | syscall.CLONE_VFORK)
	if errno != 0 || pid != 0 {
		runtimeAfterFork()
		return pid, errno
	}
	runtimeAfterForkInChild()
	for i := 0; i < len(steps); i++ {
		s := &steps[i]
		result, _, errno = syscall.RawSyscall6(
			s.number, s.args[0], s.args[1], s.args[2], s.args[3], s.args[4], s.args[5])
		note.index, note.value = int32(i), -int32(errno)
		if s.mode == search {
			notThere := errno == syscall.ENOENT || errno == syscall.ENOTDIR
			if worst == 0 || !notThere {
				worst = errno
			}
			note.value = -int32(worst)
			if (notThere || errno == syscall.EACCES) && i+1 < len(steps) {
				continue
			}
		} else if errno == 0 && s.mode == fork && result != 0 {
			note.value = int32(result)
		} else if errno == 0 || s.mode == may {
			continue
		}
		syscall.RawSyscall6(syscall.SYS_WRITE, notes, uintptr(unsafe.Pointer(note)), 8, 0, 0, 0)
		break
	}
	for {
		syscall.RawSyscall6(syscall.SYS_EXIT_GROUP, 127, 0, 0, 0, 0, 0)
	}
}
