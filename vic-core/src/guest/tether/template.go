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
// on that port, and at last that of wakeKey: "NANOSECONDS SEED", the time since 1970 and random hexadecimal digits; and if it has
// other devices than disks that the template did not have, a third word. It says that it is awake.
const (
	templateParameter = "vic4j.template"
	wakeKey           = "vic4j.wake"
)

const rndReseedCRNG = 0x5207 // RNDRESEEDCRNG of linux/random.h

func isTemplate() bool {
	text, _ := os.ReadFile("/proc/cmdline")
	return contains(strings.Fields(string(text)), templateParameter)
}

// waitToWake returns in a machine that goes on: its clock is right, it shares no random numbers with the others, and devices
// that the template did not have are found, but for disks.
func waitToWake(modules *modules) (host, error) {
	err := modules.load("ext4", "overlay", "sd_mod", "vmw_pvscsi", "vmxnet3", "virtio_pci", "virtio_console", "virtio_rng")
	if err != nil {
		return nil, err
	}
	q := newQemu()
	if err := q.connect(modules); err != nil {
		return nil, err
	}
	rehearse()
	if _, err := q.host.WriteString("waiting\n"); err != nil {
		return nil, err
	}
	order := ""
	for key := ""; key != wakeKey; {
		if key, order, err = q.next(); err != nil {
			return nil, err
		}
	}
	if err := wake(strings.Fields(order)); err != nil {
		return nil, fmt.Errorf("a template was told %q: %w", order, err)
	}
	if _, err := q.host.WriteString("awake\n"); err != nil {
		return nil, err
	}
	go q.listen()
	return q, nil
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
	if len(words) > 2 {
		findControllers()
	}
	return nil
}

// rehearse has Go find out beforehand how documents are read and written.
func rehearse() {
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
