// Makes the initramfs of container VMs: the tether, the kernel modules that it loads, and a program that speaks TLS for it.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 5 && args[0] == "initramfs":
		return initramfs(args[1], args[2], args[3], args[4])
	case len(args) == 3 && args[0] == "vmlinux":
		image, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		kernel, err := vmlinux(image)
		if err != nil {
			return fmt.Errorf("%s: %w", args[1], err)
		}
		return os.WriteFile(args[2], kernel, 0o644)
	}
	return fmt.Errorf("usage: image initramfs TETHER TLS MODULES OUTPUT | image vmlinux BZIMAGE OUTPUT")
}

func initramfs(tether, tls, modulesDir, output string) error {
	program, err := os.ReadFile(tether)
	if err != nil {
		return err
	}
	tlsProgram, err := os.ReadFile(tls)
	if err != nil {
		return err
	}
	modules, err := findModules(modulesDir)
	if err != nil {
		return err
	}
	a := &archive{}
	a.dir("new")
	a.dir("modules")
	a.file("modules/index", 0o644, index(modules))
	for _, m := range modules {
		content, err := m.stripped()
		if err != nil {
			return err
		}
		a.file("modules/"+m.name+".ko", 0o644, content)
	}
	a.file("tls", 0o755, tlsProgram)
	a.file("init", 0o755, program)
	return os.WriteFile(output, a.end(), 0o644)
}
