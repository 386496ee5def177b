package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

const (
	serverPort = 67
	clientPort = 68
	firstWait  = 1 * time.Second
	longWait   = 16 * time.Second
)

// A dhcpClient gets and keeps the address of one link.
type dhcpClient struct {
	link     net.Interface
	hostname string
}

// acquire gets a lease; it tries until the context is over.
func (c *dhcpClient) acquire(ctx context.Context) (*lease, error) {
	socket, err := c.open()
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	for wait := firstWait; ; {
		transaction := newTransaction()
		offer, err := c.exchange(socket, wait, transaction, dhcpOffer,
			dhcpMessage(dhcpDiscover, transaction, c.link.HardwareAddr, c.hostname, nil))
		if err == nil && offer.server != nil {
			granted, err := c.exchange(socket, wait, transaction, dhcpAck, dhcpMessage(dhcpRequest, transaction,
				c.link.HardwareAddr, c.hostname, nil,
				addressOption(optionAddress, offer.address), addressOption(optionServer, offer.server)))
			if err == nil {
				return granted, nil
			}
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("no DHCP server has answered on %s", c.link.Name)
		}
		if wait *= 2; wait > longWait {
			wait = longWait
		}
	}
}

// renew prolongs a lease, and says whether the server agreed.
func (c *dhcpClient) renew(old *lease) (*lease, error) {
	socket, err := c.open()
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	transaction := newTransaction()
	return c.exchange(socket, 4*time.Second, transaction, dhcpAck,
		dhcpMessage(dhcpRequest, transaction, c.link.HardwareAddr, c.hostname, old.address))
}

func newTransaction() uint32 {
	var bytes [4]byte
	rand.Read(bytes[:])
	return binary.BigEndian.Uint32(bytes[:])
}

// open makes a socket that hears of this link only, and may broadcast before it has an address.
func (c *dhcpClient) open() (net.PacketConn, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), "dhcp")
	defer file.Close()
	for _, option := range []int{syscall.SO_REUSEADDR, syscall.SO_BROADCAST} {
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, option, 1); err != nil {
			return nil, os.NewSyscallError("setsockopt", err)
		}
	}
	if err := syscall.SetsockoptString(fd, syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, c.link.Name); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: clientPort}); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	return net.FilePacketConn(file)
}

// exchange sends a message and waits for the answer of a kind.
func (c *dhcpClient) exchange(socket net.PacketConn, wait time.Duration, transaction uint32, kind byte, message []byte) (*lease, error) {
	if _, err := socket.WriteTo(message, &net.UDPAddr{IP: net.IPv4bcast, Port: serverPort}); err != nil {
		time.Sleep(100 * time.Millisecond) // The link may just be coming up.
		return nil, err
	}
	socket.SetReadDeadline(time.Now().Add(wait))
	buffer := make([]byte, 2048)
	for {
		n, _, err := socket.ReadFrom(buffer)
		if err != nil {
			return nil, err
		}
		l, err := parseDHCP(buffer[:n], transaction, c.link.HardwareAddr)
		if err != nil {
			continue
		}
		if l.kind == dhcpNak {
			return nil, fmt.Errorf("the DHCP server has refused")
		}
		if l.kind == kind {
			return l, nil
		}
	}
}
