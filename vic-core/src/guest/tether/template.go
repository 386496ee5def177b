package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// A machine whose kernel has this parameter is a template: it goes as far as all machines go the same way, says on the first
// serial port that it waits, and is saved there. Each machine that goes on from what was saved is told so by a line on that
// port, "wake NANOSECONDS SEED" with the time since 1970 and random hexadecimal digits, and says that it is awake.
const templateParameter = "vic4j.template"

const rndReseedCRNG = 0x5207 // RNDRESEEDCRNG of linux/random.h

func isTemplate() bool {
	text, _ := os.ReadFile("/proc/cmdline")
	return contains(strings.Fields(string(text)), templateParameter)
}

// waitToWake returns in a machine that goes on: its clock is right, it shares no random numbers with the others, and devices
// that the template did not have are found.
func waitToWake(modules *modules) error {
	err := modules.load("ext4", "overlay", "sd_mod", "vmw_pvscsi", "vmxnet3", "virtio_pci", "virtio_console", "virtio_rng")
	if err != nil {
		return err
	}
	line, err := waitForLine()
	if err != nil {
		return err
	}
	words := strings.Fields(line)
	if len(words) != 3 || words[0] != "wake" {
		return fmt.Errorf("a template was told %q", line)
	}
	if err := setClock(words[1]); err != nil {
		return err
	}
	if err := reseed(words[2]); err != nil {
		return err
	}
	if err := findDevices(); err != nil {
		return err
	}
	say("awake")
	return nil
}

// waitForLine says that this machine waits, and reads what it is told then.
func waitForLine() (string, error) {
	serial, err := syscall.Open(devDir+"/ttyS0", syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: "ttyS0", Err: err}
	}
	defer syscall.Close(serial)
	before, err := terminal(serial, syscall.TCGETS, syscall.Termios{})
	if err != nil {
		return "", err
	}
	defer terminal(serial, syscall.TCSETS, before)
	if err := makeRaw(serial); err != nil {
		return "", err
	}
	say("waiting")
	var line []byte
	for one := make([]byte, 1); one[0] != '\n'; {
		n, err := syscall.Read(serial, one)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return "", fmt.Errorf("the first serial port: %v", err)
		}
		line = append(line, one[0])
	}
	return string(line), nil
}

func terminal(fd int, call uintptr, settings syscall.Termios) (syscall.Termios, error) {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), call, uintptr(unsafe.Pointer(&settings)))
	if errno != 0 {
		return settings, errno
	}
	return settings, nil
}

func setClock(nanoseconds string) error {
	now, err := strconv.ParseInt(nanoseconds, 10, 64)
	if err != nil {
		return err
	}
	value := syscall.NsecToTimeval(now)
	return os.NewSyscallError("settimeofday", syscall.Settimeofday(&value))
}

func reseed(seed string) error {
	random, err := os.OpenFile(devDir+"/urandom", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer random.Close()
	if _, err := random.WriteString(seed); err != nil {
		return err
	}
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, random.Fd(), rndReseedCRNG, 0)
	if errno != 0 {
		return os.NewSyscallError("reseed of random numbers", errno)
	}
	return nil
}

// A template's controller has no disks beyond these, as vSphere's have none: all 64 would take longer to ask.
const targets = 16

// findDevices finds the disks of controllers that were there before, and what else has come.
func findDevices() error {
	hosts, _ := filepath.Glob("/sys/class/scsi_host/*/scan")
	for _, host := range hosts {
		for target := 0; target < targets; target++ {
			if err := os.WriteFile(host, []byte("0 "+itoa(target)+" 0"), 0); err != nil {
				return err
			}
		}
	}
	return os.WriteFile("/sys/bus/pci/rescan", []byte("1"), 0)
}
