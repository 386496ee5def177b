package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// What a container VM needs of the kernel. What these need comes with them; what is built into a kernel is left out.
var wanted = strings.Fields("ext4 overlay sd_mod vmw_pvscsi vmxnet3 vmw_vmci vmw_vsock_vmci_transport " +
	"virtio_pci virtio_console virtio_blk virtio_rng virtio_scsi virtio_net mptspi qemu_fw_cfg")

// A module is a file of the kernel's, and what its own description (.modinfo) says.
type module struct {
	name    string
	file    string
	needs   []string
	aliases []string
}

// findModules finds the wanted modules below a folder, and those that they need, sorted by name.
func findModules(dir string) ([]*module, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".ko") {
			files[plain(strings.TrimSuffix(filepath.Base(path), ".ko"))] = path
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	builtIn := map[string]bool{}
	lists, _ := filepath.Glob(filepath.Join(dir, "modules.builtin"))
	deeper, _ := filepath.Glob(filepath.Join(dir, "*", "modules.builtin"))
	for _, list := range append(lists, deeper...) {
		text, err := os.ReadFile(list)
		if err != nil {
			return nil, err
		}
		for _, path := range strings.Fields(string(text)) {
			builtIn[plain(strings.TrimSuffix(filepath.Base(path), ".ko"))] = true
		}
	}
	found := map[string]*module{}
	var add func(name string) error
	add = func(name string) error {
		if found[name] != nil || builtIn[name] {
			return nil
		}
		if files[name] == "" {
			return fmt.Errorf("no module %s below %s, uncompressed; nor is it built into the kernel", name, dir)
		}
		m, err := readModule(name, files[name])
		if err != nil {
			return err
		}
		found[name] = m
		for _, need := range m.needs {
			if err := add(need); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range wanted {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	var all []*module
	for _, m := range found {
		all = append(all, m)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all, nil
}

func plain(name string) string { return strings.ReplaceAll(name, "-", "_") }

func readModule(name, path string) (*module, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	section := file.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("%s has no .modinfo", path)
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	m := &module{name: name, file: path}
	for _, field := range bytes.Split(info, []byte{0}) {
		key, value, _ := strings.Cut(string(field), "=")
		switch key {
		case "depends":
			for _, need := range strings.Split(value, ",") {
				if need != "" {
					m.needs = append(m.needs, plain(need))
				}
			}
		case "softdep": // Libraries find these by name when they are first used; without them, ext4 has no checksums.
			if words := strings.Fields(value); len(words) > 1 && words[0] == "pre:" {
				for _, need := range words[1:] {
					if need = plain(need); need == "crypto_crc32c" {
						m.needs = append(m.needs, "crc32c_generic")
					}
				}
			}
		case "alias":
			if strings.Contains(value, ":") {
				m.aliases = append(m.aliases, value)
			}
		}
	}
	return m, nil
}

// What the kernel would spend most of a module's loading on, and a container VM does not use: unwinding tables, which it
// sorts; trace events, for each of which it searches all others' formats; the places of calls that tracing replaces.
var unused = []string{".BTF", ".comment", "*.orc_unwind*", "*_ftrace_events", "*_ftrace_eval_map", "*__mcount_loc"}

// stripped returns a module without that, without debug information, and without its signature, whose check takes an
// emulated processor long.
func (m *module) stripped() ([]byte, error) {
	out, err := os.CreateTemp("", "module")
	if err != nil {
		return nil, err
	}
	out.Close()
	defer os.Remove(out.Name())
	args := []string{"--strip-debug"}
	for _, section := range unused {
		args = append(args, "--remove-section="+section)
	}
	command := exec.Command("objcopy", append(args, m.file, out.Name())...)
	if text, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("objcopy %s: %w: %s", m.file, err, text)
	}
	return os.ReadFile(out.Name())
}

// index is what the tether reads of them.
func index(modules []*module) []byte {
	var out strings.Builder
	for _, m := range modules {
		needs := "-"
		if len(m.needs) > 0 {
			needs = strings.Join(m.needs, ",")
		}
		fmt.Fprintf(&out, "%s %s %s\n", m.name, needs, strings.Join(m.aliases, " "))
	}
	return []byte(out.String())
}
