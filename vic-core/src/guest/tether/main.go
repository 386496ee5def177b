// The tether is the init of a container VM: it joins the layers to root file systems, runs the sessions in them, tells the
// host how they are, and powers the machine off when they are over.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "this is the init of a VM; it runs as process 1 only")
		os.Exit(2)
	}
	defer lastWords()
	if err := boot(); err != nil {
		say("%v", err)
	}
	powerOff()
}

// A further console, beside the kernel's.
var serialConsole *os.File

// say writes a line on the console.
func say(format string, args ...interface{}) {
	line := fmt.Sprintf("vic4j: "+format+"\n", args...)
	os.Stderr.WriteString(line)
	if serialConsole != nil {
		serialConsole.WriteString(line)
	}
}

// lastWords is deferred by each goroutine: the end of process 1 would be a panic of the kernel.
func lastWords() {
	if problem := recover(); problem != nil {
		say("the tether has failed: %v", problem)
		os.Stderr.Write(debug.Stack())
		powerOff()
	}
}

func powerOff() {
	syscall.Sync()
	for {
		if err := syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF); err != nil {
			say("power off: %v", err)
		}
		time.Sleep(time.Second) // It goes off from another thread.
	}
}

func boot() error {
	times := bootTimes{tether: uptime()}
	enter := enterRoot
	if hasRehearsed() {
		enter = keptOpen
	}
	dir, err := enter()
	if err != nil {
		return err
	}
	hurry(true)
	modules, err := readModules(dir)
	if err != nil {
		return err
	}
	go reap()

	loading := background(func() error {
		return modules.load(append(forDisks(modules.forBus("pci")), "ext4", "overlay")...)
	})
	if !hasRehearsed() {
		setUpMachine()
	}
	var host host
	rehearses := false
	if isTemplate() {
		host, rehearses, err = waitToWake(modules)
		times.tether = uptime()
	} else {
		host, err = findHost(modules)
	}
	if err != nil {
		return err
	}
	config, number, err := readConfig(host)
	if err != nil {
		return err
	}
	t := newTether(host, config, number)
	networks := background(func() error { t.setUpNetworks(modules); return nil })
	if err := <-loading; err != nil {
		say("%v", err)
	}
	times.modules = uptime()
	t.disks.find()
	times.disks = uptime()
	t.times = times
	<-networks
	t.run()
	if rehearses {
		return t.standBy(dir)
	}
	return nil
}

// setUpMachine sets up what is the same in all machines.
func setUpMachine() {
	if err := setUpCgroups(); err != nil {
		say("%v", err)
	}
	if err := setUpLoopback(); err != nil {
		say("loopback: %v", err)
	}
}

func background(work func() error) <-chan error {
	done := make(chan error, 1)
	go func() {
		defer lastWords()
		done <- work()
	}()
	return done
}

type bootTimes struct{ tether, modules, disks time.Duration }
