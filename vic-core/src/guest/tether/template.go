package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"syscall"
)

// A machine whose kernel has this parameter is a template: it goes as far as all machines go the same way, says on the port
// of the host's lines that it waits, and is saved there. Each machine that goes on from what was saved is told its variables
// on that port, and at last that of wakeKey: "NANOSECONDS SEED [WORD...]", the time since 1970 and random hexadecimal digits, and
// devicesWord if it has other devices than disks that the template did not have. It says that it is awake.
const (
	templateParameter = "vic4j.template"
	wakeKey           = "vic4j.wake"
	devicesWord       = "devices"
)

const rndReseedCRNG = 0x5207 // RNDRESEEDCRNG of linux/random.h

func isTemplate() bool {
	text, _ := os.ReadFile("/proc/cmdline")
	return contains(strings.Fields(string(text)), templateParameter)
}

// waitToWake returns in a machine that goes on: its clock is right, it shares no random numbers with the others, and devices
// that the template did not have are found, but for disks. It may be told to rehearse.
func waitToWake(modules *modules) (host host, rehearses bool, err error) {
	err = modules.load("ext4", "overlay", "sd_mod", "vmw_pvscsi", "vmxnet3", "virtio_pci", "virtio_console", "virtio_rng")
	if err != nil {
		return nil, false, err
	}
	q := newQemu()
	if err := q.connect(modules); err != nil {
		return nil, false, err
	}
	learnDocuments()
	lines := &port{file: q.host, ends: hasRehearsed()}
	q.lines.Reset(lines)
	if _, err := q.host.WriteString("waiting\n"); err != nil {
		return nil, false, err
	}
	order := ""
	for key := ""; key != wakeKey; {
		if key, order, err = q.next(); err != nil {
			return nil, false, err
		}
	}
	lines.ends = false
	words := strings.Fields(order)
	if err := wake(words); err != nil {
		return nil, false, fmt.Errorf("a template was told %q: %w", order, err)
	}
	if _, err := q.host.WriteString("awake\n"); err != nil {
		return nil, false, err
	}
	go q.listen()
	return q, contains(words[2:], rehearsalWord), nil
}

func wake(words []string) error {
	if len(words) < 2 {
		return errorText("too few words")
	}
	if err := setClock(words[0]); err != nil {
		return err
	}
	if err := reseed(words[1]); err != nil {
		return err
	}
	if contains(words[2:], devicesWord) {
		findControllers()
	}
	return nil
}

// learnDocuments has Go find out beforehand how documents are read and written.
func learnDocuments() {
	for _, document := range []interface{}{&config{}, &reportDocument{}, &guestLine{}} {
		fill(reflect.ValueOf(document).Elem())
		text, err := json.Marshal(document)
		if err == nil {
			err = json.Unmarshal(text, document)
		}
		if err != nil {
			say("%v", err)
		}
	}
}

// fill gives each part of a value something, one of each where it may be several.
func fill(value reflect.Value) {
	switch value.Kind() {
	case reflect.Struct:
		for i := 0; i < value.NumField(); i++ {
			if value.Field(i).CanSet() {
				fill(value.Field(i))
			}
		}
	case reflect.Ptr:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem())
	case reflect.Slice:
		if value.Type() != reflect.TypeOf(json.RawMessage{}) {
			value.Set(reflect.MakeSlice(value.Type(), 1, 1))
			fill(value.Index(0))
		}
	}
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
