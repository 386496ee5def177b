package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// serving answers each connection with the same words, and passes on what was said.
func serving(t *testing.T, answers ...string) (port int, said <-chan string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	heard := make(chan string, len(answers))
	go func() {
		for _, answer := range answers {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			buffer := make([]byte, 4096)
			n, _ := connection.Read(buffer)
			heard <- string(buffer[:n])
			io.WriteString(connection, answer)
			connection.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, connection)
			connection.Close()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port, heard
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestGet_saysWhatKubeletsSay(t *testing.T) {
	for answer, wanted := range map[string]string{
		"HTTP/1.1 200 OK\r\n\r\nhello":                                         "",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n":               "",
		"HTTP/1.0 399 Odd\r\n\r\n":                                             "",
		"HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n":                    "",
		"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\n\r\n":    "",
		"HTTP/1.1 500 Internal Server Error\r\n\r\n":                           "HTTP probe failed with statuscode: 500",
		"HTTP/1.1 400\r\n\r\n":                                                 "HTTP probe failed with statuscode: 400",
		"SSH-2.0 hello\r\n":                                                    "malformed HTTP response",
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", httpHeadBytes) + "\r\n": "EOF",
		"": "EOF",
	} {
		port, _ := serving(t, answer)
		err := (&httpConfig{Port: port, Path: "/"}).get(soon(t))
		if (err == nil) != (wanted == "") || (err != nil && !strings.Contains(err.Error(), wanted)) {
			t.Errorf("%.40q: %v", answer, err)
		}
	}
}

func TestGet_isARequestAsKubeletsSendIt(t *testing.T) {
	port, said := serving(t, "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n")
	if err := (&httpConfig{Port: port, Path: "/a b?c=d"}).get(soon(t)); err != nil {
		t.Fatal(err)
	}
	if text := <-said; text != "GET /a%20b?c=d HTTP/1.1\r\nHost: "+address("", port)+
		"\r\nUser-Agent: kube-probe/1.0\r\nAccept: */*\r\nConnection: close\r\n\r\n" {
		t.Errorf("%q", text)
	}
	headers := []httpHeader{{"host", "h.example"}, {"Accept", ""}, {"X-One", "1"}, {"X-One", "2"}}
	if err := (&httpConfig{Port: port, Path: "/", Headers: headers}).get(soon(t)); err != nil {
		t.Fatal(err)
	}
	if text := <-said; text != "GET / HTTP/1.1\r\nHost: h.example\r\nUser-Agent: kube-probe/1.0\r\nX-One: 1\r\nX-One: 2\r\n"+
		"Connection: close\r\n\r\n" {
		t.Errorf("%q", text)
	}
}

func TestGet_goesWhereItIsSentOnTheSameHost(t *testing.T) {
	port, said := serving(t, "HTTP/1.1 302 Found\r\nLocation: there?x\r\n\r\n", "HTTP/1.1 503 No\r\n\r\n")
	err := (&httpConfig{Port: port, Path: "/a/b"}).get(soon(t))
	<-said
	if text := <-said; err == nil || !strings.HasPrefix(text, "GET /a/there?x HTTP") {
		t.Error(err, text)
	}
	redirect := "HTTP/1.1 307 Again\r\nLocation: /\r\n\r\n"
	port, _ = serving(t, strings.Split(strings.Repeat(redirect+"|", 11), "|")...)
	if err := (&httpConfig{Port: port, Path: "/"}).get(soon(t)); err == nil || !strings.Contains(err.Error(), "10 redirects") {
		t.Error(err)
	}
}

func TestRedirects_leadToAnotherPlace(t *testing.T) {
	for location, wanted := range map[string]string{
		"/x":                     "http://127.0.0.1:80/x",
		"y":                      "http://127.0.0.1:80/a/y",
		"?q=http://b":            "http://127.0.0.1:80/a/b?q=http://b",
		"http://127.0.0.1:81":    "http://127.0.0.1:81/",
		"https://127.0.0.1/z#f":  "https://127.0.0.1:443/z",
		"//127.0.0.1:9?q":        "http://127.0.0.1:9/?q",
		"http://10.0.0.1/":       "",
		"ftp://127.0.0.1/":       "",
		"http://127.0.0.1:many/": "",
	} {
		c := httpConfig{Port: 80, Path: "/a/b?c"}
		if ok := c.follow(location); ok != (wanted != "") || (ok && c.url() != wanted) {
			t.Errorf("%s: %v, %s", location, ok, c.url())
		}
	}
}

func TestGet_ofServersThatDoNotAnswer_fails(t *testing.T) {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	port := listener.Addr().(*net.TCPAddr).Port
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := (&httpConfig{Port: port, Path: "/"}).get(ctx)
	if err == nil || !strings.Contains(err.Error(), "context deadline exceeded") {
		t.Error(err)
	}
	listener.Close()
	for _, a := range []action{{HTTPGet: &httpConfig{Port: port, Path: "/"}}, {TCP: &tcpConfig{Port: port}},
		{GRPC: &grpcConfig{Port: port}}} {
		if err := (*session)(nil).act(soon(t), &a); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Error(err)
		}
	}
}

func TestCall_isHTTP2(t *testing.T) {
	call := (&grpcConfig{Port: 80, Service: "s"}).call()
	if !bytes.HasPrefix(call, []byte(http2Preface)) {
		t.Fatalf("%q", call)
	}
	text := hex.EncodeToString(call[len(http2Preface):])
	if !strings.HasPrefix(text, "000000040000000000"+"0000a0010400000001"+"00073a6d6574686f6404504f5354") {
		t.Error(text)
	}
	if !strings.HasSuffix(text, "000008000100000001"+"00"+"00000003"+"0a0173") {
		t.Error(text)
	}
}

func TestLengths_areIntegersWithAPrefixOf7Bits(t *testing.T) {
	// RFC 7541, appendix C.1, has 1337 with a prefix of 5 bits; these are by the same rule.
	for length, wanted := range map[int]string{0: "00", 126: "7e", 127: "7f00", 1337: "7fba09"} {
		if text := hex.EncodeToString(appendLength(nil, length)); text != wanted {
			t.Errorf("%d: %s", length, text)
		}
	}
}

type script struct {
	io.Reader
	bytes.Buffer
}

func (s *script) Read(buffer []byte) (int, error) { return s.Reader.Read(buffer) }

func TestAnswer_isServing_orNot(t *testing.T) {
	settings := appendFrame(nil, frameSettings, 0, 0, nil)
	settings = appendFrame(settings, frameSettings, flagAck, 0, nil)
	settings = appendFrame(settings, framePing, 0, 0, []byte("12345678"))
	settings = appendFrame(settings, frameHeaders, flagEndHeaders, 1, []byte{0x88})
	answer := func(message string) []byte {
		body := append([]byte{0, 0, 0, 0, byte(len(message))}, message...)
		out := appendFrame(append([]byte{}, settings...), frameData, 0, 1, body[:3])
		padded := append(append([]byte{2}, body[3:]...), 0, 0)
		return appendFrame(out, frameData, flagPadded, 1, padded)
	}
	for message, status := range map[string]uint64{"": 0, "\x08\x01": 1, "\x08\x02": 2, "\x12\x01x\x08\x01": 1} {
		s := &script{Reader: bytes.NewReader(answer(message))}
		if got, err := readServing(s); err != nil || got != status {
			t.Errorf("%q: %d, %v", message, got, err)
		}
		if text := s.Buffer.String(); text != "\x00\x00\x00\x04\x01\x00\x00\x00\x00"+"\x00\x00\x08\x06\x01\x00\x00\x00\x0012345678" {
			t.Errorf("%q", text)
		}
	}
	for _, bad := range [][]byte{
		nil, answer("\x08"), answer("\x12\x05x"), appendFrame(nil, frameGoAway, 0, 0, nil), appendFrame(nil, frameReset, 0, 1, nil),
		appendFrame(nil, frameHeaders, flagEndHeaders|flagEndStream, 1, nil), []byte("HTTP/1.1 400 Bad Request\r\n"),
		appendFrame(nil, frameData, flagPadded, 1, []byte{1}),
	} {
		if status, err := readServing(&script{Reader: bytes.NewReader(bad)}); err == nil {
			t.Errorf("%q: %d", bad, status)
		}
	}
}

func TestCheck_ofAServiceThatServes_goesWell(t *testing.T) {
	port, _ := serving(t, string(appendFrame(nil, frameData, 0, 1, []byte("\x00\x00\x00\x00\x02\x08\x01"))),
		string(appendFrame(nil, frameData, 0, 1, []byte("\x00\x00\x00\x00\x02\x08\x02"))))
	if err := (&grpcConfig{Port: port}).check(soon(t)); err != nil {
		t.Error(err)
	}
	if err := (&grpcConfig{Port: port}).check(soon(t)); err == nil || err.Error() != `service unhealthy (responded with "NOT_SERVING")` {
		t.Error(err)
	}
}
