package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"testing"
	"time"
)

type testHost struct {
	t    *testing.T
	port net.Conn
	text []byte
}

func newTestHost(t *testing.T) *testHost {
	ours, theirs := net.Pipe()
	l := newLink(newTether(&fakeHost{values: map[string]string{}}, &config{}, 1), theirs)
	go l.listen()
	t.Cleanup(func() { ours.Close() })
	ours.SetDeadline(time.Now().Add(20 * time.Second))
	return &testHost{t: t, port: ours}
}

func (h *testHost) send(kind byte, id uint32, payload []byte) {
	packet := append([]byte{kind, 0, 0, 0, 0}, payload...)
	binary.BigEndian.PutUint32(packet[1:], id)
	if _, err := h.port.Write(encodeCOBS(nil, packet)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *testHost) receive() (kind byte, id uint32, payload []byte) {
	for {
		if at := bytes.IndexByte(h.text, 0); at >= 0 {
			packet, err := decodeCOBS(h.text[:at])
			h.text = h.text[at+1:]
			if err != nil {
				h.t.Fatal(err)
			}
			return packet[0], binary.BigEndian.Uint32(packet[1:]), packet[5:]
		}
		buffer := make([]byte, 40000)
		n, err := h.port.Read(buffer)
		if err != nil {
			h.t.Fatal(err)
		}
		h.text = append(h.text, buffer[:n]...)
	}
}

func TestLink_afterGarbage_hello_isAnswered(t *testing.T) {
	h := newTestHost(t)
	h.port.Write([]byte{9, 1, 2})
	h.port.Write([]byte{0})
	h.port.Write(append(bytes.Repeat([]byte{1}, 100000), 0))
	h.send(77, 1, nil)
	nonce := []byte("0123456789abcdef")
	h.send(packetHello, 0, nonce)
	if kind, _, payload := h.receive(); kind != packetHello || !bytes.Equal(payload, nonce) {
		t.Fatalf("%d %q", kind, payload)
	}
}

func TestLink_requestsThatCannotBe_endWithWhy(t *testing.T) {
	h := newTestHost(t)
	for request, wanted := range map[string]string{
		`{"request":"zip"}`: "invalid", `{`: "invalid", `{"request":"exec","session":"x"}`: "not_found",
		`{"request":"dial","port":0}`: "invalid",
	} {
		h.send(packetOpen, 5, []byte(request))
		kind, id, payload := h.receive()
		var end refusal
		if json.Unmarshal(payload, &end) != nil || kind != packetEnd || id != 5 || end.Error != wanted {
			t.Errorf("%s: %d %s", request, kind, payload)
		}
		time.Sleep(10 * time.Millisecond) // The exchange is free again.
	}
}

func TestLink_dial_passesBytesBothWays_asTheHostHasRoom(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		connection, err := listener.Accept()
		if err == nil {
			io.Copy(connection, connection)
			connection.Close()
		}
	}()
	h := newTestHost(t)
	request, _ := json.Marshal(map[string]interface{}{"request": "dial", "port": listener.Addr().(*net.TCPAddr).Port})
	h.send(packetOpen, 3, request)
	if kind, _, payload := h.receive(); kind != packetOpened {
		t.Fatalf("%d %s", kind, payload)
	}
	content := bytes.Repeat([]byte("all the bytes\x00"), 20000)
	sent, credit, taken := 0, creditAtStart, creditAtStart
	var back []byte
	for {
		for sent < len(content) && credit > 0 {
			n := min(min(dataBytes, credit), len(content)-sent)
			h.send(packetData, 3, append([]byte{0}, content[sent:sent+n]...))
			sent, credit = sent+n, credit-n
			if sent == len(content) {
				h.send(packetEOF, 3, []byte{0})
			}
		}
		kind, _, payload := h.receive()
		switch kind {
		case packetCredit:
			credit += int(binary.BigEndian.Uint32(payload[1:]))
		case packetData:
			back = append(back, payload[1:]...)
			if taken -= len(payload) - 1; taken < 0 {
				t.Fatal("more than there was credit for")
			}
			if taken == 0 {
				h.send(packetCredit, 3, []byte{1, 0, 1, 0, 0})
				taken = 1 << 16
			}
		case packetEnd:
			if !bytes.Equal(back, content) || string(payload) != "{}" {
				t.Fatalf("%d of %d bytes, %s", len(back), len(content), payload)
			}
			return
		}
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}
