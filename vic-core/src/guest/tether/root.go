package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// A root is the file system of a session: its layers joined with its scratch disk, and what is mounted on that. It stays
// mounted when the session is begun again.
type root struct {
	dir    string // the session's folder
	path   string // of the root itself
	top    *os.File
	mounts []string // in the order in which they were made
}

// newRoot puts a session's root together.
func (t *tether) newRoot(index int, config *sessionConfig) (*root, error) {
	r := &root{dir: sessionsDir + "/" + itoa(index)}
	r.path = r.dir + "/root"
	err := r.clear()
	if err == nil {
		err = r.build(t, config)
	}
	if err != nil {
		r.remove()
		return nil, err
	}
	return r, nil
}

func (r *root) build(t *tether, config *sessionConfig) error {
	if err := os.MkdirAll(r.path, 0o755); err != nil {
		return err
	}
	if len(config.Layers) == 0 {
		return fmt.Errorf("the root has no layers")
	}
	var layers []string // The highest first, as overlayfs has them.
	for _, uuid := range config.Layers {
		dir, err := t.disks.mount(uuid)
		if err != nil {
			return err
		}
		layers = append([]string{dir}, layers...)
	}
	scratch := ""
	if config.Scratch != "" {
		if t.disks.isReadOnly(config.Scratch) {
			return fmt.Errorf("file system %s is to be written, and its disk is no scratch disk", config.Scratch)
		}
		dir, err := t.disks.mount(config.Scratch)
		if err != nil {
			return err
		}
		scratch = dir
		if err := fitScratch(scratch, config.Layers); err != nil {
			return err
		}
	}
	if err := r.join(layers, scratch); err != nil {
		return err
	}
	var err error
	if r.top, err = os.Open(r.path); err != nil {
		return err
	}
	if err := r.addKernelFiles(); err != nil {
		return err
	}
	if err := r.addEtc(t); err != nil {
		return err
	}
	for _, m := range config.Tmpfs {
		if err := r.addTmpfs(m); err != nil {
			return err
		}
	}
	for _, m := range config.Mounts {
		if err := r.addVolume(t, m); err != nil {
			return fmt.Errorf("volume at %s: %w", m.Path, err)
		}
	}
	dir, err := makeDirs(r.top, config.WorkingDirectory)
	if err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	dir.Close()
	return nil
}

// join mounts the overlay.
func (r *root) join(layers []string, scratch string) error {
	if scratch == "" { // In memory: only the tether writes there, what it mounts on.
		scratch = r.dir + "/scratch"
		if err := os.MkdirAll(scratch, 0o755); err != nil {
			return err
		}
	}
	upper, work := scratch+"/upper", scratch+"/work"
	made := os.Mkdir(upper, 0o755)
	if made != nil && !os.IsExist(made) {
		return made
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return err
	}
	// The root of the overlay is that of the highest layer.
	if made == nil {
		if err := copyAttributes(layers[0], upper); err != nil {
			return fmt.Errorf("root folder: %w", err)
		}
	}
	missing, err := r.makeMissing(append([]string{upper}, layers...))
	if err != nil {
		return err
	}
	if missing != "" {
		layers = append([]string{missing}, layers...)
	}
	// The upper folder is to be the plain difference.
	options := "lowerdir=" + strings.Join(layers, ":") + ",upperdir=" + upper + ",workdir=" + work +
		",redirect_dir=off,metacopy=off,index=off"
	return r.mount(mountCall{"overlay", r.path, "overlay", 0, options})
}

func (r *root) mount(m mountCall) error {
	if err := m.do(); err != nil {
		return err
	}
	r.mounts = append(r.mounts, m.target)
	return nil
}

// mountOn mounts onto an open file of the root: what lies at its path may be a link of the image's that leads elsewhere.
func (r *root) mountOn(target *os.File, source, kind string, flags uintptr, data string) error {
	if err := syscall.Mount(source, magic(target), kind, flags, data); err != nil {
		return fmt.Errorf("mount of %s: %w", target.Name(), err)
	}
	if where, err := os.Readlink(magic(target)); err == nil {
		r.mounts = append(r.mounts, where)
	}
	return nil
}

// remove unmounts it all.
func (r *root) remove() {
	if r == nil {
		return
	}
	if r.top != nil {
		r.top.Close()
	}
	for i := len(r.mounts) - 1; i >= 0; i-- {
		unmount(r.mounts[i])
	}
	r.mounts = nil
}

// addTmpfs mounts a file system in memory.
func (r *root) addTmpfs(m tmpfsConfig) error {
	dir, err := makeDirs(r.top, m.Path)
	if err != nil {
		return err
	}
	defer dir.Close()
	mode := strings.Trim(string(m.Mode), `"`)
	if mode == "" || mode == "null" {
		mode = "1777"
	}
	options := "mode=" + mode
	if m.SizeBytes > 0 {
		options += fmt.Sprintf(",size=%d", m.SizeBytes)
	}
	return r.mountOn(dir, "tmpfs", "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, options)
}
