package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"sync"
)

// The types of the link's packets.
const (
	packetHello   = 1
	packetOpen    = 2
	packetOpened  = 3
	packetData    = 4
	packetEOF     = 5
	packetCredit  = 6
	packetControl = 7
	packetEnd     = 8
	packetCancel  = 9

	packetHead    = 5
	dataBytes     = 16 << 10
	packetBytes   = dataBytes + 64
	creditAtStart = 64 << 10
)

// A link carries exchanges with the host over one stream of bytes. A host may vanish in the middle of a packet, and
// another one take its place: who says HELLO ends all that was before.
type link struct {
	tether *tether
	port   io.ReadWriter

	mu        sync.Mutex // guards exchanges
	exchanges map[uint32]*exchange

	writing sync.Mutex
	packet  []byte
}

func newLink(t *tether, port io.ReadWriter) *link {
	return &link{tether: t, port: port, exchanges: map[uint32]*exchange{}}
}

// listen handles what the host sends, to the end of the stream.
func (l *link) listen() error {
	in := bufio.NewReaderSize(l.port, 64<<10)
	limit := packetBytes + packetBytes/254 + 2
	var text []byte
	tooLong := false
	for {
		piece, err := in.ReadSlice(0)
		full := err == nil
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		if full {
			piece = piece[:len(piece)-1]
		}
		if tooLong = tooLong || len(text)+len(piece) > limit; !tooLong {
			text = append(text, piece...)
		}
		if !full {
			continue
		}
		if packet, err := decodeCOBS(text); err == nil && !tooLong && len(packet) >= packetHead {
			l.handle(packet[0], binary.BigEndian.Uint32(packet[1:]), packet[packetHead:])
		}
		text, tooLong = text[:0], false
	}
}

func (l *link) handle(kind byte, id uint32, payload []byte) {
	if kind == packetHello {
		if id == 0 && len(payload) == 16 {
			l.hello(append([]byte{}, payload...))
		}
		return
	}
	l.mu.Lock()
	x := l.exchanges[id]
	l.mu.Unlock()
	if kind == packetOpen && x == nil && id != 0 {
		l.open(id, append([]byte{}, payload...))
		return
	}
	if x == nil {
		return // It is over.
	}
	switch {
	case kind == packetData && len(payload) >= 1:
		x.received(payload[0], payload[1:])
	case kind == packetEOF && len(payload) == 1:
		x.receivedEOF(payload[0])
	case kind == packetCredit && len(payload) == 5:
		x.credited(payload[0], binary.BigEndian.Uint32(payload[1:]))
	case kind == packetControl:
		var c control
		if json.Unmarshal(payload, &c) == nil {
			x.control(c)
		}
	case kind == packetCancel:
		x.cancel()
	}
}

// hello ends all exchanges, after which nothing of them is sent, and answers.
func (l *link) hello(nonce []byte) {
	l.mu.Lock()
	for _, x := range l.exchanges {
		x.abandon()
	}
	l.exchanges = map[uint32]*exchange{}
	l.mu.Unlock()
	go func() { // The host may not be reading yet.
		defer lastWords()
		l.send(nil, packetHello, 0, nonce)
	}()
}

func (l *link) open(id uint32, request []byte) {
	x := newExchange(l, id)
	l.mu.Lock()
	l.exchanges[id] = x
	l.mu.Unlock()
	go func() {
		defer lastWords()
		x.end(x.serve(request))
		l.mu.Lock()
		if l.exchanges[id] == x {
			delete(l.exchanges, id)
		}
		l.mu.Unlock()
	}()
}

// send writes a packet, unless its exchange is none any more.
func (l *link) send(x *exchange, kind byte, id uint32, parts ...[]byte) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if x != nil && x.isAbandoned() {
		return errAbandoned
	}
	head := [packetHead]byte{kind}
	binary.BigEndian.PutUint32(head[1:], id)
	packet := append(make([]byte, 0, packetBytes), head[:]...)
	for _, part := range parts {
		packet = append(packet, part...)
	}
	l.packet = encodeCOBS(l.packet[:0], packet)
	_, err := l.port.Write(l.packet)
	return err
}
