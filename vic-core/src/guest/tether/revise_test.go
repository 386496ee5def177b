package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func reviser(t *testing.T, restart string) (*tether, *session) {
	t.Helper()
	config := &config{
		Sessions: []sessionConfig{{Name: "web", Argv: []string{"/a"}, Layers: []string{"A"}, RestartPolicy: restart}},
	}
	tether := newTether(&fakeHost{values: map[string]string{}}, config, 1)
	return tether, tether.sessions[0]
}

func TestRevision_isTakenWhenAllOfItHasCome(t *testing.T) {
	tether, s := reviser(t, "never")
	host := tether.host.(*fakeHost)
	host.values = map[string]string{
		versionKey: "1", runKey: "1", configKey: "1", reviseKey: "2",
		configKey + ".0": `{"revision":1,"sessions":[{"name":"web","argv":["/old"]}]}`,
	}
	tether.lookAtConfig()
	if tether.revision != 0 || s.next != nil {
		t.Fatalf("revision %d, next %v: the variables are not written all at once", tether.revision, s.next)
	}
	host.values[configKey+".0"] = `{"revision":2,"deadlineMillis":3600000,"disks":[{"fileSystem":"AB","role":"layer"}],
		"sessions":[{"name":"web","argv":["/b"],"layers":["AB"],"restartPolicy":"never"}]}`
	tether.lookAtConfig()
	if tether.revision != 2 || s.next == nil || s.next.Argv[0] != "/b" || s.config.Argv[0] != "/a" {
		t.Fatalf("revision %d, next %v", tether.revision, s.next)
	}
	if tether.deadline == nil || tether.disks.roles["ab"] != "layer" {
		t.Fatalf("deadline %v, roles %v", tether.deadline, tether.disks.roles)
	}
	tether.deadline.Stop()
}

func TestSessionThatIsAnotherNow_beginsAgain_whateverItsPolicy_andIsNotOverMeanwhile(t *testing.T) {
	_, s := reviser(t, "never")
	s.root = &root{}
	same := *s.config
	s.revise(&same)
	if s.next != nil {
		t.Fatal("the same is no other")
	}
	s.replacing = true
	s.run = run{started: time.Now(), ended: time.Now()}
	s.revise(&sessionConfig{Name: "web", Argv: []string{"/b"}})
	if r := s.report(); r.Ended != "" || r.Code != nil {
		t.Errorf("it is told as over: %+v", r)
	}
	s.decide()
	if again, delay := s.settle(nil); !again || delay != 0 {
		t.Errorf("again %v after %v", again, delay)
	}
	if !s.takeNext() || s.config.Argv[0] != "/b" || s.takeNext() {
		t.Errorf("it is %v", s.config)
	}
	s.revise(&same)
	s.ends = true
	s.decide()
	if again, _ := s.settle(nil); again || s.replacing {
		t.Error("a machine that ends begins nothing")
	}
}

func TestScratchOfOtherLayers_isEmptied(t *testing.T) {
	scratch := t.TempDir()
	kept := filepath.Join(scratch, "upper", "kept")
	write := func() {
		os.MkdirAll(filepath.Dir(kept), 0o755)
		os.WriteFile(kept, []byte("x"), 0o644)
	}
	for _, step := range []struct { // The first time it was written by a tether that left no mark.
		layers []string
		stays  bool
	}{
		{[]string{"A", "B"}, true}, {[]string{"a", "b"}, true}, {[]string{"A", "C"}, false}, {[]string{"A", "C"}, true},
	} {
		write()
		if err := fitScratch(scratch, step.layers); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(kept); (err == nil) != step.stays {
			t.Errorf("%v: %v", step.layers, err)
		}
	}
}

func TestSessionWithoutARoot_isTriedAgain_asItsPolicySays(t *testing.T) {
	for policy, wanted := range map[string]bool{"never": false, "on_failure": true, "always": true} {
		_, s := reviser(t, policy)
		if again, _ := s.settle(errorText("there is no disk")); again != wanted {
			t.Errorf("%s: %v", policy, again)
		}
		if r := s.report(); r.Code == nil || *r.Code == 0 || r.Message == "" {
			t.Errorf("%s: %+v", policy, r)
		}
	}
	_, s := reviser(t, "always")
	s.refusal = "its scratch disk is another's"
	if again, _ := s.settle(errorText(s.refusal)); again {
		t.Error("what is refused stays so")
	}
}
