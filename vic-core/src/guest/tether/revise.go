package main

import (
	"hash/fnv"
	"os"
	"reflect"
	"strconv"
	"strings"
	"syscall"
)

// lookAtConfig follows what the machine is to do now, if that was changed since it looked.
func (t *tether) lookAtConfig() {
	text, _ := t.host.variable(reviseKey)
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number == t.revision {
		return
	}
	next, _, err := readConfig(t.host)
	if err != nil {
		say("revision %d: %v", number, err)
		return
	}
	if next.Revision != number {
		return // The rest is about to come.
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.revise(next)
	t.report()
}

// revise makes the machine do what it is to do now: its deadline, its disks and its sessions may be others. The lock is held.
func (t *tether) revise(next *config) {
	t.revision = next.Revision
	t.disks.add(next.Disks)
	if next.DeadlineMillis != t.config.DeadlineMillis {
		t.config.DeadlineMillis = next.DeadlineMillis
		t.watchDeadline()
	}
	for i := range next.Sessions {
		if s := t.session(next.Sessions[i].Name); s != nil {
			s.revise(&next.Sessions[i])
		}
	}
}

// revise makes the session another one: from its next begin on, which is at once if its process runs. The lock is held.
func (s *session) revise(next *sessionConfig) {
	now := s.config
	if s.next != nil {
		now = s.next
	}
	if reflect.DeepEqual(now, next) {
		return
	}
	s.next = next
	if s.ends {
		return
	}
	if s.pid != 0 {
		s.replacing = true
		s.endProcess(s.config.grace())
	} else {
		tell(s.revised)
	}
}

// makeRoot puts the session's root together, if there is none yet, or not of what the session is to be now.
func (s *session) makeRoot() error {
	t := s.tether
	if s.takeNext() {
		s.limitGroup()
		t.disks.awaitFurther()
	} else if s.root != nil {
		return nil
	}
	if err := s.awaitAddress(addressPatience); err != nil {
		return err
	}
	t.mu.Lock()
	before := s.root
	s.root = nil
	t.mu.Unlock()
	before.detach()
	root, err := t.newRoot(s.index, s.config)
	t.mu.Lock()
	defer t.mu.Unlock()
	s.root = root
	return err
}

// takeNext makes the session what it is to be since its last begin, and says whether that is another.
func (s *session) takeNext() bool {
	s.tether.mu.Lock()
	defer s.tether.mu.Unlock()
	if s.next == nil {
		return false
	}
	s.config, s.next = s.next, nil
	select {
	case <-s.revised:
	default:
	}
	return true
}

// detach unmounts all at once, whoever still uses it.
func (r *root) detach() {
	if r == nil {
		return
	}
	if r.top != nil {
		r.top.Close()
	}
	for i := len(r.mounts) - 1; i >= 0; i-- {
		if err := syscall.Unmount(r.mounts[i], syscall.MNT_DETACH); err != nil {
			say("unmount of %s: %v", r.mounts[i], err)
		}
	}
	r.mounts = nil
}

// clear removes what a root was made of in memory that was here before.
func (r *root) clear() error {
	for _, name := range []string{"/missing", "/scratch"} {
		if err := os.RemoveAll(r.dir + name); err != nil {
			return err
		}
	}
	return nil
}

// fitScratch empties a scratch disk that was written over other layers. It has a link that tells over which ones, and that
// changes last.
func fitScratch(scratch string, layers []string) error {
	link, wanted := scratch+"/layers", layersMark(layers)
	mark, err := os.Readlink(link)
	if err == nil && mark == wanted {
		return nil
	}
	if err == nil {
		for _, name := range []string{"/upper", "/work", "/layers"} {
			if err := os.RemoveAll(scratch + name); err != nil {
				return err
			}
		}
	}
	return os.Symlink(wanted, link)
}

func layersMark(layers []string) string {
	hash := fnv.New64a()
	hash.Write([]byte(strings.ToLower(strings.Join(layers, " "))))
	return strconv.FormatUint(hash.Sum64(), 16)
}
