package main

import (
	"encoding/binary"
	"net"
	"testing"
	"time"
)

var hardware = net.HardwareAddr{2, 0, 0, 0, 0, 1}

func answer(options ...byte) []byte {
	message := make([]byte, dhcpHeader)
	message[0] = bootReply
	binary.BigEndian.PutUint32(message[4:], 99)
	copy(message[16:], []byte{10, 0, 2, 15})
	copy(message[28:], hardware)
	return append(append(message, dhcpMagic...), options...)
}

func TestDHCP_anAnswerIsRead(t *testing.T) {
	l, err := parseDHCP(answer(optionType, 1, dhcpAck, 0, optionServer, 4, 10, 0, 2, 2, optionMask, 4, 255, 255, 255, 0,
		optionRouter, 4, 10, 0, 2, 2, optionDNS, 8, 1, 1, 1, 1, 8, 8, 8, 8, optionLease, 4, 0, 0, 1, 44,
		optionDomainName, 3, 'l', 'a', 'n', 222, 2, 0, 0, optionEnd, 1, 2), 99, hardware)
	if err != nil {
		t.Fatal(err)
	}
	if ones, _ := l.mask.Size(); l.kind != dhcpAck || l.address.String() != "10.0.2.15" || ones != 24 ||
		l.routers[0].String() != "10.0.2.2" || len(l.nameservers) != 2 || l.domain != "lan" || l.duration != 300*time.Second {
		t.Fatalf("%+v", l)
	}
}

func TestDHCP_whatIsNoAnswerToUs_isRefused(t *testing.T) {
	for name, message := range map[string][]byte{
		"empty": {}, "short": answer()[:200], "no kind": answer(optionEnd), "cut off": answer(optionType, 9, 1),
	} {
		if l, err := parseDHCP(message, 99, hardware); err == nil {
			t.Errorf("%s: %+v", name, l)
		}
	}
	if _, err := parseDHCP(answer(optionType, 1, dhcpAck), 98, hardware); err == nil {
		t.Error("another transaction")
	}
	if _, err := parseDHCP(answer(optionType, 1, dhcpAck), 99, net.HardwareAddr{2, 0, 0, 0, 0, 2}); err == nil {
		t.Error("another machine")
	}
}

func TestDHCP_optionsInOtherFields_areRead(t *testing.T) {
	message := answer(optionType, 1, dhcpOffer, optionOverload, 1, 1, optionEnd)
	copy(message[108:], []byte{optionRouter, 4, 9, 9, 9, 9, optionEnd})
	l, err := parseDHCP(message, 99, hardware)
	if err != nil || len(l.routers) != 1 || l.routers[0].String() != "9.9.9.9" {
		t.Fatalf("%+v, %v", l, err)
	}
}

func TestDHCP_aRequestCanBeReadByRelays(t *testing.T) {
	message := dhcpMessage(dhcpRequest, 7, hardware, "box", nil, addressOption(optionAddress, net.IPv4(1, 2, 3, 4)))
	if len(message) < 300 || message[10] != 0x80 || message[dhcpHeader+4] != optionType {
		t.Fatalf("%x", message)
	}
}
