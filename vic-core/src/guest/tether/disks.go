package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	diskPatience = 20 * time.Second
	diskDelay    = 3 * time.Second

	controllerTarget = 7 // SPI-3
)

// Disks are the VM's file systems, found by what their superblocks say and mounted when first asked for.
type disks struct {
	looking sync.Mutex // held by who looks for disks
	mu      sync.Mutex
	devices map[string]string // by UUID
	looked  map[string]bool
	roles   map[string]string
	mounted map[string]string // folder by UUID
	order   []string
	failed  map[string]error
	memory  map[string]int64 // the sizes of the volumes in memory; 0 for that of the kernel's choice
}

func newDisks(config []diskConfig, memory []memoryConfig) *disks {
	d := &disks{
		devices: map[string]string{}, looked: map[string]bool{}, roles: map[string]string{},
		mounted: map[string]string{}, failed: map[string]error{}, memory: map[string]int64{},
	}
	for _, volume := range memory {
		d.memory[strings.ToLower(volume.FileSystem)] = volume.SizeBytes
	}
	for _, disk := range config {
		d.roles[strings.ToLower(disk.FileSystem)] = disk.Role
	}
	return d
}

// find asks controllers for as many disks as the configuration has, which lie side by side, and awaits them.
func (d *disks) find() {
	targets := len(d.roles)
	if targets > controllerTarget {
		targets++ // No disk has the controller's own.
	}
	askControllers(targets)
	d.await()
}

// await looks at the disks as the kernel finds them, until those of the configuration are there, or none has come for long.
// If they do not come soon, controllers are asked for all that they can have.
func (d *disks) await() {
	begin := time.Now()
	end, asked := begin.Add(diskPatience), false
	for {
		if d.look() {
			end = time.Now().Add(diskPatience)
		}
		if d.missing() == 0 || time.Now().After(end) {
			return
		}
		if !asked && time.Since(begin) > diskDelay {
			askControllers(mostTargets)
			asked = true
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// add says that there are further disks. Who looks at roles does so without the lock: they are replaced as a whole.
func (d *disks) add(config []diskConfig) {
	d.mu.Lock()
	defer d.mu.Unlock()
	roles := map[string]string{}
	for uuid, role := range d.roles {
		roles[uuid] = role
	}
	for _, disk := range config {
		roles[strings.ToLower(disk.FileSystem)] = disk.Role
	}
	d.roles = roles
}

// awaitFurther finds the disks that were plugged in since the boot.
func (d *disks) awaitFurther() {
	d.looking.Lock()
	defer d.looking.Unlock()
	if d.missing() == 0 {
		return
	}
	findControllers()
	askControllers(mostTargets)
	d.await()
}

// missing counts the disks of the configuration that are not found yet.
func (d *disks) missing() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	missing := 0
	for uuid := range d.roles {
		if d.devices[uuid] == "" {
			missing++
		}
	}
	return missing
}

// look takes in the disks that are new, and says whether there are any.
func (d *disks) look() bool {
	found := false
	entries, _ := os.ReadDir("/sys/block")
	for _, entry := range entries {
		name := entry.Name()
		if d.looked[name] || !(strings.HasPrefix(name, "sd") || strings.HasPrefix(name, "vd") || strings.HasPrefix(name, "nvme")) {
			continue
		}
		uuid, err := fileSystemID(devDir + "/" + name)
		if err != nil && err != errNoFileSystem {
			continue // Its node, or what it holds, is about to come.
		}
		d.looked[name], found = true, true
		if err == nil {
			d.mu.Lock()
			d.devices[uuid] = devDir + "/" + name
			d.mu.Unlock()
		}
	}
	return found
}

// fileSystemID reads the UUID of an ext4 file system.
func fileSystemID(device string) (string, error) {
	file, err := os.Open(device)
	if err != nil {
		return "", err
	}
	defer file.Close()
	block := make([]byte, 1024)
	if _, err := file.ReadAt(block, 1024); err != nil {
		return "", err
	}
	return superblockID(block)
}

const errNoFileSystem = errorText("no ext4 file system")

// superblockID reads an ext4 superblock: s_magic at 0x38, s_uuid at 0x68.
func superblockID(block []byte) (string, error) {
	if block[0x38] != 0x53 || block[0x39] != 0xef {
		return "", errNoFileSystem
	}
	id := hex.EncodeToString(block[0x68:0x78])
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:], nil
}

// mount returns where a file system is mounted.
func (d *disks) mount(uuid string) (string, error) {
	uuid = strings.ToLower(uuid)
	d.mu.Lock()
	defer d.mu.Unlock()
	if dir, ok := d.mounted[uuid]; ok {
		return dir, nil
	}
	if err := d.failed[uuid]; err != nil {
		return "", err
	}
	dir, err := d.mountNew(uuid)
	if err != nil {
		err = fmt.Errorf("file system %s: %w", uuid, err)
		d.failed[uuid] = err
		return "", err
	}
	d.mounted[uuid] = dir
	d.order = append(d.order, dir)
	return dir, nil
}

func (d *disks) mountNew(uuid string) (string, error) {
	device := d.devices[uuid]
	size, inMemory := d.memory[uuid]
	if device == "" && !inMemory {
		return "", fmt.Errorf("no disk of this VM holds it")
	}
	dir := fileSystemsDir + "/" + itoa(len(d.order))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if inMemory {
		options := "mode=0777" // As Kubernetes' empty folders.
		if size > 0 {
			options += fmt.Sprintf(",size=%d", size)
		}
		return dir, syscall.Mount("tmpfs", dir, "tmpfs", 0, options)
	}
	if d.isFiles(uuid) {
		return dir, showFiles(device, dir)
	}
	if d.isReadOnly(uuid) {
		err := syscall.Mount(device, dir, "ext4", syscall.MS_RDONLY|syscall.MS_NOATIME, "")
		if err == syscall.EROFS || err == syscall.EACCES {
			// Its journal is not replayed, and cannot be: the disk is not to be written.
			err = syscall.Mount(device, dir, "ext4", syscall.MS_RDONLY|syscall.MS_NOATIME, "noload")
		}
		return dir, err
	}
	return dir, syscall.Mount(device, dir, "ext4", 0, "")
}

func (d *disks) isReadOnly(uuid string) bool {
	uuid = strings.ToLower(uuid)
	if _, inMemory := d.memory[uuid]; inMemory {
		return false
	}
	role := d.roles[uuid]
	return role != "scratch" && role != "volume"
}

// unmountAll unmounts what is mounted, the last one first.
func (d *disks) unmountAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := len(d.order) - 1; i >= 0; i-- {
		unmount(d.order[i])
	}
}

// unmount tries for some time, for processes that are about to end hold on to file systems.
func unmount(dir string) {
	for tries := 0; ; tries++ {
		err := syscall.Unmount(dir, 0)
		if err == nil || err == syscall.EINVAL || err == syscall.ENOENT {
			return
		}
		if tries == 200 {
			say("unmount of %s: %v", dir, err)
			syscall.Sync()
			tellKernel("/proc/sysrq-trigger", "u") // The kernel makes all of them read-only.
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
