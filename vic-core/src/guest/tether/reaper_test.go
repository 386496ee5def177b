package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	reaperVariable      = "VIC_TEST_REAPS"
	prSetChildSubreaper = 36
)

// A reaper takes the status of every child of its process, also of those of other tests: so it has one of its own.
func asReaper(t *testing.T, body func(t *testing.T)) {
	if os.Getenv(reaperVariable) == "" {
		command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		command.Env = append(os.Environ(), reaperVariable+"=1")
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); errno != 0 {
		t.Skip(errno) // Orphans go to the machine's first process.
	}
	go reap()
	body(t)
}

func startShell(t *testing.T, script string) <-chan syscall.WaitStatus {
	p := &program{}
	p.add(search, "exec", syscall.SYS_EXECVE, "/bin/sh", []string{"sh", "-c", script}, os.Environ())
	_, ended, err := p.start(0)
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

func endOf(t *testing.T, script string) runReport {
	status := <-startShell(t, script)
	r := run{ended: time.Now(), status: &status}
	return r.report()
}

func TestEnd_ofAProcess_isItsCode_orItsSignal(t *testing.T) {
	asReaper(t, func(t *testing.T) {
		for code := 0; code < 256; code++ {
			r := endOf(t, "exit "+strconv.Itoa(code))
			if r.Code == nil || *r.Code != code || r.Signal != "" {
				t.Errorf("%d: %+v", code, r)
			}
		}
		for signal := 1; signal < 32; signal++ {
			if number := syscall.Signal(signal); number != syscall.SIGKILL && !endsByDefault(number) {
				continue
			}
			r := endOf(t, fmt.Sprintf("ulimit -c 0; kill -%d $$", signal))
			if r.Code != nil || r.Signal != signalName(signal) {
				t.Errorf("signal %d: %+v", signal, r)
			}
		}
	})
}

func TestOrphans_areReaped_andTakeNobodysStatus(t *testing.T) {
	asReaper(t, func(t *testing.T) {
		file := t.TempDir() + "/orphans"
		ended := startShell(t, "exec 3>"+file+"; for i in 1 2 3; do (sleep 0.3; exit 9) & echo $! >&3; done; exit 4")
		if status := <-ended; status.ExitStatus() != 4 {
			t.Error(status)
		}
		text, _ := os.ReadFile(file)
		orphans := strings.Fields(string(text))
		if len(orphans) != 3 {
			t.Fatal(orphans)
		}
		for _, orphan := range orphans {
			status, err := os.ReadFile("/proc/" + orphan + "/status")
			if err != nil || !bytes.Contains(status, []byte("PPid:\t"+itoa(os.Getpid())+"\n")) {
				t.Errorf("%s is no child: %v", orphan, err)
			}
		}
		end := time.Now().Add(10 * time.Second)
		for _, orphan := range orphans { // A zombie stays until somebody asks for its status.
			for _, err := os.Stat("/proc/" + orphan); err == nil; _, err = os.Stat("/proc/" + orphan) {
				if time.Now().After(end) {
					t.Fatalf("%s is there", orphan)
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
		if r := endOf(t, "exit 5"); *r.Code != 5 {
			t.Error(*r.Code)
		}
	})
}
