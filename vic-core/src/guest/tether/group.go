package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// giveToGroup lets a group read and write all that is in a volume, and lets what comes to be in it belong to the group, as
// kubelets do it with fsGroup. The volume's top is done last: where it is the group's already, all is.
func giveToGroup(volume string, group int) error {
	var stat syscall.Stat_t
	if err := syscall.Stat(volume, &stat); err != nil {
		return err
	}
	const wanted = groupRights | syscall.S_ISGID | groupSearches
	if int(stat.Gid) == group && stat.Mode&wanted == wanted {
		return nil
	}
	err := filepath.WalkDir(volume, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == volume {
			return err
		}
		return giveOne(path, group)
	})
	if err != nil {
		return err
	}
	return giveOne(volume, group)
}

const (
	groupRights   = 0o660
	groupSearches = 0o110
)

func giveOne(path string, group int) error {
	var stat syscall.Stat_t
	if err := syscall.Lstat(path, &stat); err != nil {
		return err
	}
	if err := os.Lchown(path, -1, group); err != nil {
		return err
	}
	kind := stat.Mode & syscall.S_IFMT
	if kind == syscall.S_IFLNK {
		return nil
	}
	mode := stat.Mode&0o7777 | groupRights
	if kind == syscall.S_IFDIR {
		mode |= syscall.S_ISGID | groupSearches
	}
	return syscall.Chmod(path, mode)
}
