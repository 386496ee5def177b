package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// Where the tether keeps things, in the tmpfs that is its root.
const (
	fileSystemsDir = "/f"   // mounted disks, by number
	sessionsDir    = "/s"   // by number: root, etc, init
	cgroupDir      = "/cg"  // the root of cgroup2
	devDir         = "/dev" // devtmpfs
)

const clockBoottime = 7

// uptime is the time since the kernel started.
func uptime() time.Duration {
	var now syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockBoottime, uintptr(unsafe.Pointer(&now)), 0)
	return time.Duration(now.Nano())
}

type mountCall struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

func (m mountCall) do() error {
	if err := syscall.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
		return fmt.Errorf("mount of %s: %w", m.target, err)
	}
	return nil
}

// enterRoot leaves the initramfs for a tmpfs: sessions get their roots by pivot_root, which the initramfs does not let go.
// Returned is the folder of modules, which has no path then.
func enterRoot() (modules *os.File, err error) {
	if modules, err = os.Open("/modules"); err != nil {
		return nil, err
	}
	if tlsProgram, err = os.Open("/tls"); err != nil {
		say("%v", err)
	}
	const root = "/new"
	if err := (mountCall{"tmpfs", root, "tmpfs", 0, "mode=0755"}).do(); err != nil {
		return nil, err
	}
	for _, dir := range []string{fileSystemsDir, sessionsDir, cgroupDir, devDir, "/proc", "/sys", "/etc"} {
		if err := os.Mkdir(root+dir, 0o755); err != nil {
			return nil, err
		}
	}
	for _, m := range []mountCall{
		{"devtmpfs", root + devDir, "devtmpfs", syscall.MS_NOSUID, "mode=0755"},
		{"proc", root + "/proc", "proc", syscall.MS_NOSUID | syscall.MS_NOEXEC | syscall.MS_NODEV, ""},
		{"sysfs", root + "/sys", "sysfs", syscall.MS_NOSUID | syscall.MS_NOEXEC | syscall.MS_NODEV, ""},
	} {
		if err := m.do(); err != nil {
			return nil, err
		}
	}
	if err := os.Chdir(root); err != nil {
		return nil, err
	}
	if err := (mountCall{".", "/", "", syscall.MS_MOVE, ""}).do(); err != nil {
		return nil, err
	}
	if err := syscall.Chroot("."); err != nil {
		return nil, err
	}
	return modules, os.Chdir("/")
}

// hurry makes the kernel wait less for its own readers: drivers wait for them often while they look for devices.
func hurry(yes bool) {
	value := "0"
	if yes {
		value = "1"
	}
	tellKernel("/sys/kernel/rcu_expedited", value)
}

// tellKernel writes to a file of the kernel's: in one call, and without what Go does for files that may let one wait.
func tellKernel(file, text string) error {
	fd, err := syscall.Open(file, syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: file, Err: err}
	}
	defer syscall.Close(fd)
	if _, err := syscall.Write(fd, []byte(text)); err != nil {
		return &os.PathError{Op: "write", Path: file, Err: err}
	}
	return nil
}
