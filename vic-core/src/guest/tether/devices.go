package main

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
