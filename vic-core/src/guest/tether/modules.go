package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

const sysFinitModule = 313

// No controller is asked for all the disks that it could have: see disks.find.
var moduleParameters = map[string]string{"scsi_mod": "scan=manual"}

// Modules are those of the initramfs. Its index, made at build time, has a line for each: name, the names of those that
// it needs (separated by commas, "-" for none), and the aliases by which the kernel asks for it.
type modules struct {
	dir  *os.File
	byID map[string]*module
	all  []*module
}

type module struct {
	name    string
	needs   []string
	aliases []string
	once    sync.Once
	err     error
}

func readModules(dir *os.File) (*modules, error) {
	index, err := readAt(dir, "index")
	if err != nil {
		return nil, err
	}
	m := parseModules(dir, string(index))
	if hasRehearsed() {
		loaded, err := os.ReadFile("/proc/modules")
		if err != nil {
			return nil, err
		}
		m.skip(string(loaded))
	}
	return m, nil
}

// skip takes modules for loaded that the kernel names as those that it has.
func (m *modules) skip(loaded string) {
	for _, line := range strings.Split(loaded, "\n") {
		name, _, _ := strings.Cut(line, " ")
		if one := m.byID[name]; one != nil {
			one.once.Do(func() {})
		}
	}
}

func parseModules(dir *os.File, index string) *modules {
	m := &modules{dir: dir, byID: map[string]*module{}}
	for _, line := range strings.Split(index, "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		one := &module{name: words[0], aliases: words[2:]}
		if words[1] != "-" {
			one.needs = strings.Split(words[1], ",")
		}
		m.byID[one.name] = one
		m.all = append(m.all, one)
	}
	return m
}

// load loads modules and what they need, at once where they do not need one another. One that is not in the initramfs is
// built into the kernel.
func (m *modules) load(names ...string) error {
	errs := make(chan error, len(names))
	for _, name := range names {
		one := m.byID[name]
		if one == nil {
			errs <- nil
			continue
		}
		go func() {
			defer lastWords()
			one.once.Do(func() {
				if one.err = m.load(one.needs...); one.err == nil {
					one.err = m.insert(one.name)
				}
			})
			errs <- one.err
		}()
	}
	var first error
	for range names {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (m *modules) insert(name string) error {
	file, err := openAt(m.dir, name+".ko")
	if err != nil {
		return fmt.Errorf("module %s: %w", name, err)
	}
	defer file.Close()
	parameters, err := syscall.BytePtrFromString(moduleParameters[name])
	if err != nil {
		return err
	}
	_, _, errno := syscall.Syscall(sysFinitModule, file.Fd(), uintptr(unsafe.Pointer(parameters)), 0)
	if errno != 0 && errno != syscall.EEXIST {
		return fmt.Errorf("module %s: %w", name, errno)
	}
	return nil
}

// forBus returns the modules for the devices of a bus.
func (m *modules) forBus(bus string) []string {
	files, _ := filepath.Glob("/sys/bus/" + bus + "/devices/*/modalias")
	var names []string
	seen := map[string]bool{}
	for _, file := range files {
		alias, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, name := range m.forAlias(strings.TrimSpace(string(alias))) {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

func (m *modules) forAlias(alias string) []string {
	var names []string
	for _, one := range m.all {
		for _, pattern := range one.aliases {
			if ok, _ := path.Match(pattern, alias); ok {
				names = append(names, one.name)
				break
			}
		}
	}
	return names
}
