package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// addVolume mounts a volume, or a folder of it, at its path.
func (r *root) addVolume(t *tether, m mountConfig) error {
	dir, err := t.disks.mount(m.FileSystem)
	if err != nil {
		return err
	}
	writable := !t.disks.isReadOnly(m.FileSystem)
	target, err := makeDirs(r.top, m.Path)
	if err != nil {
		return err
	}
	defer target.Close()
	if writable {
		t.seeding.Lock()
		err := seed(dir, magic(target))
		t.seeding.Unlock()
		if err != nil {
			return fmt.Errorf("copy of what the image has there: %w", err)
		}
	}
	if m.SubPath != "" {
		volume, err := os.Open(dir)
		if err != nil {
			return err
		}
		defer volume.Close()
		open := openSub
		if writable {
			open = makeDirs
		}
		sub, err := open(volume, m.SubPath)
		if err != nil {
			return fmt.Errorf("subPath %s: %w", m.SubPath, err)
		}
		defer sub.Close()
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

func openSub(volume *os.File, path string) (*os.File, error) {
	return openInRoot(volume, path, oPath, 0)
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
