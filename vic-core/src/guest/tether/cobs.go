package main

import "errors"

// Packets of the link are encoded by consistent overhead byte stuffing (Cheshire and Baker, 1999): there is no zero byte in
// them, so that one can end each.

var errNoCOBS = errors.New("no packet")

// encodeCOBS appends the encoded packet, and the zero that ends it.
func encodeCOBS(out, packet []byte) []byte {
	at := len(out)
	out = append(out, 0)
	code := byte(1)
	for _, b := range packet {
		if b != 0 {
			out = append(out, b)
			code++
		}
		if b == 0 || code == 255 {
			out[at] = code
			at, code = len(out), 1
			out = append(out, 0)
		}
	}
	out[at] = code
	return append(out, 0)
}

// decodeCOBS decodes a packet, without the zero that ended it.
func decodeCOBS(text []byte) ([]byte, error) {
	packet := make([]byte, 0, len(text))
	for len(text) > 0 {
		code := int(text[0])
		if code == 0 || code > len(text) {
			return nil, errNoCOBS
		}
		for _, b := range text[1:code] {
			if b == 0 {
				return nil, errNoCOBS
			}
			packet = append(packet, b)
		}
		text = text[code:]
		if code < 255 && len(text) > 0 {
			packet = append(packet, 0)
		}
	}
	return packet, nil
}
