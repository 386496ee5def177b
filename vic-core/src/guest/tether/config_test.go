package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

type fakeHost struct{ values map[string]string }

func (f *fakeHost) variable(key string) (string, bool) { v, ok := f.values[key]; return v, ok }
func (f *fakeHost) set(key, value string) error        { f.values[key] = value; return nil }
func (f *fakeHost) changes() <-chan struct{}           { return nil }
func (f *fakeHost) linkChanges() <-chan struct{}       { return nil }
func (f *fakeHost) log(int) (io.Writer, error)         { return io.Discard, nil }
func (f *fakeHost) link() io.ReadWriter                { return nil }

func hostWith(document string) *fakeHost {
	half := len(document) / 2
	return &fakeHost{map[string]string{
		versionKey: "1", runKey: "7", configKey: "2", configKey + ".0": document[:half], configKey + ".1": document[half:],
	}}
}

func TestConfig_isJoinedFromItsPieces_andHasDefaults(t *testing.T) {
	c, run, err := readConfig(hostWith(
		`{"id":"0123456789abcdef","unknown":[1],"sessions":[{"name":"m","argv":["a"]}]}`))
	if err != nil || run != 7 {
		t.Fatal(run, err)
	}
	s := c.Sessions[0]
	if c.Hostname != "0123456789ab" || !c.powersOff() || s.StopSignal != "SIGTERM" || s.WorkingDirectory != "/" {
		t.Fatalf("%+v", c)
	}
}

func TestConfig_thatCannotBeRead_saysWhy(t *testing.T) {
	for document, wanted := range map[string]string{
		`{"sessions":[{"name":"m"}]}`:                             "no program",
		`{"sessions":[{"name":"","argv":["a"]}]}`:                 "name",
		`{"sessions":[{"name":"m","argv":["a"]},{"name":"m"}]}`:   "name",
		`{"sessions":[{"name":"m","argv":["a"],"tty":"perhaps"}]`: configKey,
	} {
		if _, _, err := readConfig(hostWith(document)); err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%s: %v", document, err)
		}
	}
	missing := hostWith(`{}`)
	delete(missing.values, configKey+".1")
	if _, _, err := readConfig(missing); err == nil {
		t.Error("a missing piece")
	}
}

func TestCommand_countsForThisRunOnly(t *testing.T) {
	for text, wanted := range map[string]bool{
		`{"run":7,"seq":1,"command":"stop"}`:                                     true,
		`{"run":6,"seq":1,"command":"stop"}`:                                     false,
		`{"run":7,"seq":0,"command":"stop"}`:                                     false,
		`{"run":7,"seq":1,"command":"dance"}`:                                    false,
		`{"run":7,"seq":1,"command":"signal","session":"m","signal":"SIGRTMIN"}`: true,
		`{"run":7,"seq":1,"command":"signal","session":"m","signal":"SIGNO"}`:    false,
		`none`: false,
	} {
		if _, ok := parseCommand(text, 7); ok != wanted {
			t.Errorf("%s: %v", text, ok)
		}
	}
}

func TestStop_acknowledgedAfterTheReport(t *testing.T) {
	host := hostWith(`{"id":"x","sessions":[]}`)
	te := newTether(host, &config{}, 7)
	te.begun = true
	te.handle(commandDocument{Run: 7, Seq: 3, Command: "stop"})
	if !strings.Contains(host.values[reportKey], `"phase":"stopping"`) || host.values[ackKey] != `{"run":7,"seq":3}` {
		t.Fatal(host.values)
	}
	<-te.over
	te.handle(commandDocument{Run: 7, Seq: 4, Command: "signal", Session: "m", Signal: "HUP"})
	if host.values[ackKey] != `{"run":7,"seq":4,"error":"not_found"}` {
		t.Fatal(host.values)
	}
}

func TestRestartDelay_isNoneAtFirst_thenDoubledUpToFiveMinutes(t *testing.T) {
	for restarts, seconds := range map[int]int{0: 0, 1: 10, 2: 20, 5: 160, 6: 300, 60: 300} {
		if delay := restartDelay(restarts); delay != time.Duration(seconds)*time.Second {
			t.Errorf("%d: %v", restarts, delay)
		}
	}
}

func TestSignals_areReadAndNamedAsTheHostDoes(t *testing.T) {
	for text, number := range map[string]int{
		"SIGTERM": 15, "term": 15, "9": 9, "SIGRTMIN": 34, "SIGRTMIN+3": 37, "RTMAX-1": 63, "SIGRTMAX": 64,
	} {
		if got, err := parseSignal(text); err != nil || got != number {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "SIG", "0", "32", "65", "SIGRTMIN-1", "NOPE"} {
		if got, err := parseSignal(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
	if signalName(15) != "SIGTERM" || signalName(34) != "SIGRTMIN" || signalName(64) != "SIGRTMIN+30" {
		t.Error(signalName(64))
	}
}

func TestTexts_areASCII_andCutWhereTheHostCutsThem(t *testing.T) {
	if text := ascii([]byte("a\u00e9\U0001F600\x7f")); text != `a\u00e9\ud83d\ude00\u007f` {
		t.Error(text)
	}
	if text := shortened("ab\U0001F600c", 3); text != "ab" {
		t.Error(text)
	}
}
