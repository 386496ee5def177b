package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"time"
)

// What is on a disk of files is shown from memory, so that it can be replaced while sessions see it. Each folder of the disk
// is a volume, which is laid out as a kubelet does it:
//
//	volume/..2026_01_31_12_00_00.123  a folder with the files
//	volume/..data                     a link to that folder
//	volume/name                       a link to ..data/name, for each name in the folder
//
// New files come to a folder of their own, and ..data is renamed to lead there: who looks sees all files as they were, or all
// as they are.
const filesRole = "files"

const (
	dataLink    = "..data"
	nextLink    = "..data_tmp"
	folderNames = "..2006_01_02_15_04_05."
)

// FileVolumes keep what is mounted of the volumes of files.
type fileVolumes struct {
	sync.Mutex                 // held while something of a volume is mounted, or replaced
	held       map[string]bool // the folders of files of which a session sees a part: it goes on to see that
}

func (d *disks) isFiles(uuid string) bool { return d.roles[strings.ToLower(uuid)] == filesRole }

// showFiles mounts a file system in memory that has what is on a disk of files.
func showFiles(device, dir string) error {
	disk := dir + ".disk"
	if err := os.Mkdir(disk, 0o700); err != nil {
		return err
	}
	defer os.Remove(disk)
	if err := syscall.Mount(device, disk, "ext4", syscall.MS_RDONLY|syscall.MS_NOATIME, ""); err != nil {
		return err
	}
	defer unmount(disk)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=0755"); err != nil {
		return err
	}
	if err := copyVolumes(disk, dir); err != nil {
		unmount(dir)
		return err
	}
	return nil
}

func copyVolumes(disk, dir string) error {
	entries, err := os.ReadDir(disk)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == "lost+found" {
			continue
		}
		volume := filepath.Join(dir, entry.Name())
		if err := os.Mkdir(volume, 0o755); err != nil {
			return err
		}
		folder, err := newFolder(volume)
		if err != nil {
			return err
		}
		if err := copyTree(filepath.Join(disk, entry.Name()), folder); err != nil {
			return err
		}
		if _, err := publish(volume, folder); err != nil {
			return err
		}
	}
	return nil
}

// newFolder makes a folder for files of a volume.
func newFolder(volume string) (string, error) {
	folder, err := os.MkdirTemp(volume, time.Now().UTC().Format(folderNames))
	if err != nil {
		return "", err
	}
	return folder, os.Chmod(folder, 0o755)
}

// publish shows the files of a new folder instead of those before, and returns where those are; nowhere, if there were none.
func publish(volume, folder string) (before string, err error) {
	data := filepath.Join(volume, dataLink)
	if target, err := os.Readlink(data); err == nil {
		before = filepath.Join(volume, target)
	}
	next := filepath.Join(volume, nextLink)
	if err := os.Symlink(filepath.Base(folder), next); err != nil {
		return "", err
	}
	if err := os.Rename(next, data); err != nil {
		os.Remove(next)
		return "", err
	}
	return before, linkNames(volume, folder)
}

// linkNames gives a volume the names of a folder, and no others.
func linkNames(volume, folder string) error {
	wanted, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, entry := range wanted {
		names[entry.Name()] = true
		err := os.Symlink(filepath.Join(dataLink, entry.Name()), filepath.Join(volume, entry.Name()))
		if err != nil && !os.IsExist(err) {
			return err
		}
	}
	shown, err := os.ReadDir(volume)
	if err != nil {
		return err
	}
	for _, entry := range shown {
		if !strings.HasPrefix(entry.Name(), "..") && !names[entry.Name()] {
			if err := os.Remove(filepath.Join(volume, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// hold keeps the files that a session sees a part of. The lock is held.
func (f *fileVolumes) hold(top string, part *os.File) error {
	where, err := os.Readlink(magic(part))
	if err != nil {
		return err
	}
	names := strings.Split(strings.TrimPrefix(where, top+"/"), "/")
	if len(names) > 1 && strings.HasPrefix(names[1], "..") {
		if f.held == nil {
			f.held = map[string]bool{}
		}
		f.held[filepath.Join(top, names[0], names[1])] = true
	}
	return nil
}

// replace shows the files of a new folder, unless they are those that are there.
func (f *fileVolumes) replace(volume, folder string) error {
	f.Lock()
	defer f.Unlock()
	shown := filepath.Join(volume, dataLink) + "/."
	same, err := sameFiles(shown, folder)
	if err != nil {
		return err
	}
	if same {
		os.RemoveAll(folder)
		return linkNames(volume, shown) // All names are there, unless that failed the last time.
	}
	before, err := publish(volume, folder)
	if err != nil {
		return err
	}
	if before != "" && !f.held[before] {
		os.RemoveAll(before) // It is seen no more: what is left of it takes room, and no more.
	}
	return nil
}

func sameFiles(one, other string) (bool, error) {
	left, err := filesOf(one)
	if err != nil {
		return false, err
	}
	right, err := filesOf(other)
	return err == nil && reflect.DeepEqual(left, right), err
}

type fileOf struct {
	mode, uid, gid uint32
	content        string
}

// filesOf reads the files of a folder; its folders are there for their sake.
func filesOf(dir string) (map[string]fileOf, error) {
	files := map[string]fileOf{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		var stat syscall.Stat_t
		if err := syscall.Lstat(path, &stat); err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = fileOf{stat.Mode, stat.Uid, stat.Gid, string(content)}
		return err
	})
	return files, err
}

// replaceFiles gives a volume the files of a tar that the host sends: all of them, or none.
func (x *exchange) replaceFiles(r *request) interface{} {
	t := x.link.tether
	if !t.disks.isFiles(r.FileSystem) {
		return refusal{"not_found", fmt.Sprintf("there is no disk of files %q", r.FileSystem)}
	}
	top, err := t.disks.mount(r.FileSystem)
	if err != nil {
		return refused(err)
	}
	volume := filepath.Join(top, path.Base(path.Clean("/"+r.Volume)))
	if info, err := os.Lstat(volume); err != nil || !info.IsDir() || volume != top+"/"+r.Volume {
		return refusal{"not_found", fmt.Sprintf("there is no volume %q of files", r.Volume)}
	}
	if err := x.opened(nothing{}); err != nil {
		return nothing{}
	}
	folder, err := newFolder(volume)
	if err == nil {
		err = unpackFiles(onlyReader{x}, folder)
	}
	if err == nil {
		err = t.files.replace(volume, folder)
	}
	if err != nil {
		if data, linkErr := os.Readlink(filepath.Join(volume, dataLink)); linkErr != nil || data != filepath.Base(folder) {
			os.RemoveAll(folder)
		}
		return refused(err)
	}
	return nothing{}
}

// unpackFiles unpacks a tar that has nothing but files and folders.
func unpackFiles(in io.Reader, dir string) error {
	base, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer base.Close()
	to := &tarIn{base: base}
	from := tar.NewReader(in)
	for {
		header, err := from.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("the tar cannot be read: %w", err)
		}
		name := path.Clean("/" + header.Name)[1:]
		isFile := header.Typeflag == tar.TypeReg || header.Typeflag == tar.TypeRegA
		if (!isFile && header.Typeflag != tar.TypeDir) || strings.HasPrefix(name, "..") {
			return fmt.Errorf("%q, of kind %q: %w", header.Name, header.Typeflag, errInvalid)
		}
		err = to.extract(header, from)
		if errors.Is(err, syscall.ENOTEMPTY) {
			err = fmt.Errorf("a file and a folder at once: %w", errInvalid)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
	}
	_, err = io.Copy(io.Discard, in) // What pads the tar.
	return err
}
