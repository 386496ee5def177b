package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// A machine that goes on from a template may first rehearse: it is woken with rehearsalWord, runs its sessions as any other,
// and then, instead of going off, is as it was before, and says that it waits. It stands by to be woken in earnest. What it
// runs then was run before: where a processor is emulated, all of the kernel's code and of the tether's is translated. A
// machine that stands by goes off when its host goes away.
const rehearsalWord = "rehearsal"

// The first argument of a tether that begins anew in a machine that has rehearsed. The numbers of files that it keeps open
// follow: of the folder of modules, and of the program that speaks TLS, -1 where there is none.
const rehearsedArgument = "rehearsed"

func hasRehearsed() bool { return len(os.Args) > 1 && os.Args[1] == rehearsedArgument }

// standBy forgets what a rehearsal has left, and begins the tether anew. It returns only with an error.
func (t *tether) standBy(modules *os.File) error {
	if err := removeDisks(); err != nil {
		return err
	}
	if err := takeNetworksDown(); err != nil {
		return err
	}
	for _, pattern := range []string{fileSystemsDir + "/*", sessionsDir + "/*", "/etc/*"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if err := os.RemoveAll(file); err != nil {
				return err
			}
		}
	}
	for _, s := range t.sessions {
		os.Remove(s.group)
	}
	arguments := []string{os.Args[0], rehearsedArgument}
	for _, file := range []*os.File{modules, tlsProgram} {
		number := -1
		if file != nil {
			number = int(file.Fd())
			if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(number), syscall.F_SETFD, 0); errno != 0 {
				return os.NewSyscallError("fcntl", errno)
			}
		}
		arguments = append(arguments, itoa(number))
	}
	return &os.PathError{Op: "exec", Path: arguments[0], Err: syscall.Exec("/proc/self/exe", arguments, os.Environ())}
}

// keptOpen returns the folder of modules, and sets the program that speaks TLS, as the tether before has left them.
func keptOpen() (modules *os.File, err error) {
	if len(os.Args) != 4 {
		return nil, fmt.Errorf("a tether that begins anew was told %q", os.Args)
	}
	files := make([]*os.File, 2)
	for i, text := range os.Args[2:] {
		number, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		if number >= 0 {
			syscall.CloseOnExec(number)
			files[i] = os.NewFile(uintptr(number), "kept-"+text)
		}
	}
	tlsProgram = files[1]
	return files[0], nil
}

// removeDisks has the kernel forget all disks: others will be plugged in.
func removeDisks() error {
	switches, _ := filepath.Glob("/sys/block/sd*/device/delete")
	for _, one := range switches {
		if err := tellKernel(one, "1"); err != nil {
			return err
		}
	}
	return nil
}

// takeNetworksDown leaves links as they were when the kernel had found them.
func takeNetworksDown() error {
	links, err := net.Interfaces()
	if err != nil {
		return err
	}
	netlink, err := openNetlink()
	if err != nil {
		return err
	}
	defer netlink.close()
	for _, link := range links {
		if link.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, _ := link.Addrs()
		for _, address := range addresses {
			subnet := address.(*net.IPNet)
			prefix, _ := subnet.Mask.Size()
			if err := netlink.removeAddress(link.Index, subnet.IP, prefix); err != nil {
				return err
			}
		}
		if err := netlink.down(link.Index); err != nil {
			return err
		}
	}
	return nil
}
