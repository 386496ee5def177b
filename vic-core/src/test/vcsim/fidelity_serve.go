package simulator

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/xml"
)

// world is held while a call is executed and its answer encoded, and by everything else that reads or changes the
// inventory. vcsim has a lock for each object instead, takes few of them where several objects change, and encodes
// answers with none; vCenter never shows half a change.
var world sync.Mutex

func init() {
	enableLocker = false
}

// ServeSDK reads the whole call before it takes the lock and writes the answer after it, so that a slow client
// stops nobody. A panic becomes the SystemError that vCenter answers where it fails by itself.
func (s *Service) ServeSDK(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	name := soapMethod(body)
	calls.count(name)
	faulted(name, w, r, func(w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := &recorder{header: make(http.Header)}
		s.serveLocked(name, answer, r)
		if r.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
		answer.deliver(w, strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"))
	})
}

func (s *Service) serveLocked(name string, answer *recorder, r *http.Request) {
	world.Lock()
	defer world.Unlock()
	defer func() {
		if failure := recover(); failure != nil {
			fmt.Fprintf(os.Stderr, "vic-vcsim: %s: %v\n%s", name, failure, debug.Stack())
			answer.fail(fmt.Sprint(failure))
		}
	}()
	s.vendorServeSDK(answer, r)
	if r.Method == http.MethodPost && answer.body.Len() == 0 {
		fmt.Fprintf(os.Stderr, "vic-vcsim: %s has no answer\n", name)
		answer.fail("no answer")
	}
}

// soapMethod is the name of the method that a SOAP envelope calls.
func soapMethod(envelope []byte) string {
	decoder := xml.NewDecoder(bytes.NewReader(envelope))
	inBody := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return "?"
		}
		if start, ok := token.(xml.StartElement); ok {
			if inBody {
				return start.Name.Local
			}
			inBody = start.Name.Local == "Body"
		}
	}
}

// recorder keeps an answer until it is delivered.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorder) Header() http.Header { return a.header }

func (a *recorder) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *recorder) Write(bytes []byte) (int, error) { return a.body.Write(bytes) }

func (a *recorder) fail(reason string) {
	a.status = http.StatusInternalServerError
	a.body.Reset()
	var text strings.Builder
	_ = xml.EscapeText(&text, []byte(reason))
	fmt.Fprintf(&a.body, xml.Header+`<soapenv:Envelope xmlns:soapenv="%s" xmlns:xsi="%s"><soapenv:Body><soapenv:Fault>`+
		`<faultcode>ServerFaultCode</faultcode><faultstring>A general system error occurred: %s</faultstring><detail>`+
		`<SystemErrorFault xmlns="urn:vim25" xsi:type="SystemError"><reason>%s</reason></SystemErrorFault>`+
		`</detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`,
		"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2001/XMLSchema-instance", text.String(), text.String())
}

// deliver writes the answer, compressed if the client takes that and there is something to gain, as vCenter does.
func (a *recorder) deliver(w http.ResponseWriter, compress bool) {
	for key, values := range a.header {
		w.Header()[key] = values
	}
	body := a.body.Bytes()
	if compress && len(body) > 1024 {
		var small bytes.Buffer
		zip, _ := gzip.NewWriterLevel(&small, gzip.BestSpeed)
		_, _ = zip.Write(body)
		_ = zip.Close()
		body = small.Bytes()
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

// tally counts calls by name.
type tally struct {
	sync.Mutex
	counts map[string]int
}

var calls = &tally{counts: make(map[string]int)}

func (t *tally) count(name string) {
	t.Lock()
	defer t.Unlock()
	t.counts[name]++
}

func (t *tally) copy() map[string]int {
	t.Lock()
	defer t.Unlock()
	copied := make(map[string]int, len(t.counts))
	for name, count := range t.counts {
		copied[name] = count
	}
	return copied
}

func (t *tally) reset() {
	t.Lock()
	defer t.Unlock()
	t.counts = make(map[string]int)
}
