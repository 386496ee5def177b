package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"time"
)

// Messages and options of DHCP (RFC 2131, section 2; RFC 2132).
const (
	dhcpDiscover = 1
	dhcpOffer    = 2
	dhcpRequest  = 3
	dhcpAck      = 5
	dhcpNak      = 6

	optionMask       = 1
	optionRouter     = 3
	optionDNS        = 6
	optionHostName   = 12
	optionDomainName = 15
	optionMTU        = 26
	optionAddress    = 50
	optionLease      = 51
	optionOverload   = 52
	optionType       = 53
	optionServer     = 54
	optionParameters = 55
	optionMaxSize    = 57
	optionEnd        = 255

	dhcpHeader  = 236
	bootRequest = 1
	bootReply   = 2
)

var dhcpMagic = []byte{99, 130, 83, 99}

// A lease is what a server has granted, or offers.
type lease struct {
	kind        byte
	address     net.IP
	server      net.IP
	mask        net.IPMask
	routers     []net.IP
	nameservers []net.IP
	domain      string
	mtu         int
	duration    time.Duration
}

// dhcpMessage makes a message of a client. current is its address where it has one already.
func dhcpMessage(kind byte, transaction uint32, hardware net.HardwareAddr, hostname string, current net.IP, options ...[]byte) []byte {
	message := make([]byte, dhcpHeader, 576)
	message[0], message[1], message[2] = bootRequest, 1, byte(len(hardware))
	binary.BigEndian.PutUint32(message[4:], transaction)
	if current == nil {
		message[10] = 0x80 // The answer is to be broadcast: this machine has no address yet.
	} else {
		copy(message[12:16], current.To4())
	}
	copy(message[28:44], hardware)
	message = append(message, dhcpMagic...)
	message = append(message, optionType, 1, kind)
	for _, option := range options {
		message = append(message, option...)
	}
	if len(hostname) > 0 && len(hostname) < 64 {
		message = append(message, optionHostName, byte(len(hostname)))
		message = append(message, hostname...)
	}
	wanted := []byte{optionMask, optionRouter, optionDNS, optionDomainName, optionMTU}
	message = append(message, optionParameters, byte(len(wanted)))
	message = append(message, wanted...)
	message = append(message, optionMaxSize, 2, 1500>>8, 1500&0xff, optionEnd)
	for len(message) < 300 { // The least that relays of BOOTP pass on.
		message = append(message, 0)
	}
	return message
}

func addressOption(code byte, ip net.IP) []byte { return append([]byte{code, 4}, ip.To4()...) }

// parseDHCP reads the answer of a server to a transaction.
func parseDHCP(message []byte, transaction uint32, hardware net.HardwareAddr) (*lease, error) {
	if len(message) < dhcpHeader+4 || message[0] != bootReply || !bytes.Equal(message[dhcpHeader:dhcpHeader+4], dhcpMagic) {
		return nil, fmt.Errorf("no answer of DHCP")
	}
	if binary.BigEndian.Uint32(message[4:]) != transaction || !bytes.Equal(message[28:28+len(hardware)], hardware) {
		return nil, fmt.Errorf("an answer to somebody else")
	}
	l := &lease{address: append(net.IP{}, message[16:20]...), duration: time.Hour}
	overload := byte(0)
	parseOptions(message[dhcpHeader+4:], l, &overload)
	if overload&1 != 0 {
		parseOptions(message[108:236], l, &overload)
	}
	if overload&2 != 0 {
		parseOptions(message[44:108], l, &overload)
	}
	if l.kind == 0 {
		return nil, fmt.Errorf("an answer without a kind")
	}
	if l.mask == nil {
		l.mask = l.address.DefaultMask()
	}
	if l.kind != dhcpNak && l.address.Equal(net.IPv4zero) {
		return nil, fmt.Errorf("an answer without an address")
	}
	return l, nil
}

func parseOptions(options []byte, l *lease, overload *byte) {
	for len(options) > 0 && options[0] != optionEnd {
		if options[0] == 0 {
			options = options[1:]
			continue
		}
		if len(options) < 2 || len(options) < 2+int(options[1]) {
			return
		}
		code, content := options[0], options[2:2+int(options[1])]
		options = options[2+len(content):]
		switch code {
		case optionType:
			if len(content) == 1 {
				l.kind = content[0]
			}
		case optionServer:
			if len(content) == 4 {
				l.server = append(net.IP{}, content...)
			}
		case optionMask:
			if len(content) == 4 {
				l.mask = append(net.IPMask{}, content...)
			}
		case optionRouter:
			l.routers = append(l.routers, addresses(content)...)
		case optionDNS:
			l.nameservers = append(l.nameservers, addresses(content)...)
		case optionDomainName:
			l.domain = string(bytes.TrimRight(content, "\x00"))
		case optionMTU:
			if len(content) == 2 {
				l.mtu = int(binary.BigEndian.Uint16(content))
			}
		case optionLease:
			if len(content) == 4 {
				l.duration = time.Duration(binary.BigEndian.Uint32(content)) * time.Second
			}
		case optionOverload:
			if len(content) == 1 {
				*overload = content[0]
			}
		}
	}
}

func addresses(content []byte) []net.IP {
	var all []net.IP
	for ; len(content) >= 4; content = content[4:] {
		all = append(all, append(net.IP{}, content[:4]...))
	}
	return all
}
