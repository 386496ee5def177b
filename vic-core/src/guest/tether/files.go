package main

import (
	"io"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

const (
	sysOpenat2    = 437
	resolveInRoot = 0x10
	oPath         = 0x200000
)

// openAt opens a file of a folder for reading.
func openAt(dir *os.File, name string) (*os.File, error) {
	fd, err := syscall.Openat(int(dir.Fd()), name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

func readAt(dir *os.File, name string) ([]byte, error) {
	file, err := openAt(dir, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// openInRoot opens a path as a process would whose root this folder is: no symbolic link leads out of it (openat2(2)).
func openInRoot(root *os.File, path string, flags int, mode uint32) (*os.File, error) {
	for tries := 0; ; tries++ {
		how := struct{ flags, mode, resolve uint64 }{uint64(flags | syscall.O_CLOEXEC), uint64(mode), resolveInRoot}
		name, err := syscall.BytePtrFromString(relative(path))
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
		fd, _, errno := syscall.Syscall6(
			sysOpenat2, root.Fd(), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&how)), unsafe.Sizeof(how), 0, 0)
		// EAGAIN: somebody moved a folder on the way.
		if (errno == syscall.EAGAIN || errno == syscall.EINTR) && tries < 100 {
			continue
		}
		if errno != 0 {
			return nil, &os.PathError{Op: "open", Path: path, Err: errno}
		}
		return os.NewFile(fd, path), nil
	}
}

func relative(path string) string {
	if path = strings.TrimLeft(path, "/"); path == "" {
		return "."
	}
	return path
}

// makeDirs opens a folder in a root, and makes what is missing of it.
func makeDirs(root *os.File, path string) (*os.File, error) {
	return makeDirsOf(root, path, func(*os.File) error { return nil })
}

// makeDirsOf does the same, and something with each folder that it makes.
func makeDirsOf(root *os.File, path string, made func(*os.File) error) (*os.File, error) {
	if dir, err := openInRoot(root, path, oPath|syscall.O_DIRECTORY, 0); err == nil {
		return dir, nil
	}
	current, err := openInRoot(root, "/", oPath|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	walked := ""
	for _, part := range strings.Split(path, "/") {
		if part == "" || part == "." {
			continue
		}
		walked += "/" + part
		next, err := openInRoot(root, walked, oPath|syscall.O_DIRECTORY, 0)
		if os.IsNotExist(err) {
			if err = syscall.Mkdirat(int(current.Fd()), part, 0o755); err == nil || err == syscall.EEXIST {
				isNew := err == nil
				next, err = openInRoot(root, walked, oPath|syscall.O_DIRECTORY, 0)
				if err == nil && isNew {
					err = made(next)
				}
			} else {
				err = &os.PathError{Op: "mkdir", Path: walked, Err: err}
			}
		}
		current.Close()
		if err != nil {
			return nil, err
		}
		current = next
	}
	return current, nil
}

// makeFile opens a file in a root to mount on it, and makes it where it is missing.
func makeFile(root *os.File, path string) (*os.File, error) {
	file, err := openInRoot(root, path, oPath, 0)
	if !os.IsNotExist(err) {
		return file, err
	}
	at := strings.LastIndexByte(path, '/')
	if dir, err := makeDirs(root, path[:at+1]); err == nil {
		dir.Close()
	} else {
		return nil, err
	}
	made, err := openInRoot(root, path, syscall.O_CREAT|syscall.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	made.Close()
	return openInRoot(root, path, oPath, 0)
}

// magic is a path that leads to an open file, whatever lies at its name now.
func magic(file *os.File) string {
	return "/proc/self/fd/" + itoa(int(file.Fd()))
}
