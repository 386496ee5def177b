package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
)

// A machine whose kernel has this parameter is a template: it goes as far as all machines go the same way, says on the port
// of the host's lines that it waits, and is saved there. Each machine that goes on from what was saved is told its variables
// on that port, and at last that of wakeKey: "NANOSECONDS SEED TARGETS", the time since 1970, random hexadecimal digits, and
// how many targets of the first controller may have disks; and if it has other devices that the template did not have,
// a fourth word. It says that it is awake.
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
// that the template did not have are found.
func waitToWake(modules *modules) (host, error) {
	err := modules.load("ext4", "overlay", "sd_mod", "vmw_pvscsi", "vmxnet3", "virtio_pci", "virtio_console", "virtio_rng")
	if err != nil {
		return nil, err
	}
	q := newQemu()
	if err := q.connect(modules); err != nil {
		return nil, err
	}
	controllers := diskControllers()
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
	if err := wake(strings.Fields(order), controllers); err != nil {
		return nil, fmt.Errorf("a template was told %q: %w", order, err)
	}
	if _, err := q.host.WriteString("awake\n"); err != nil {
		return nil, err
	}
	go q.listen()
	return q, nil
}

func wake(words, controllers []string) error {
	if len(words) < 3 {
		return errorText("too few words")
	}
	if err := setClock(words[0]); err != nil {
		return err
	}
	if err := reseed(words[1]); err != nil {
		return err
	}
	targets, err := strconv.Atoi(words[2])
	if err != nil {
		return err
	}
	if err := findDisks(controllers, targets); err != nil {
		return err
	}
	if len(words) > 3 {
		return findControllers()
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

// A template's controller has no disks beyond these, as vSphere's have none: all 64 would take longer to ask.
const mostTargets = 16

// findDevices finds the disks of controllers that were there before, and what else has come.
func findDevices() error {
	if err := findDisks(diskControllers(), mostTargets); err != nil {
		return err
	}
	return findControllers()
}

// diskControllers are the folders of those that have disks of VMs.
func diskControllers() []string {
	var controllers []string
	hosts, _ := filepath.Glob("/sys/class/scsi_host/*")
	for _, host := range hosts {
		driver, _ := os.ReadFile(host + "/proc_name")
		if contains(scsiControllers, strings.TrimSpace(string(driver))) {
			controllers = append(controllers, host)
		}
	}
	return controllers
}

func findDisks(controllers []string, targets int) error {
	for _, controller := range controllers {
		for target := 0; target < targets; target++ {
			if err := tellKernel(controller+"/scan", "0 "+itoa(target)+" 0"); err != nil {
				return err
			}
		}
	}
	return nil
}

func findControllers() error {
	return tellKernel("/sys/bus/pci/rescan", "1")
}
