package main

import (
	"os"
	"syscall"
)

const noFiles = syscall.MS_NOSUID | syscall.MS_NOEXEC

// addKernelFiles mounts /sys and a small /dev. /proc comes later: only a process of the session can mount its own.
func (r *root) addKernelFiles() error {
	for _, name := range neededDirs {
		if info, err := os.Lstat(r.path + "/" + name); err == nil && info.IsDir() {
			continue
		}
		dir, err := makeDirs(r.top, "/"+name)
		if err != nil {
			return err
		}
		dir.Close()
	}
	sys := r.path + "/sys"
	if err := r.mount(mountCall{"sysfs", sys, "sysfs", noFiles | syscall.MS_NODEV | syscall.MS_RDONLY, ""}); err != nil {
		return err
	}
	return r.addDevices()
}

func (r *root) addDevices() error {
	dev := r.path + "/dev"
	if err := r.mount(mountCall{"tmpfs", dev, "tmpfs", syscall.MS_NOSUID | syscall.MS_NOEXEC, "mode=0755,size=64k"}); err != nil {
		return err
	}
	for _, device := range []struct {
		name         string
		major, minor int
	}{{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}} {
		path := dev + "/" + device.name
		if err := syscall.Mknod(path, syscall.S_IFCHR|0o666, device.major<<8|device.minor); err != nil {
			return &os.PathError{Op: "mknod", Path: path, Err: err}
		}
		if err := os.Chmod(path, 0o666); err != nil {
			return err
		}
	}
	for name, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
		"core": "/proc/kcore", "ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(target, dev+"/"+name); err != nil {
			return err
		}
	}
	for _, m := range []mountCall{
		{"devpts", dev + "/pts", "devpts", noFiles, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
		{"shm", dev + "/shm", "tmpfs", noFiles | syscall.MS_NODEV, "mode=1777,size=64m"},
		{"mqueue", dev + "/mqueue", "mqueue", noFiles | syscall.MS_NODEV, ""},
	} {
		if err := os.Mkdir(m.target, 0o755); err != nil {
			return err
		}
		if err := r.mount(m); err != nil {
			return err
		}
	}
	return nil
}
