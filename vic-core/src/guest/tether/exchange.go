package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"sync"
)

var errAbandoned = errors.New("the host has left")

// An exchange is one request of the host and what comes of it. Both sides send no more than the other has room for.
type exchange struct {
	link *link
	id   uint32
	ctx  context.Context // over when the host is not interested any more
	stop context.CancelFunc

	mu        sync.Mutex
	changed   *sync.Cond
	abandoned bool
	overdrawn bool
	credit    [3]int64 // what the host takes yet, by channel
	input     []byte   // of channel 0, not read yet
	inputEOF  bool
	consumed  int // read, and not credited to the host yet
	onControl func(control)
}

type control struct {
	Do      string `json:"do"`
	Signal  string `json:"signal"`
	Rows    int    `json:"rows"`
	Columns int    `json:"columns"`
}

func newExchange(l *link, id uint32) *exchange {
	x := &exchange{link: l, id: id}
	x.changed = sync.NewCond(&x.mu)
	x.ctx, x.stop = context.WithCancel(context.Background())
	for i := range x.credit {
		x.credit[i] = creditAtStart
	}
	return x
}

func (x *exchange) received(channel byte, content []byte) {
	x.mu.Lock()
	over := channel != 0 || x.inputEOF || len(x.input)+x.consumed+len(content) > creditAtStart
	if over {
		x.overdrawn = true
	} else {
		x.input = append(x.input, content...)
	}
	x.changed.Broadcast()
	x.mu.Unlock()
	if over {
		x.cancel()
	}
}

func (x *exchange) receivedEOF(channel byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if channel == 0 {
		x.inputEOF = true
		x.changed.Broadcast()
	}
}

func (x *exchange) credited(channel byte, bytes uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if int(channel) < len(x.credit) {
		x.credit[channel] += int64(bytes)
		x.changed.Broadcast()
	}
}

func (x *exchange) control(c control) {
	x.mu.Lock()
	handler := x.onControl
	x.mu.Unlock()
	if handler != nil {
		handler(c)
	}
}

func (x *exchange) controls(handler func(control)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.onControl = handler
}

// cancel ends what the exchange does; its end is sent all the same.
func (x *exchange) cancel() {
	x.stop()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.changed.Broadcast()
}

// abandon ends what the exchange does, and all that it sends.
func (x *exchange) abandon() {
	x.mu.Lock()
	x.abandoned = true
	x.mu.Unlock()
	x.cancel()
}

func (x *exchange) isAbandoned() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.abandoned
}

// Read reads channel 0.
func (x *exchange) Read(buffer []byte) (int, error) {
	x.mu.Lock()
	for len(x.input) == 0 && !x.inputEOF && x.ctx.Err() == nil {
		x.changed.Wait()
	}
	if x.ctx.Err() != nil {
		x.mu.Unlock()
		return 0, x.ctx.Err()
	}
	if len(x.input) == 0 {
		x.mu.Unlock()
		return 0, io.EOF
	}
	n := copy(buffer, x.input)
	if x.input = x.input[n:]; len(x.input) == 0 {
		x.input = nil
	}
	x.consumed += n
	credit := 0
	if x.consumed >= creditAtStart/4 {
		credit, x.consumed = x.consumed, 0
	}
	x.mu.Unlock()
	if credit > 0 {
		payload := make([]byte, 5)
		binary.BigEndian.PutUint32(payload[1:], uint32(credit))
		if err := x.link.send(x, packetCredit, x.id, payload); err != nil {
			return n, err
		}
	}
	return n, nil
}

// A channel is written to the host, as it takes it.
type channel struct {
	x      *exchange
	number byte
}

func (c channel) Write(content []byte) (int, error) {
	written := 0
	for len(content) > 0 {
		n, err := c.x.spend(c.number, len(content))
		if err != nil {
			return written, err
		}
		if err := c.x.link.send(c.x, packetData, c.x.id, []byte{c.number}, content[:n]); err != nil {
			return written, err
		}
		written += n
		content = content[n:]
	}
	return written, nil
}

func (c channel) close() error { return c.x.link.send(c.x, packetEOF, c.x.id, []byte{c.number}) }

// spend waits until the host takes something, and says how much.
func (x *exchange) spend(channel byte, most int) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.credit[channel] <= 0 && x.ctx.Err() == nil {
		x.changed.Wait()
	}
	if err := x.ctx.Err(); err != nil {
		return 0, err
	}
	if most > dataBytes {
		most = dataBytes
	}
	if int64(most) > x.credit[channel] {
		most = int(x.credit[channel])
	}
	x.credit[channel] -= int64(most)
	return most, nil
}

func (x *exchange) opened(details interface{}) error {
	return x.link.send(x, packetOpened, x.id, encodeJSON(details))
}

func (x *exchange) end(details interface{}) {
	x.mu.Lock()
	if x.overdrawn {
		details = refusal{Error: "invalid", Message: "more was sent than there was credit for"}
	}
	x.mu.Unlock()
	x.link.send(x, packetEnd, x.id, encodeJSON(details))
	x.stop()
}

func encodeJSON(value interface{}) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return []byte(ascii(text))
}

// A refusal is the end of an exchange that the guest cannot or will not do.
type refusal struct {
	Error   string `json:"error"`
	Message string `json:"message"`
}

// nothing is the end of an exchange of which there is nothing to say.
type nothing struct{}
