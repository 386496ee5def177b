package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// copyTree copies what is in a folder to another one, with all that belongs to files, and the folder's own attributes.
func copyTree(from, to string) error {
	return (&treeCopy{links: map[uint64]string{}}).dir(from, to)
}

type treeCopy struct {
	links map[uint64]string // the first copy of a file that has more than one name
}

func (c *treeCopy) dir(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := c.one(from+"/"+entry.Name(), to+"/"+entry.Name()); err != nil {
			return err
		}
	}
	return copyAttributes(from, to)
}

func (c *treeCopy) one(from, to string) error {
	var stat syscall.Stat_t
	if err := syscall.Lstat(from, &stat); err != nil {
		return &os.PathError{Op: "lstat", Path: from, Err: err}
	}
	kind := stat.Mode & syscall.S_IFMT
	if kind != syscall.S_IFDIR && stat.Nlink > 1 {
		if first, ok := c.links[stat.Ino]; ok {
			return os.Link(first, to)
		}
		c.links[stat.Ino] = to
	}
	switch kind {
	case syscall.S_IFDIR:
		if err := os.Mkdir(to, 0o700); err != nil {
			return err
		}
		return c.dir(from, to)
	case syscall.S_IFREG:
		if err := copyFile(from, to); err != nil {
			return err
		}
	case syscall.S_IFLNK:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if err := os.Symlink(target, to); err != nil {
			return err
		}
	default:
		if err := syscall.Mknod(to, stat.Mode, int(stat.Rdev)); err != nil {
			return &os.PathError{Op: "mknod", Path: to, Err: err}
		}
	}
	return copyAttributes(from, to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

const (
	atFdcwd           = ^uintptr(99)
	atSymlinkNofollow = 0x100
)

// copyAttributes copies owner, extended attributes, mode and times of a file, in this order: a new owner takes the setuid
// bit and the capabilities.
func copyAttributes(from, to string) error {
	var stat syscall.Stat_t
	if err := syscall.Lstat(from, &stat); err != nil {
		return &os.PathError{Op: "lstat", Path: from, Err: err}
	}
	if err := os.Lchown(to, int(stat.Uid), int(stat.Gid)); err != nil {
		return err
	}
	names, err := listAttributes(from, false)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "trusted.overlay.") {
			continue
		}
		value, err := getAttribute(from, name, false)
		if err != nil {
			continue
		}
		if err := setAttribute(to, name, value, false); err != nil {
			return &os.PathError{Op: "setxattr " + name, Path: to, Err: err}
		}
	}
	if stat.Mode&syscall.S_IFMT != syscall.S_IFLNK {
		if err := syscall.Chmod(to, stat.Mode&0o7777); err != nil {
			return &os.PathError{Op: "chmod", Path: to, Err: err}
		}
	}
	return setTimes(to, stat.Atim, stat.Mtim)
}

func setTimes(path string, accessed, modified syscall.Timespec) error {
	name, err := syscall.BytePtrFromString(path)
	if err != nil {
		return err
	}
	times := [2]syscall.Timespec{accessed, modified}
	_, _, errno := syscall.Syscall6(syscall.SYS_UTIMENSAT, atFdcwd, uintptr(unsafe.Pointer(name)),
		uintptr(unsafe.Pointer(&times)), atSymlinkNofollow, 0, 0)
	if errno != 0 {
		return &os.PathError{Op: "utimensat", Path: path, Err: errno}
	}
	return nil
}

// listAttributes names the extended attributes of a file; of a link's own, or of what it leads to.
func listAttributes(path string, follow bool) ([]string, error) {
	buffer := make([]byte, 64<<10)
	n, err := pathCall(either(follow, syscall.SYS_LISTXATTR, syscall.SYS_LLISTXATTR), path, "", buffer, 0)
	if err == syscall.ENOTSUP {
		return nil, nil
	}
	if err != nil {
		return nil, &os.PathError{Op: "llistxattr", Path: path, Err: err}
	}
	var names []string
	for _, name := range bytes.Split(buffer[:n], []byte{0}) {
		if len(name) > 0 {
			names = append(names, string(name))
		}
	}
	return names, nil
}

func getAttribute(path, name string, follow bool) ([]byte, error) {
	buffer := make([]byte, 64<<10)
	n, err := pathCall(either(follow, syscall.SYS_GETXATTR, syscall.SYS_LGETXATTR), path, name, buffer, 0)
	if err != nil {
		return nil, err
	}
	return buffer[:n], nil
}

func setAttribute(path, name string, value []byte, follow bool) error {
	_, err := pathCall(either(follow, syscall.SYS_SETXATTR, syscall.SYS_LSETXATTR), path, name, value, 0)
	return err
}

func pathCall(number uintptr, path, name string, buffer []byte, flags uintptr) (int, error) {
	pathPtr, err := syscall.BytePtrFromString(path)
	if err != nil {
		return 0, err
	}
	var data unsafe.Pointer
	if len(buffer) > 0 {
		data = unsafe.Pointer(&buffer[0])
	}
	var n uintptr
	var errno syscall.Errno
	if name == "" {
		n, _, errno = syscall.Syscall(number, uintptr(unsafe.Pointer(pathPtr)), uintptr(data), uintptr(len(buffer)))
	} else {
		namePtr, err := syscall.BytePtrFromString(name)
		if err != nil {
			return 0, err
		}
		n, _, errno = syscall.Syscall6(number, uintptr(unsafe.Pointer(pathPtr)), uintptr(unsafe.Pointer(namePtr)),
			uintptr(data), uintptr(len(buffer)), flags, 0)
	}
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func either(first bool, one, other uintptr) uintptr {
	if first {
		return one
	}
	return other
}
