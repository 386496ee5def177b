package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// A grpcConfig is a question after the health of a gRPC service; GuestAction.Grpc (Java) describes it. HTTP/2 is spoken here
// by hand, as far as one short call needs it: what comes compressed in headers is not read.
type grpcConfig struct {
	Port    int    `json:"port"`
	Service string `json:"service"`
}

// HTTP/2 (RFC 9113, section 6).
const (
	http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

	frameData     = 0
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	framePing     = 6
	frameGoAway   = 7

	flagEndStream  = 0x1 // of DATA and HEADERS
	flagAck        = 0x1 // of SETTINGS and PING
	flagEndHeaders = 0x4
	flagPadded     = 0x8

	http2FrameBytes = 16 << 10 // What peers send at most, for nobody has told them otherwise.
)

const grpcServing = 1 // grpc.health.v1.HealthCheckResponse.ServingStatus

var servingNames = []string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}

func (c *grpcConfig) check(ctx context.Context) error {
	begun := time.Now()
	connection, err := connect(ctx, "", c.Port)
	if err != nil {
		if isTimeout(err) {
			return fmt.Errorf("timeout: failed to connect service %q within %v: context deadline exceeded",
				address("", c.Port), time.Since(begun).Round(time.Second))
		}
		return fmt.Errorf("error: failed to connect service at %q: %w", address("", c.Port), err)
	}
	defer connection.Close()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-ctx.Done():
			connection.Close()
		case <-stop:
		}
	}()
	if _, err := connection.Write(c.call()); err != nil {
		return fmt.Errorf("error: health rpc probe failed: %w", err)
	}
	status, err := readServing(connection)
	switch {
	case err != nil && (isTimeout(err) || ctx.Err() != nil):
		return errors.New("timeout: health rpc did not complete in time")
	case err != nil:
		return fmt.Errorf("error: health rpc probe failed: %w", err)
	case status == grpcServing:
		return nil
	case status < uint64(len(servingNames)):
		return fmt.Errorf("service unhealthy (responded with %q)", servingNames[status])
	}
	return fmt.Errorf("service unhealthy (responded with %d)", status)
}

// call is all that the client says, but for acknowledgements.
func (c *grpcConfig) call() []byte {
	var head []byte
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", "/grpc.health.v1.Health/Check"},
		{":authority", address("", c.Port)}, {"content-type", "application/grpc"}, {"user-agent", "kube-probe/1.0"},
		{"te", "trailers"},
	} {
		head = appendField(head, field[0], field[1])
	}
	var message []byte
	if c.Service != "" { // HealthCheckRequest: string service = 1
		message = append(appendVarint([]byte{1<<3 | 2}, uint64(len(c.Service))), c.Service...)
	}
	body := make([]byte, 5, 5+len(message)) // Not compressed; its length.
	binary.BigEndian.PutUint32(body[1:], uint32(len(message)))
	body = append(body, message...)

	out := append([]byte{}, http2Preface...)
	out = appendFrame(out, frameSettings, 0, 0, nil)
	out = appendFrame(out, frameHeaders, flagEndHeaders, 1, head)
	return appendFrame(out, frameData, flagEndStream, 1, body)
}

func appendFrame(out []byte, kind, flags byte, stream uint32, payload []byte) []byte {
	n := len(payload)
	out = append(out, byte(n>>16), byte(n>>8), byte(n), kind, flags,
		byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream))
	return append(out, payload...)
}

// appendField writes a header field literally, without indexing and without Huffman's code (RFC 7541, section 6.2.2).
func appendField(out []byte, name, value string) []byte {
	out = append(out, 0)
	out = append(appendLength(out, len(name)), name...)
	return append(appendLength(out, len(value)), value...)
}

// appendLength writes a string's length: an integer with a prefix of 7 bits (RFC 7541, section 5.1).
func appendLength(out []byte, length int) []byte {
	if length < 0x7f {
		return append(out, byte(length))
	}
	return appendVarint(append(out, 0x7f), uint64(length-0x7f))
}

// appendVarint writes 7 bits a byte, the least first.
func appendVarint(out []byte, value uint64) []byte {
	for ; value >= 0x80; value >>= 7 {
		out = append(out, byte(value)|0x80)
	}
	return append(out, byte(value))
}

// readServing reads to the end of the answer's message, and returns the status that it holds.
func readServing(connection io.ReadWriter) (uint64, error) {
	var body []byte
	for {
		var head [9]byte
		if _, err := io.ReadFull(connection, head[:]); err != nil {
			return 0, err
		}
		length := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
		kind, flags := head[3], head[4]
		stream := binary.BigEndian.Uint32(head[5:]) & 0x7fffffff
		if length > http2FrameBytes {
			return 0, errors.New("this is no HTTP/2")
		}
		payload := make([]byte, length)
		if _, err := io.ReadFull(connection, payload); err != nil {
			return 0, err
		}
		switch {
		case (kind == frameSettings || kind == framePing) && flags&flagAck == 0:
			answer := appendFrame(nil, kind, flagAck, 0, nil)
			if kind == framePing {
				answer = appendFrame(nil, kind, flagAck, 0, payload)
			}
			if _, err := connection.Write(answer); err != nil {
				return 0, err
			}
		case kind == frameGoAway:
			return 0, errors.New("the server hangs up")
		case stream != 1:
		case kind == frameReset:
			return 0, errors.New("the server refuses the call")
		case kind == frameData:
			if flags&flagPadded != 0 {
				if length < 1 || int(payload[0]) >= length {
					return 0, errors.New("this is no HTTP/2")
				}
				payload = payload[1 : length-int(payload[0])]
			}
			body = append(body, payload...)
			if message, ok := grpcMessage(body); ok {
				return servingStatus(message)
			}
			if len(body) > http2FrameBytes {
				return 0, errors.New("the answer is too long")
			}
		}
		if stream == 1 && (kind == frameData || kind == frameHeaders) && flags&flagEndStream != 0 {
			return 0, errors.New("the server has given no status: it knows no such service, " +
				"or does not implement the grpc health protocol (grpc.health.v1.Health)")
		}
	}
}

// grpcMessage takes the message out of a body, once it is complete.
func grpcMessage(body []byte) ([]byte, bool) {
	if len(body) < 5 {
		return nil, false
	}
	length := binary.BigEndian.Uint32(body[1:])
	if uint64(len(body)-5) < uint64(length) {
		return nil, false
	}
	return body[5 : 5+length], true
}

// servingStatus reads HealthCheckResponse: ServingStatus status = 1, which is 0 where it is missing.
func servingStatus(message []byte) (uint64, error) {
	in := bytes.NewReader(message)
	status := uint64(0)
	for in.Len() > 0 {
		tag, err := binary.ReadUvarint(in)
		if err != nil {
			return 0, err
		}
		value := uint64(0)
		switch tag & 7 {
		case 0:
			value, err = binary.ReadUvarint(in)
		case 1:
			_, err = in.Seek(8, io.SeekCurrent)
		case 2:
			if value, err = binary.ReadUvarint(in); err == nil && value <= uint64(in.Len()) {
				_, err = in.Seek(int64(value), io.SeekCurrent)
			} else if err == nil {
				err = io.ErrUnexpectedEOF
			}
		case 5:
			_, err = in.Seek(4, io.SeekCurrent)
		default:
			err = errors.New("the answer is no message of protocol buffers")
		}
		if err != nil {
			return 0, err
		}
		if tag == 1<<3 {
			status = value
		}
	}
	return status, nil
}
