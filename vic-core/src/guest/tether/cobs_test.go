package main

import (
	"bytes"
	"math/rand"
	"testing"
)

func TestCOBS_knownPackets(t *testing.T) {
	run := bytes.Repeat([]byte{7}, 254)
	for _, c := range []struct{ packet, text []byte }{
		{[]byte{}, []byte{1, 0}},
		{[]byte{0}, []byte{1, 1, 0}},
		{[]byte{0, 0}, []byte{1, 1, 1, 0}},
		{[]byte{0x11, 0x22, 0, 0x33}, []byte{3, 0x11, 0x22, 2, 0x33, 0}},
		{[]byte{0x11, 0, 0, 0}, []byte{2, 0x11, 1, 1, 1, 0}},
		{run, append(append([]byte{255}, run...), 1, 0)},
	} {
		if text := encodeCOBS(nil, c.packet); !bytes.Equal(text, c.text) {
			t.Errorf("%x became %x, not %x", c.packet, text, c.text)
		}
	}
	// Other encoders leave out the last code after 254 bytes.
	if packet, err := decodeCOBS(append([]byte{255}, run...)); err != nil || !bytes.Equal(packet, run) {
		t.Errorf("%x, %v", packet, err)
	}
}

func TestCOBS_anyPacket_comesBack(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 3000; i++ {
		packet := make([]byte, random.Intn(1200))
		for j := range packet {
			if random.Intn(1+i%300) != 0 {
				packet[j] = byte(random.Intn(256))
			}
		}
		text := encodeCOBS(nil, packet)
		if at := bytes.IndexByte(text, 0); at != len(text)-1 {
			t.Fatalf("a zero at %d of %d", at, len(text))
		}
		back, err := decodeCOBS(text[:len(text)-1])
		if err != nil || !bytes.Equal(back, packet) {
			t.Fatalf("%x became %x, %v", packet, back, err)
		}
	}
}

func TestCOBS_whatIsNone_isRefused(t *testing.T) {
	for _, text := range [][]byte{{5, 1, 2}, {0}, {3, 1, 0}, {255}} {
		if packet, err := decodeCOBS(text); err == nil {
			t.Errorf("%x became %x", text, packet)
		}
	}
}
