package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// addVolume mounts a volume, or a file or a folder of it, at its path.
func (r *root) addVolume(t *tether, m mountConfig) error {
	dir, err := t.disks.mount(m.FileSystem)
	if err != nil {
		return err
	}
	writable := !t.disks.isReadOnly(m.FileSystem)
	ofFiles := t.disks.isFiles(m.FileSystem)
	if ofFiles { // What is mounted is not replaced meanwhile.
		t.files.Lock()
		defer t.files.Unlock()
	}
	isFile := m.SubPath != "" && isFileOf(dir, m.SubPath)
	place := makeDirs
	if isFile {
		place = makeFile
	}
	target, err := place(r.top, m.Path)
	if err != nil {
		return err
	}
	defer target.Close()
	if writable {
		t.seeding.Lock()
		err := t.fit(dir, m, target, isFile)
		t.seeding.Unlock()
		if err != nil {
			return err
		}
	}
	if m.SubPath != "" {
		sub, err := openSub(dir, m.SubPath, writable && !isFile)
		if err != nil {
			return fmt.Errorf("subPath %s: %w", m.SubPath, err)
		}
		defer sub.Close()
		if ofFiles {
			if err := t.files.hold(dir, sub); err != nil {
				return err
			}
		}
		dir = magic(sub)
	}
	if err := r.mountOn(target, dir, "", syscall.MS_BIND, ""); err != nil {
		return err
	}
	if m.ReadOnly || !writable {
		where := r.mounts[len(r.mounts)-1]
		return mountCall{"", where, "", syscall.MS_REMOUNT | syscall.MS_BIND | syscall.MS_RDONLY, ""}.do()
	}
	return nil
}

// fit makes a volume what a mount wants of it.
func (t *tether) fit(volume string, m mountConfig, target *os.File, isFile bool) error {
	if m.Seeded == nil || *m.Seeded {
		if !isFile {
			if err := seed(volume, magic(target)); err != nil {
				return fmt.Errorf("copy of what the image has there: %w", err)
			}
		}
	} else {
		// Programs that want an empty folder take this for content. It goes only if it is empty; e2fsck makes it again.
		syscall.Rmdir(volume + "/lost+found")
	}
	if m.Group != nil && !t.grouped[volume] { // Once: what sessions make of it afterwards is their business.
		if err := giveToGroup(volume, *m.Group); err != nil {
			return fmt.Errorf("group %d: %w", *m.Group, err)
		}
		t.grouped[volume] = true
	}
	return nil
}

func isFileOf(volume, path string) bool {
	top, err := os.Open(volume)
	if err != nil {
		return false
	}
	defer top.Close()
	file, err := openInRoot(top, path, oPath, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	info, err := os.Stat(magic(file))
	return err == nil && !info.IsDir()
}

// openSub opens a part of a volume. A folder that is missing is made, if told so, with the volume's own mode: who may write
// the volume may write it.
func openSub(volume, path string, makes bool) (*os.File, error) {
	top, err := os.Open(volume)
	if err != nil {
		return nil, err
	}
	defer top.Close()
	if !makes {
		return openInRoot(top, path, oPath, 0)
	}
	var stat syscall.Stat_t
	if err := syscall.Fstat(int(top.Fd()), &stat); err != nil {
		return nil, err
	}
	return makeDirsOf(top, path, func(dir *os.File) error { return syscall.Chmod(magic(dir), stat.Mode&0o7777) })
}

// Where a volume is filled: it is renamed when all is copied, and goes when all is moved to the volume's top. So a copy that
// was cut off is begun again, or ended.
const (
	seedingName = ".vic-seeding"
	seededName  = ".vic-seeded"
)

// seed copies what the image has at a volume's path to the volume, if that is empty.
func seed(volume, image string) error {
	entries, err := os.ReadDir(volume)
	if err != nil {
		return err
	}
	half := false
	for _, entry := range entries {
		switch entry.Name() {
		case seededName:
			half = true
		case "lost+found", seedingName:
		default:
			if !hasSeed(entries) {
				return nil // In use.
			}
		}
	}
	if !half {
		if err := os.RemoveAll(filepath.Join(volume, seedingName)); err != nil {
			return err
		}
		if err := os.Mkdir(filepath.Join(volume, seedingName), 0o700); err != nil {
			return err
		}
		if err := copyTree(image+"/.", filepath.Join(volume, seedingName)); err != nil {
			return err
		}
		syscall.Sync()
		if err := os.Rename(filepath.Join(volume, seedingName), filepath.Join(volume, seededName)); err != nil {
			return err
		}
	}
	return unpackSeed(volume, filepath.Join(volume, seededName))
}

func hasSeed(entries []os.DirEntry) bool {
	for _, entry := range entries {
		if entry.Name() == seededName {
			return true
		}
	}
	return false
}

func unpackSeed(volume, seeded string) error {
	copied, err := os.ReadDir(seeded)
	if err != nil {
		return err
	}
	for _, entry := range copied {
		err := os.Rename(filepath.Join(seeded, entry.Name()), filepath.Join(volume, entry.Name()))
		if err != nil && !(entry.Name() == "lost+found" && strings.Contains(err.Error(), "exist")) {
			return err
		}
	}
	if err := copyAttributes(seeded, volume); err != nil {
		return err
	}
	return os.RemoveAll(seeded)
}
