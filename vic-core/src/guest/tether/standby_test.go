package main

import (
	"io"
	"os"
	"syscall"
	"testing"
)

func TestModules_thatTheKernelHas_areNotLoadedAgain(t *testing.T) {
	m := parseModules(nil, "sd_mod scsi_mod\nscsi_mod -\next4 -\n")
	m.skip("sd_mod 69632 0 - Live 0x0000000000000000\nscsi_mod 286720 1 sd_mod, Live 0x0000000000000000\n")
	if err := m.load("sd_mod"); err != nil {
		t.Errorf("it is loaded: %v", err)
	}
	if m.load("ext4") == nil { // There is no folder of modules.
		t.Error("one that is not there is taken for loaded")
	}
}

func TestPort_endsWithItsHost_whereItIsToldTo(t *testing.T) {
	ends := make([]int, 2)
	if err := syscall.Pipe2(ends, syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	host := os.NewFile(uintptr(ends[1]), "host")
	ours := os.NewFile(uintptr(ends[0]), "port")
	defer ours.Close()
	host.WriteString("line")
	host.Close()
	text, err := io.ReadAll(&port{file: ours, ends: true})
	if string(text) != "line" || err != nil {
		t.Errorf("read %q, %v", text, err)
	}
}

func TestTether_thatBeginsAnew_findsItsFiles(t *testing.T) {
	defer func(arguments []string, program *os.File) { os.Args, tlsProgram = arguments, program }(os.Args, tlsProgram)
	fd, err := syscall.Open(t.TempDir(), syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	os.Args = []string{"init", rehearsedArgument, itoa(fd), "-1"}
	if !hasRehearsed() {
		t.Error("it does not know that it has rehearsed")
	}
	dir, err := keptOpen()
	if err != nil || int(dir.Fd()) != fd || tlsProgram != nil {
		t.Fatalf("kept are %v and %v, %v", dir, tlsProgram, err)
	}
	dir.Close()
	os.Args = []string{"init", rehearsedArgument}
	if _, err := keptOpen(); err == nil {
		t.Error("it does not say that it was told nothing")
	}
}
