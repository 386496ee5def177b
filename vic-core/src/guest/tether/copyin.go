package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// copyIn extracts a tar below a folder of a session. Each name is looked up from the session's root, so that nothing outside
// is reached.
func (x *exchange) copyIn(s *session, r *request) error {
	if !strings.HasPrefix(r.Path, "/") {
		return fmt.Errorf("path %q is not absolute: %w", r.Path, errInvalid)
	}
	base, err := openInRoot(s.root.top, r.Path, oPath|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer base.Close()
	if s.config.ReadOnlyRoot && sameDevice(base, s.root.top) {
		return fmt.Errorf("%s: the session's root is read-only", r.Path)
	}
	if err := x.opened(nothing{}); err != nil {
		return err
	}
	t := &tarIn{base: base}
	in := tar.NewReader(onlyReader{x})
	for {
		header, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("the tar cannot be read: %w", err)
		}
		if err := t.extract(header, in); err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
	}
	for i := len(t.dirs) - 1; i >= 0; i-- { // What was put into folders has changed their times.
		if dir, err := openInRoot(t.base, t.dirs[i].Name, oPath|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0); err == nil {
			setTimesAt(dir, ".", t.dirs[i].ModTime)
			dir.Close()
		}
	}
	_, err = io.Copy(io.Discard, onlyReader{x}) // What pads the tar.
	return err
}

func sameDevice(a, b *os.File) bool {
	var one, other syscall.Stat_t
	return syscall.Fstat(int(a.Fd()), &one) == nil && syscall.Fstat(int(b.Fd()), &other) == nil && one.Dev == other.Dev
}

type tarIn struct {
	base *os.File
	dirs []*tar.Header
}

func (t *tarIn) extract(header *tar.Header, content io.Reader) error {
	where := path.Clean("/" + header.Name)
	name := path.Base(where)
	if where == "/" {
		return nil
	}
	parent, err := makeDirs(t.base, path.Dir(where))
	if err != nil {
		return err
	}
	defer parent.Close()
	dirfd := int(parent.Fd())
	mode := uint32(header.Mode & 0o7777)

	if header.Typeflag == tar.TypeDir {
		err := syscall.Mkdirat(dirfd, name, 0o700)
		if err == syscall.EEXIST {
			if dir, dirErr := openInRoot(parent, name, oPath|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0); dirErr == nil {
				dir.Close()
				err = nil
			} else if err = remove(parent, name); err == nil {
				err = syscall.Mkdirat(dirfd, name, 0o700)
			}
		}
		if err != nil {
			return err
		}
		t.dirs = append(t.dirs, header)
		return finish(parent, name, mode, header)
	}
	if err := remove(parent, name); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeRegA:
		fd, err := syscall.Openat(dirfd, name,
			syscall.O_CREAT|syscall.O_EXCL|syscall.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0o600)
		if err != nil {
			return err
		}
		file := os.NewFile(uintptr(fd), name)
		if _, err := io.Copy(file, content); err != nil {
			file.Close()
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	case tar.TypeSymlink:
		if err := nameCall(syscall.SYS_SYMLINKAT, header.Linkname, dirfd, name); err != nil {
			return err
		}
	case tar.TypeLink:
		first, err := openInRoot(t.base, path.Clean("/"+header.Linkname), oPath|syscall.O_NOFOLLOW, 0)
		if err != nil {
			return err
		}
		defer first.Close()
		return linkTo(first, dirfd, name)
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		kind := map[byte]uint32{tar.TypeChar: syscall.S_IFCHR, tar.TypeBlock: syscall.S_IFBLK, tar.TypeFifo: syscall.S_IFIFO}
		major, minor := uint64(header.Devmajor), uint64(header.Devminor)
		device := minor&0xff | major&0xfff<<8 | minor&^0xff<<12 | major&^0xfff<<32
		if err := syscall.Mknodat(dirfd, name, kind[header.Typeflag]|0o600, int(device)); err != nil {
			return err
		}
	default:
		return fmt.Errorf("kind %q of file: %w", header.Typeflag, errInvalid)
	}
	return finish(parent, name, mode, header)
}

// remove makes way for a file. A folder that holds something stays.
func remove(parent *os.File, name string) error {
	err := syscall.Unlinkat(int(parent.Fd()), name)
	if err == syscall.EISDIR {
		const atRemoveDir = 0x200
		pointer, _ := syscall.BytePtrFromString(name)
		_, _, errno := syscall.Syscall(syscall.SYS_UNLINKAT, parent.Fd(), uintptr(unsafe.Pointer(pointer)), atRemoveDir)
		if errno == 0 {
			return nil
		}
		return errno
	}
	if err == syscall.ENOENT {
		return nil
	}
	return err
}

// finish gives a file what its header says: first the owner, for that takes the setuid bit and the capabilities.
func finish(parent *os.File, name string, mode uint32, header *tar.Header) error {
	dirfd := int(parent.Fd())
	if err := syscall.Fchownat(dirfd, name, header.Uid, header.Gid, atSymlinkNofollow); err != nil {
		return err
	}
	file, err := openInRoot(parent, name, oPath|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	for key, value := range header.PAXRecords {
		attribute := strings.TrimPrefix(key, "SCHILY.xattr.")
		if attribute == key || strings.HasPrefix(attribute, "trusted.overlay.") {
			continue
		}
		err := setAttribute(magic(file), attribute, []byte(value), true)
		if err != nil && !errors.Is(err, syscall.ENOTSUP) {
			return fmt.Errorf("attribute %s: %w", attribute, err)
		}
	}
	if header.Typeflag != tar.TypeSymlink {
		if err := syscall.Chmod(magic(file), mode); err != nil {
			return err
		}
	}
	return setTimesAt(parent, name, header.ModTime)
}

func setTimesAt(dir *os.File, name string, modified time.Time) error {
	pointer, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	time := syscall.NsecToTimespec(modified.UnixNano())
	times := [2]syscall.Timespec{time, time}
	_, _, errno := syscall.Syscall6(syscall.SYS_UTIMENSAT, dir.Fd(), uintptr(unsafe.Pointer(pointer)),
		uintptr(unsafe.Pointer(&times)), atSymlinkNofollow, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func nameCall(number uintptr, target string, dirfd int, name string) error {
	first, err := syscall.BytePtrFromString(target)
	if err != nil {
		return err
	}
	second, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	_, _, errno := syscall.Syscall(number, uintptr(unsafe.Pointer(first)), uintptr(dirfd), uintptr(unsafe.Pointer(second)))
	if errno != 0 {
		return errno
	}
	return nil
}

func linkTo(first *os.File, dirfd int, name string) error {
	const atSymlinkFollow = 0x400
	from, err := syscall.BytePtrFromString(magic(first))
	if err != nil {
		return err
	}
	to, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	_, _, errno := syscall.Syscall6(syscall.SYS_LINKAT, atFdcwd, uintptr(unsafe.Pointer(from)), uintptr(dirfd),
		uintptr(unsafe.Pointer(to)), atSymlinkFollow, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
