package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSession_isReadWithItsLifecycleAndResources(t *testing.T) {
	c, _, err := readConfig(hostWith(`{"id":"x","deadlineMillis":5000,"memoryVolumes":[{"fileSystem":"AB","sizeBytes":7}],
		"nameservers":["1.1.1.1"],"resolverOptions":["ndots:5"],"sessions":[{"name":"m","argv":["a"],"role":"sidecar",
		"liveness":{"httpGet":{"port":80,"path":"/h","tls":false,"headers":[{"name":"X","value":"y"}]},"initialDelayMillis":1,
		"periodMillis":2,"timeoutMillis":3,"successThreshold":1,"failureThreshold":4,"graceMillis":0},
		"preStop":{"sleepMillis":0},"graceMillis":1500,"cpuLimitMillis":500,"memoryLimitBytes":1048576}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sessions[0]
	if s.Role != roleSidecar || s.Liveness.HTTPGet.Headers[0].Value != "y" || s.Liveness.FailureThreshold != 4 {
		t.Errorf("%+v", s)
	}
	if s.grace() != 1500*time.Millisecond || s.graceOf(s.Liveness) != 0 || *s.PreStop.SleepMillis != 0 {
		t.Errorf("%+v", s)
	}
	if limits := s.limits(); limits[0] != [2]string{"cpu.max", "50000 100000"} || limits[1][1] != "1048576" {
		t.Error(limits)
	}
	if c.MemoryVolumes[0].SizeBytes != 7 || c.DeadlineMillis != 5000 {
		t.Errorf("%+v", c)
	}
	if _, _, err := readConfig(hostWith(`{"sessions":[{"name":"m","argv":["a"],"role":"boss"}]}`)); err == nil {
		t.Error("a role that there is not")
	}
}

func TestSessionWithoutRole_isAMainOne(t *testing.T) {
	c, _, err := readConfig(hostWith(`{"sessions":[{"name":"m","argv":["a"]},{"name":"b","argv":["a"],"role":"sidecar"},
		{"name":"n","argv":["a"]},{"name":"a","argv":["a"],"role":"init"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	te := newTether(&fakeHost{}, c, 1)
	if order := names(te.helpers()) + names(te.mains()); order != "bamn" {
		t.Error(order)
	}
}

func names(sessions []*session) string {
	var out strings.Builder
	for _, s := range sessions {
		out.WriteString(s.config.Name)
	}
	return out.String()
}

func TestRestarts_goByRoleAndPolicy(t *testing.T) {
	for _, c := range []struct {
		role, policy     string
		success, restart bool
	}{
		{roleMain, "never", false, false}, {roleMain, "on_failure", true, false}, {roleMain, "on_failure", false, true},
		{roleMain, "always", true, true}, {roleInit, "always", true, false}, {roleInit, "always", false, true},
		{roleInit, "never", false, false}, {roleSidecar, "never", true, true},
	} {
		s := &sessionConfig{RestartPolicy: c.policy, lifecycleConfig: lifecycleConfig{Role: c.role}}
		if s.restarts(c.success) != c.restart {
			t.Errorf("%+v", c)
		}
	}
}

func TestRun_thatTheTetherEnded_isNoSuccess(t *testing.T) {
	zero := syscall.WaitStatus(0)
	if !(&run{status: &zero}).succeeded() || (&run{status: &zero, condemned: true}).succeeded() || (&run{}).succeeded() {
		t.Error("what counts as success")
	}
}

func TestRun_isReportedByCodeOrSignal(t *testing.T) {
	killed := syscall.WaitStatus(9)
	at := time.Unix(1, 0)
	for wanted, r := range map[string]run{
		`{"message":""}`: {},
		`{"ended":"1970-01-01T00:00:01.000000000Z","code":127,"message":"m"}`:                           {ended: at, code: 127, message: "m"},
		`{"ended":"1970-01-01T00:00:01.000000000Z","signal":"SIGKILL","message":"","outOfMemory":true}`: {ended: at, status: &killed, outOfMemory: true},
		`{"ended":"1970-01-01T00:00:01.000000000Z","signal":"SIGTERM","message":""}`:                    {ended: at, status: &killed, emulated: 15},
	} {
		text, _ := json.Marshal(r.report())
		if string(text) != wanted {
			t.Errorf("%s is not %s", text, wanted)
		}
	}
}

func TestSessionThatNeverBegan_isReportedAsWaiting(t *testing.T) {
	c, _, _ := readConfig(hostWith(`{"sessions":[{"name":"m","argv":["a"]}]}`))
	text, _ := json.Marshal(newTether(&fakeHost{}, c, 1).sessions[0].report())
	if string(text) != `{"name":"m","message":"","restarts":0,"up":false,"ready":false}` {
		t.Error(string(text))
	}
}

func TestTally_countsInARow(t *testing.T) {
	tally := newTally(&probeConfig{SuccessThreshold: 2, FailureThreshold: 3})
	said := ""
	for _, ok := range []bool{true, true, false, true, false, false, true, false, false, false, false, true, true} {
		word := "."
		if tally.add(ok) {
			word = map[bool]string{true: "Y", false: "N"}[ok]
		}
		said += word
	}
	if said != ".Y.......NN.Y" {
		t.Error(said)
	}
}

func TestCPUWeight_isThatOfKubernetes(t *testing.T) {
	for millis, weight := range map[int64]int64{0: 1, 1: 1, 100: 4, 500: 20, 1000: 39, 4000: 157, 1 << 40: 10000} {
		if got := cpuWeight(millis); got != weight {
			t.Errorf("%d: %d", millis, got)
		}
	}
	if cpuQuota(1) != 1000 || cpuQuota(1500) != 150000 {
		t.Error(cpuQuota(1))
	}
}

func TestResolvFile_hasWhatTheHostSaysInsteadOfWhatDHCPNames(t *testing.T) {
	te := newTether(&fakeHost{}, &config{}, 1)
	te.network.nameservers, te.network.domains = []string{"10.0.2.3"}, []string{"lan"}
	if text := te.network.resolvFile(); text != "search lan\nnameserver 10.0.2.3\n" {
		t.Error(text)
	}
	te.config.Nameservers, te.config.Searches = []string{"1.1.1.1", "2.2.2.2"}, []string{"a.b", "b"}
	te.config.ResolverOptions = []string{"ndots:5", "edns0"}
	if text := te.network.resolvFile(); text != "search a.b b\nnameserver 1.1.1.1\nnameserver 2.2.2.2\noptions ndots:5 edns0\n" {
		t.Error(text)
	}
}

func TestDeadline_isReported_unlessAllWasDone(t *testing.T) {
	for done, wanted := range map[bool]string{false: `"deadlineExceeded":true`, true: `"phase":"stopping"`} {
		host := hostWith(`{}`)
		stays := false
		te := newTether(host, &config{PowerOffWhenDone: &stays}, 7)
		te.begun = true
		te.mu.Lock()
		if done {
			te.graced = true
			te.windDown()
			te.mu.Unlock()
			for is := false; !is; {
				te.mu.Lock()
				is = te.wound
				te.mu.Unlock()
			}
			te.mu.Lock()
		}
		te.exceed()
		te.mu.Unlock()
		<-te.over
		if text := host.values[reportKey]; !strings.Contains(text, wanted) || strings.Contains(text, "Exceeded") == done {
			t.Error(text)
		}
	}
}
