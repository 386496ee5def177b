package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os/exec"
)

// vmlinux takes the kernel out of a bzImage (Documentation/arch/x86/boot.rst): QEMU boots that one without the unpacking,
// which takes an emulated processor longer than all the rest.
func vmlinux(image []byte) ([]byte, error) {
	if len(image) < 0x250 || string(image[0x202:0x206]) != "HdrS" {
		return nil, fmt.Errorf("this is no bzImage")
	}
	sectors := int(image[0x1f1])
	if sectors == 0 {
		sectors = 4
	}
	start := (sectors+1)*512 + int(binary.LittleEndian.Uint32(image[0x248:]))
	end := start + int(binary.LittleEndian.Uint32(image[0x24c:]))
	if end > len(image) || end-start < 6 {
		return nil, fmt.Errorf("the bzImage is cut off")
	}
	payload := image[start:end]
	for magic, program := range map[string]string{
		"\xfd7zXZ": "xz", "\x1f\x8b": "gzip", "\x28\xb5\x2f\xfd": "zstd",
	} {
		if bytes.HasPrefix(payload, []byte(magic)) {
			if program != "gzip" {
				payload = payload[:len(payload)-4] // The kernel's build adds the size.
			}
			return unpack(program, payload)
		}
	}
	return nil, fmt.Errorf("the bzImage is packed with none of xz, gzip, zstd")
}

func unpack(program string, packed []byte) ([]byte, error) {
	command := exec.Command(program, "-dc")
	command.Stdin = bytes.NewReader(packed)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", program, err, problems.String())
	}
	return out.Bytes(), nil
}
