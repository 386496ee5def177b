package main

import (
	"io"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/vmware/vmw-guestinfo/rpcvmx"
	"github.com/vmware/vmw-guestinfo/vmcheck"
)

// Variables are looked at so often; for some time after the link was used, more often.
const (
	vmwarePoll     = 500 * time.Millisecond
	vmwareLinkPoll = 20 * time.Millisecond
	vmwareLinkIdle = 10 * time.Second
)

// guestInfo is the part of rpcvmx.Config that is used; tests have another.
type guestInfo interface {
	String(key, fallback string) (string, error)
	SetString(key, value string) error
}

// Of VMware, variables go over the backdoor's RPC channel, which tells of no changes: those are looked for. Output goes to
// serial ports.
type vmware struct {
	mu      sync.Mutex
	info    guestInfo
	changed chan struct{}
	linked  chan struct{}
	used    time.Time // when something last came or went over the link; guarded by mu
}

func newVMware() (*vmware, error) {
	// Lets this process use the backdoor's port, all threads that begin later included.
	if _, err := vmcheck.IsVirtualWorld(true); err != nil {
		return nil, err
	}
	v := &vmware{info: rpcvmx.NewConfig(), changed: make(chan struct{}, 1), linked: make(chan struct{}, 1)}
	go v.poll()
	return v, nil
}

func (v *vmware) variable(key string) (string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	const none = "\x00none"
	value, err := v.info.String(key, none)
	return value, err == nil && value != none
}

func (v *vmware) set(key, value string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if key == guestLinkKey {
		v.used = time.Now()
	}
	return v.info.SetString(key, value)
}

func (v *vmware) changes() <-chan struct{} { return v.changed }

func (v *vmware) linkChanges() <-chan struct{} { return v.linked }

func (v *vmware) poll() {
	defer lastWords()
	command, revision, link, looked := "", "", "", time.Time{}
	for {
		if value, ok := v.variable(hostLinkKey); ok && value != link {
			link = value
			v.mu.Lock()
			v.used = time.Now()
			v.mu.Unlock()
			tell(v.linked)
		}
		if time.Since(looked) >= vmwarePoll {
			looked = time.Now()
			if value, ok := v.variable(commandKey); ok && value != command {
				command = value
				tell(v.changed)
			}
			if value, ok := v.variable(reviseKey); ok && value != revision {
				revision = value
				tell(v.changed)
			}
		}
		time.Sleep(v.pause())
	}
}

func (v *vmware) pause() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if time.Since(v.used) < vmwareLinkIdle {
		return vmwareLinkPoll
	}
	return vmwarePoll
}

func (v *vmware) log(index int) (io.Writer, error) {
	device := devDir + "/ttyS" + itoa(index)
	fd, err := syscall.Open(device, syscall.O_WRONLY|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: device, Err: err}
	}
	if err := makeRaw(fd); err != nil {
		syscall.Close(fd)
		return nil, &os.PathError{Op: "set up", Path: device, Err: err}
	}
	return os.NewFile(uintptr(fd), device), nil
}

func (v *vmware) link() io.ReadWriter { return nil }

// makeRaw lets all bytes pass a terminal as they are, as cfmakeraw(3) does, and waits for nobody's modem.
func makeRaw(fd int) error {
	var t syscall.Termios
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TCGETS, uintptr(unsafe.Pointer(&t))); errno != 0 {
		return errno
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = syscall.CS8 | syscall.CREAD | syscall.CLOCAL | syscall.B115200
	t.Cc[syscall.VMIN], t.Cc[syscall.VTIME] = 1, 0
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TCSETS, uintptr(unsafe.Pointer(&t))); errno != 0 {
		return errno
	}
	return nil
}
