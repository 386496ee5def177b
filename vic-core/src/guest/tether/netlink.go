package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// A netlink tells the kernel of links, addresses and routes (rtnetlink(7)).
type netlink struct {
	fd  int
	seq uint32
}

func openNetlink() (*netlink, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	if err != nil {
		return nil, os.NewSyscallError("netlink", err)
	}
	return &netlink{fd: fd}, nil
}

func (n *netlink) close() { syscall.Close(n.fd) }

// attribute is a struct rtattr with its content.
func attribute(kind int, content []byte) []byte {
	length := 4 + len(content)
	out := make([]byte, (length+3)&^3)
	binary.LittleEndian.PutUint16(out, uint16(length))
	binary.LittleEndian.PutUint16(out[2:], uint16(kind))
	copy(out[4:], content)
	return out
}

func word32(value int) []byte {
	out := make([]byte, 4)
	binary.LittleEndian.PutUint32(out, uint32(value))
	return out
}

// call sends a request and waits for what the kernel says to it.
func (n *netlink) call(kind, flags int, body []byte, attributes ...[]byte) error {
	n.seq++
	message := make([]byte, syscall.NLMSG_HDRLEN)
	message = append(message, body...)
	for _, a := range attributes {
		message = append(message, a...)
	}
	*(*syscall.NlMsghdr)(unsafe.Pointer(&message[0])) = syscall.NlMsghdr{
		Len: uint32(len(message)), Type: uint16(kind),
		Flags: uint16(syscall.NLM_F_REQUEST | syscall.NLM_F_ACK | flags), Seq: n.seq,
	}
	if err := syscall.Sendto(n.fd, message, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	buffer := make([]byte, 8192)
	for {
		size, _, err := syscall.Recvfrom(n.fd, buffer, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		answers, err := syscall.ParseNetlinkMessage(buffer[:size])
		if err != nil {
			return err
		}
		for _, answer := range answers {
			if answer.Header.Seq != n.seq || answer.Header.Type != syscall.NLMSG_ERROR {
				continue
			}
			if code := int32(binary.LittleEndian.Uint32(answer.Data)); code != 0 {
				return syscall.Errno(-code)
			}
			return nil
		}
	}
}

// up brings a link up.
func (n *netlink) up(link int) error { return n.setUp(link, syscall.IFF_UP) }

// down takes a link down, and with it the routes that lead there.
func (n *netlink) down(link int) error { return n.setUp(link, 0) }

func (n *netlink) setUp(link int, flags uint32) error {
	body := make([]byte, syscall.SizeofIfInfomsg)
	*(*syscall.IfInfomsg)(unsafe.Pointer(&body[0])) = syscall.IfInfomsg{
		Index: int32(link), Flags: flags, Change: syscall.IFF_UP,
	}
	return n.call(syscall.RTM_NEWLINK, 0, body)
}

// address gives a link an address. That of IPv6 is taken without asking whether another machine has it.
func (n *netlink) address(link int, ip net.IP, prefix int) error {
	const ifaFlagNoDAD = 0x02
	family, raw := addressBytes(ip)
	body := make([]byte, syscall.SizeofIfAddrmsg)
	m := (*syscall.IfAddrmsg)(unsafe.Pointer(&body[0]))
	*m = syscall.IfAddrmsg{Family: family, Prefixlen: uint8(prefix), Index: uint32(link)}
	attributes := [][]byte{attribute(syscall.IFA_LOCAL, raw), attribute(syscall.IFA_ADDRESS, raw)}
	if family == syscall.AF_INET6 {
		m.Flags = ifaFlagNoDAD
	} else if prefix < 31 {
		broadcast := append([]byte{}, raw...)
		for i := prefix; i < 32; i++ {
			broadcast[i/8] |= 1 << uint(7-i%8)
		}
		attributes = append(attributes, attribute(syscall.IFA_BROADCAST, broadcast))
	}
	return n.call(syscall.RTM_NEWADDR, syscall.NLM_F_CREATE|syscall.NLM_F_REPLACE, body, attributes...)
}

// removeAddress takes an address from a link.
func (n *netlink) removeAddress(link int, ip net.IP, prefix int) error {
	family, raw := addressBytes(ip)
	body := make([]byte, syscall.SizeofIfAddrmsg)
	*(*syscall.IfAddrmsg)(unsafe.Pointer(&body[0])) = syscall.IfAddrmsg{
		Family: family, Prefixlen: uint8(prefix), Index: uint32(link),
	}
	return n.call(syscall.RTM_DELADDR, 0, body, attribute(syscall.IFA_LOCAL, raw))
}

// route sends what is for a network (nil: for all) by a gateway, or by the link alone.
func (n *netlink) route(link int, to *net.IPNet, gateway net.IP, metric int) error {
	sample := gateway
	if sample == nil {
		if to == nil {
			return fmt.Errorf("a route to nowhere")
		}
		sample = to.IP
	}
	family, raw := addressBytes(sample)
	body := make([]byte, syscall.SizeofRtMsg)
	m := (*syscall.RtMsg)(unsafe.Pointer(&body[0]))
	*m = syscall.RtMsg{
		Family: family, Table: syscall.RT_TABLE_MAIN, Protocol: syscall.RTPROT_BOOT,
		Scope: syscall.RT_SCOPE_UNIVERSE, Type: syscall.RTN_UNICAST,
	}
	attributes := [][]byte{attribute(syscall.RTA_OIF, word32(link)), attribute(syscall.RTA_PRIORITY, word32(metric))}
	if gateway != nil {
		attributes = append(attributes, attribute(syscall.RTA_GATEWAY, raw))
	} else {
		m.Scope = syscall.RT_SCOPE_LINK
	}
	if to != nil {
		ones, _ := to.Mask.Size()
		m.Dst_len = uint8(ones)
		_, destination := addressBytes(to.IP)
		attributes = append(attributes, attribute(syscall.RTA_DST, destination))
	}
	return n.call(syscall.RTM_NEWROUTE, syscall.NLM_F_CREATE|syscall.NLM_F_REPLACE, body, attributes...)
}

func addressBytes(ip net.IP) (uint8, []byte) {
	if four := ip.To4(); four != nil {
		return syscall.AF_INET, four
	}
	return syscall.AF_INET6, ip.To16()
}
