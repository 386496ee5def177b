package main

import (
	"io"
	"os"
	"syscall"
	"time"
)

// A session is a process that runs in a root of its own. The tether's lock guards how it is.
type session struct {
	tether  *tether
	index   int
	config  *sessionConfig
	frames  *frames
	refusal string // why it must not run
	root    *root
	rooted  chan struct{} // closed when the root is there, or could not be made at first
	group   string        // the folder of its control group

	begun     bool          // it was its turn
	ends      bool          // no process begins any more, and one that runs is to end
	firstUp   chan struct{} // closed when it is up the first time
	over      chan struct{} // closed when nothing will run any more
	pid       int           // of the process that runs; 0 if none does
	stdio     *stdio
	life      *life // of the process that runs, or ran last
	run       run
	previous  *run
	started   time.Time // the last time that a process began
	restarts  int
	delays    int // the restarts that the next delay counts
	health    string
	up, ready bool
	trouble   string
	exits     chan struct{}  // closed at the end of the process that runs
	next      *sessionConfig // what it is to be from its next begin on; nil for what it is
	replacing bool           // its process ends, and it begins again for that
	again     *time.Duration // how long after its end it begins again; nil if it does not
	revised   chan struct{}  // told of that
}

func newSession(t *tether, index int, config *sessionConfig) *session {
	return &session{
		tether: t, index: index, config: config, frames: &frames{}, rooted: make(chan struct{}),
		group: cgroupDir + "/" + config.Name, firstUp: make(chan struct{}), over: make(chan struct{}),
		revised: make(chan struct{}, 1),
	}
}

// runToEnd runs the session to its end. begun is called when its process has begun, or will not.
func (s *session) runToEnd(begun func()) {
	err := s.prepare()
	for {
		if err == nil {
			err = s.makeRoot()
		}
		if !isClosed(s.rooted) {
			close(s.rooted)
		}
		if err == nil {
			err = s.runOnce(&begun)
		}
		again, delay := s.settle(err)
		if begun != nil {
			begun()
			begun = nil
		}
		if !again || !s.pause(delay) {
			break
		}
		err = nil
	}
	s.tether.mu.Lock()
	defer s.tether.mu.Unlock()
	s.again = nil
	s.tether.report()
	close(s.over)
}

func (s *session) prepare() error {
	if s.refusal != "" {
		return errorText(s.refusal)
	}
	log, err := s.tether.host.log(s.index)
	if err != nil {
		say("%v", err)
		log = io.Discard
	}
	s.frames.out = log
	s.limitGroup()
	return nil
}

const errEnds = errorText("the machine was told to stop before it began")

// runOnce runs the process to its end. An error says that it could not begin.
func (s *session) runOnce(begun *func()) error {
	t := s.tether
	t.mu.Lock()
	ends := s.ends
	t.mu.Unlock()
	if ends {
		return errEnds
	}
	kills := s.oomKills()
	streams, pid, ended, err := s.start()
	if err != nil {
		return err
	}
	t.mu.Lock()
	s.remember()
	s.pid, s.stdio, s.run = pid, streams, run{started: time.Now()}
	s.started, s.replacing = s.run.started, false
	s.again = nil
	s.exits = make(chan struct{})
	s.life = newLife(s)
	s.life.begin()
	t.report()
	if s.ends { // The order to end came while it began.
		s.end()
	}
	t.mu.Unlock()
	if *begun != nil {
		(*begun)()
		*begun = nil
	}
	stopHealth := s.watchHealth()

	status := <-ended
	t.mu.Lock()
	s.pid, s.up, s.ready = 0, false, false
	close(s.exits)
	s.life.cancel()
	t.mu.Unlock()
	stopHealth()
	streams.finish()

	t.mu.Lock()
	defer t.mu.Unlock()
	s.stdio = nil
	s.run.ended, s.run.status = time.Now(), &status
	if s.oomKills() > kills {
		s.run.outOfMemory = true
		s.run.message = "out of memory: the kernel has killed a process of this session"
	}
	s.decide()
	return nil
}

// start makes the process.
func (s *session) start() (*stdio, int, <-chan syscall.WaitStatus, error) {
	id, err := findUser(s.root.top, s.config.User, s.config.Groups)
	if err != nil {
		return nil, 0, nil, err
	}
	var streams *stdio
	if s.config.TTY {
		streams, err = newTerminal(s.root.path, s.config.Stdin, id.uid)
	} else {
		streams, err = newPipes(s.config.Stdin)
	}
	if err != nil {
		return nil, 0, nil, err
	}
	p := &program{}
	if err = s.enterNew(p, streams); err == nil {
		err = s.config.become(p, process{
			argv:             s.addressed(s.config.Argv),
			env:              withDefaults(s.addressed(s.config.Env), id.home, s.tether.config.Hostname, s.config.TTY),
			workingDirectory: s.config.WorkingDirectory,
			identity:         id,
			stdio:            streams.theirs,
			tty:              s.config.TTY,
		})
	}
	if err != nil {
		streams.abandon()
		return nil, 0, nil, err
	}
	pid, ended, err := p.start(syscall.CLONE_NEWPID | syscall.CLONE_NEWNS)
	if err != nil {
		streams.abandon()
		return nil, 0, nil, err
	}
	streams.begun()
	streams.log(s.frames)
	return streams, pid, ended, nil
}

// enterNew adds what brings a child in new namespaces into the session's root.
func (s *session) enterNew(p *program, streams *stdio) error {
	p.must("session", syscall.SYS_SETSID)
	if procs, err := os.OpenFile(s.group+"/cgroup.procs", os.O_WRONLY, 0); err == nil {
		p.keep = append(p.keep, procs)
		p.must("control group", syscall.SYS_WRITE, int(procs.Fd()), "0", 1)
		p.must("control group", syscall.SYS_UNSHARE, cloneNewCgroup)
	}
	path := s.root.path
	if s.config.TTY {
		file, err := os.OpenFile(path+"/dev/console", os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		file.Close()
		p.must("console", syscall.SYS_MOUNT, path+"/dev/pts/"+itoa(streams.number), path+"/dev/console", 0,
			syscall.MS_BIND, 0)
	}
	p.must("root", syscall.SYS_CHDIR, path)
	p.must("root", syscall.SYS_PIVOT_ROOT, ".", ".")
	p.must("root", syscall.SYS_UMOUNT2, ".", syscall.MNT_DETACH)
	p.must("root", syscall.SYS_CHDIR, "/")
	p.must("/proc", syscall.SYS_MOUNT, "proc", "/proc", "proc", noFiles|syscall.MS_NODEV, 0)
	p.may(syscall.SYS_MOUNT, "cgroup2", "/sys/fs/cgroup", "cgroup2", noFiles|syscall.MS_NODEV|syscall.MS_RDONLY, 0)
	if s.config.ReadOnlyRoot {
		p.must("root", syscall.SYS_MOUNT, 0, "/", 0, syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, 0)
	}
	return nil
}

type errorText string

func (e errorText) Error() string { return string(e) }
