package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

const (
	sysPrlimit64   = 302
	sysSetns       = 308
	prCapbsetDrop  = 24
	prSetNoNewPriv = 38
	lastCapability = 40
	cloneNewCgroup = 0x2000000
	defaultPath    = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// The numbers of linux/capability.h.
var capabilityNames = strings.Fields("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP " +
	"LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT " +
	"SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE " +
	"AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF " +
	"CHECKPOINT_RESTORE")

// What Docker leaves to a container.
var defaultCapabilities = strings.Fields("CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW " +
	"CAP_SETGID CAP_SETUID CAP_SETFCAP CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE")

// asm-generic/resource.h.
var rlimitNames = strings.Fields("cpu fsize data stack core rss nproc nofile memlock as locks sigpending msgqueue nice " +
	"rtprio rttime")

// A process is what is to be run in a session: the session's own one, or another.
type process struct {
	argv             []string
	env              []string
	workingDirectory string
	identity         identity
	stdio            [3]int
	tty              bool
}

// become adds what makes a child, which is in its namespaces and root already, such a process.
func (s *sessionConfig) become(p *program, process process) error {
	if process.tty {
		p.must("terminal", syscall.SYS_IOCTL, process.stdio[0], syscall.TIOCSCTTY, 0)
	}
	if err := s.limit(p); err != nil {
		return err
	}
	id := process.identity
	p.must("groups", syscall.SYS_SETGROUPS, len(id.groups), append([]uint32{}, id.groups...))
	p.must("working directory", syscall.SYS_CHDIR, process.workingDirectory)
	p.must("group", syscall.SYS_SETRESGID, int(id.gid), int(id.gid), int(id.gid))
	p.must("user", syscall.SYS_SETRESUID, int(id.uid), int(id.uid), int(id.uid))
	if s.NoNewPrivileges {
		p.must("no new privileges", syscall.SYS_PRCTL, prSetNoNewPriv, 1, 0, 0, 0)
	}
	for target, fd := range process.stdio {
		p.must("stdio", syscall.SYS_DUP3, fd, target, 0)
	}
	for _, file := range candidates(process.argv[0], process.env) {
		p.add(search, "exec", syscall.SYS_EXECVE, file, process.argv, process.env)
	}
	return nil
}

// limit adds what takes privileges away that the session is not to have, but for those of its user.
func (s *sessionConfig) limit(p *program) error {
	for _, limit := range s.Rlimits {
		number := index(rlimitNames, strings.TrimPrefix(strings.ToLower(limit.Name), "rlimit_"))
		if number < 0 {
			return fmt.Errorf("rlimit %q: Linux has none of this name", limit.Name)
		}
		p.must("rlimit "+limit.Name, sysPrlimit64, 0, number, []uint64{uint64(limit.Soft), uint64(limit.Hard)}, 0)
	}
	umask := uint64(0o022)
	if s.Umask != "" {
		var err error
		if umask, err = strconv.ParseUint(s.Umask, 8, 32); err != nil {
			return fmt.Errorf("umask %q: want octal digits", s.Umask)
		}
	}
	p.must("umask", syscall.SYS_UMASK, int(umask))
	names := s.Capabilities
	if names == nil {
		names = defaultCapabilities
	}
	var kept [lastCapability + 1]bool
	for _, name := range names {
		if name == "ALL" || name == "CAP_ALL" {
			for i := range kept {
				kept[i] = true
			}
			continue
		}
		number := index(capabilityNames, strings.TrimPrefix(strings.ToUpper(name), "CAP_"))
		if number < 0 {
			return fmt.Errorf("capability %q: Linux has none of this name", name)
		}
		kept[number] = true
	}
	// What is not in the bounding set is lost with the exec (capabilities(7)).
	for number, keep := range kept {
		if !keep {
			p.may(syscall.SYS_PRCTL, prCapbsetDrop, number, 0, 0, 0)
		}
	}
	return nil
}

func index(words []string, word string) int {
	for i, other := range words {
		if other == word {
			return i
		}
	}
	return -1
}

// candidates are the files that a program's name may mean.
func candidates(name string, env []string) []string {
	if strings.Contains(name, "/") {
		return []string{name}
	}
	path := defaultPath
	for _, variable := range env {
		if strings.HasPrefix(variable, "PATH=") {
			path = variable[len("PATH="):]
		}
	}
	var files []string
	for _, dir := range strings.Split(path, ":") {
		if dir == "" {
			dir = "."
		}
		files = append(files, dir+"/"+name)
	}
	return files
}

// failure is the exit code and the message of a process that could not be begun.
func failure(argv0 string, err error) (int, string) {
	var step *stepError
	if !errors.As(err, &step) || step.what != "exec" {
		return 126, err.Error()
	}
	reason := step.errno.Error()
	switch step.errno {
	case syscall.ENOENT, syscall.ENOTDIR:
		reason = "no such file"
		if !strings.Contains(argv0, "/") {
			reason = "not found in PATH"
		}
		return 127, "exec: " + argv0 + ": " + reason
	}
	return 126, "exec: " + argv0 + ": " + reason
}

// withDefaults adds what programs expect of their environment.
func withDefaults(env []string, home, hostname string, tty bool) []string {
	has := map[string]bool{}
	for _, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		has[name] = true
	}
	env = append([]string{}, env...)
	defaults := [][2]string{{"PATH", defaultPath}, {"HOSTNAME", hostname}, {"HOME", home}}
	if tty {
		defaults = append(defaults, [2]string{"TERM", "xterm"})
	}
	for _, variable := range defaults {
		if !has[variable[0]] {
			env = append(env, variable[0]+"="+variable[1])
		}
	}
	return env
}

// openNull opens /dev/null.
func openNull(flags int) (int, error) {
	return syscall.Open(devDir+"/null", flags|syscall.O_CLOEXEC, 0)
}

// pipe makes a pipe; the tether's end waits without a thread.
func pipe(tetherReads bool) (ours *os.File, theirs int, err error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil, 0, err
	}
	mine := 1
	if tetherReads {
		mine = 0
	}
	syscall.SetNonblock(ends[mine], true)
	return os.NewFile(uintptr(ends[mine]), "pipe"), ends[1-mine], nil
}
