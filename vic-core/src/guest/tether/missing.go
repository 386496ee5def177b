package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// What the tether mounts on in a root. Where the image lacks it, it comes from a layer in memory on top of the image's, as
// with Docker: so it is not part of what the session has written.
var (
	neededDirs  = []string{"proc", "sys", "dev"}
	neededFiles = []string{"etc/hosts", "etc/hostname", "etc/resolv.conf"}
)

// makeMissing makes a layer of what the layers (the highest first) lack; "" if they lack nothing.
func (r *root) makeMissing(layers []string) (string, error) {
	dir := r.dir + "/missing"
	any := false
	for _, path := range append(append([]string{}, neededDirs...), neededFiles...) {
		if _, err := lookUp(layers, path); err == nil {
			continue
		}
		if !any {
			any = true
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return "", err
			}
			if err := copyAttributes(layers[0], dir); err != nil {
				return "", err
			}
		}
		if err := makeOneMissing(layers, dir, path); err != nil {
			return "", err
		}
	}
	if !any {
		return "", nil
	}
	return dir, nil
}

func makeOneMissing(layers []string, dir, path string) error {
	at := strings.IndexByte(path, '/')
	if at < 0 {
		return os.Mkdir(dir+"/"+path, 0o755)
	}
	parent := dir + "/" + path[:at]
	theirs, err := lookUp(layers, path[:at])
	if err == nil {
		if info, err := os.Lstat(theirs); err != nil || !info.IsDir() {
			return nil // A link, say. It will be made where that leads.
		}
	}
	if err := os.Mkdir(parent, 0o755); err == nil && theirs != "" {
		if err := copyAttributes(theirs, parent); err != nil {
			return err
		}
	} else if err != nil && !os.IsExist(err) {
		return err
	}
	return os.WriteFile(dir+"/"+path, nil, 0o644)
}

var errNotThere = fmt.Errorf("not in the image: %w", os.ErrNotExist)

// lookUp finds the layer's file that a path of one or two parts shows in the overlay.
func lookUp(layers []string, path string) (string, error) {
	parent, name := "", path
	if at := strings.IndexByte(path, '/'); at >= 0 {
		parent, name = "/"+path[:at], path[at+1:]
	}
	for _, layer := range layers {
		if parent != "" {
			info, err := os.Lstat(layer + parent)
			if os.IsNotExist(err) {
				continue
			}
			if err != nil || !info.IsDir() {
				return "", errNotThere
			}
		}
		file := layer + parent + "/" + name
		var stat syscall.Stat_t
		err := syscall.Lstat(file, &stat)
		if err == nil {
			if stat.Mode&syscall.S_IFMT == syscall.S_IFCHR && stat.Rdev == 0 {
				return "", errNotThere // A whiteout.
			}
			return file, nil
		}
		if parent != "" && isOpaque(layer+parent) {
			return "", errNotThere
		}
	}
	return "", errNotThere
}

func isOpaque(dir string) bool {
	var value [4]byte
	n, err := syscall.Getxattr(dir, "trusted.overlay.opaque", value[:])
	return err == nil && n == 1 && value[0] == 'y'
}
