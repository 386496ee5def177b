package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// What networks need is loaded beside the rest, where the configuration has networks.
var networkModules = []string{"vmxnet3", "virtio_net"}

// Controllers of disks whose driver is another module, which the kernel asks for when it has found them.
var scsiControllers = []string{"vmw_pvscsi", "virtio_scsi", "mptspi"}

// forDisks are the modules of these that disks need.
func forDisks(names []string) []string {
	var kept []string
	for _, name := range names {
		if contains(networkModules, name) {
			continue
		}
		kept = append(kept, name)
		if contains(scsiControllers, name) && !contains(kept, "sd_mod") {
			kept = append(kept, "sd_mod")
		}
	}
	return kept
}

// As many targets as vSphere has on a controller, and QEMU's has disks on.
const mostTargets = 16

// askControllers has the kernel ask the controllers of disks for those on the first so many targets of each, but for those
// that it has found: some controllers tell it of disks that are plugged in, and may miss one while it looks at another.
func askControllers(targets int) {
	hosts, _ := filepath.Glob("/sys/class/scsi_host/*")
	for _, host := range hosts {
		driver, _ := os.ReadFile(host + "/proc_name")
		if !contains(scsiControllers, strings.TrimSpace(string(driver))) {
			continue
		}
		number := strings.TrimPrefix(filepath.Base(host), "host")
		for target := 0; target < targets && target < mostTargets; target++ {
			if syscall.Access("/sys/class/scsi_device/"+number+":0:"+itoa(target)+":0", 0) == nil {
				continue
			}
			if err := tellKernel(host+"/scan", "0 "+itoa(target)+" 0"); err != nil {
				say("%v", err)
			}
		}
	}
}

// findControllers has the kernel look for devices that have come since.
func findControllers() {
	if err := tellKernel("/sys/bus/pci/rescan", "1"); err != nil {
		say("%v", err)
	}
}
