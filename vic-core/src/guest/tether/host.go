package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// A host is what runs this VM, as far as the tether speaks with it.
type host interface {
	// variable is the value of a variable, as far as it is known now.
	variable(key string) (string, bool)
	// set changes a variable of the guest's, and returns when the host has it.
	set(key, value string) error
	// changes tells that a command may have come.
	changes() <-chan struct{}
	// linkChanges tells that the host's side of the link over variables may have changed.
	linkChanges() <-chan struct{}
	// log is where the output of a session goes, by the session's index.
	log(index int) (io.Writer, error)
	// link is the channel for streams; nil where the host has none.
	link() io.ReadWriter
}

// findHost connects to the host.
func findHost(modules *modules) (host, error) {
	vendor, _ := os.ReadFile("/sys/class/dmi/id/sys_vendor")
	if strings.HasPrefix(string(vendor), "VMware") {
		return newVMware()
	}
	host, err := bootedQemu(modules)
	if err != nil {
		return nil, fmt.Errorf("this is neither a VM of VMware nor one of QEMU that was set up for it: %w", err)
	}
	return host, nil
}

// tell lets who listens look once more; if he has not looked since the last time, once is enough.
func tell(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}
