package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"sort"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

type fileDetails struct {
	Name       string `json:"name"`
	Mode       uint32 `json:"mode"`
	SizeBytes  int64  `json:"sizeBytes"`
	Modified   string `json:"modified"`
	LinkTarget string `json:"linkTarget"`
}

// copyOut sends a file or a folder of a session as a tar. Each file is opened anew from the session's root: whatever its
// processes rename meanwhile, nothing outside is reached.
func (x *exchange) copyOut(s *session, r *request) error {
	if !strings.HasPrefix(r.Path, "/") {
		return fmt.Errorf("path %q is not absolute: %w", r.Path, errInvalid)
	}
	where := path.Clean(r.Path)
	flags := oPath
	if !r.FollowLink {
		flags |= syscall.O_NOFOLLOW
	}
	file, err := openInRoot(s.root.top, where, flags, 0)
	if err != nil {
		return err
	}
	var stat syscall.Stat_t
	err = syscall.Fstat(int(file.Fd()), &stat)
	target := readLink(file)
	resolved, _ := os.Readlink(magic(file)) // Where it is, as this file system has it.
	file.Close()
	if err != nil {
		return err
	}
	if r.FollowLink && strings.HasPrefix(resolved, s.root.path) {
		resolved = resolved[len(s.root.path):]
		if resolved == "" {
			resolved = "/"
		}
	} else {
		resolved = where
	}
	name, inTar := path.Base(where), path.Base(where)
	if where == "/" {
		inTar = "."
	}
	details := fileDetails{name, stat.Mode, stat.Size, instant(time.Unix(stat.Mtim.Unix())), target}
	if err := x.opened(details); err != nil {
		return err
	}
	t := &tarOut{root: s.root.top, out: tar.NewWriter(channel{x, 1}), links: map[[2]uint64]string{}}
	if err := t.add(resolved, inTar); err != nil {
		return err
	}
	if err := t.out.Close(); err != nil {
		return err
	}
	return channel{x, 1}.close()
}

type tarOut struct {
	root  *os.File
	out   *tar.Writer
	links map[[2]uint64]string // the names of files that have more than one
}

func (t *tarOut) add(where, name string) error {
	file, err := openInRoot(t.root, where, oPath|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil // It has just been removed.
	}
	if err != nil {
		return err
	}
	defer file.Close()
	var stat syscall.Stat_t
	if err := syscall.Fstat(int(file.Fd()), &stat); err != nil {
		return err
	}
	header := &tar.Header{
		Format: tar.FormatPAX, Name: name, Mode: int64(stat.Mode & 0o7777), Uid: int(stat.Uid), Gid: int(stat.Gid),
		ModTime: time.Unix(stat.Mtim.Unix()), PAXRecords: map[string]string{},
	}
	kind := stat.Mode & syscall.S_IFMT
	switch kind {
	case syscall.S_IFDIR:
		header.Typeflag, header.Name = tar.TypeDir, name+"/"
	case syscall.S_IFREG:
		header.Typeflag, header.Size = tar.TypeReg, stat.Size
	case syscall.S_IFLNK:
		header.Typeflag, header.Linkname = tar.TypeSymlink, readLink(file)
	case syscall.S_IFCHR, syscall.S_IFBLK:
		header.Typeflag = tar.TypeChar
		if kind == syscall.S_IFBLK {
			header.Typeflag = tar.TypeBlock
		}
		header.Devmajor = int64(stat.Rdev>>8&0xfff | stat.Rdev>>32&^0xfff)
		header.Devminor = int64(stat.Rdev&0xff | stat.Rdev>>12&^0xff)
	case syscall.S_IFIFO:
		header.Typeflag = tar.TypeFifo
	default:
		return nil // A socket is nothing without its process.
	}
	if kind != syscall.S_IFDIR && stat.Nlink > 1 {
		key := [2]uint64{stat.Dev, stat.Ino}
		if first, ok := t.links[key]; ok {
			header.Typeflag, header.Linkname, header.Size = tar.TypeLink, first, 0
			return t.out.WriteHeader(header)
		}
		t.links[key] = name
	}
	if err := addAttributes(header, file); err != nil {
		return err
	}
	if err := t.out.WriteHeader(header); err != nil {
		return err
	}
	switch kind {
	case syscall.S_IFREG:
		return t.content(file, stat.Size)
	case syscall.S_IFDIR:
		return t.children(file, where, name)
	}
	return nil
}

// content copies a file's content. One that shrinks meanwhile is filled up, one that grows is cut.
func (t *tarOut) content(file *os.File, size int64) error {
	in, err := os.Open(magic(file))
	if err != nil {
		return err
	}
	defer in.Close()
	n, err := io.Copy(t.out, io.LimitReader(in, size))
	if err != nil {
		return err
	}
	_, err = io.CopyN(t.out, zeros{}, size-n)
	return err
}

type zeros struct{}

func (zeros) Read(buffer []byte) (int, error) {
	for i := range buffer {
		buffer[i] = 0
	}
	return len(buffer), nil
}

func (t *tarOut) children(dir *os.File, where, name string) error {
	entries, err := os.ReadDir(magic(dir))
	if err != nil {
		return err
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	for _, entry := range entries {
		inside := path.Join(where, entry.Name())
		if contains(neededDirs, strings.TrimPrefix(inside, "/")) {
			continue // The kernel's files are none of the session's.
		}
		if err := t.add(inside, name+"/"+entry.Name()); err != nil {
			return err
		}
	}
	return nil
}

func addAttributes(header *tar.Header, file *os.File) error {
	names, err := listAttributes(magic(file), true)
	if err != nil {
		return nil // Some kinds of files have none.
	}
	for _, name := range names {
		if strings.HasPrefix(name, "trusted.overlay.") {
			continue
		}
		value, err := getAttribute(magic(file), name, true)
		if err == nil {
			header.PAXRecords["SCHILY.xattr."+name] = string(value)
		}
	}
	return nil
}

// readLink reads where a symbolic link leads that was opened itself; "" of other files.
func readLink(file *os.File) string {
	buffer := make([]byte, 4096)
	var empty byte
	n, _, errno := syscall.Syscall6(syscall.SYS_READLINKAT, file.Fd(), uintptr(unsafe.Pointer(&empty)),
		uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), 0, 0)
	if errno != 0 {
		return ""
	}
	return string(buffer[:n])
}
