// A pipe through TLS: what comes from the standard input goes to a server, and what that answers to the standard output.
// The tether runs it for probes; in the tether itself, TLS would be read from the disk at each boot, and is seldom used.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: tls HOST:PORT TIMEOUT")
		os.Exit(2)
	}
	if err := relay(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func relay(address, timeout string) error {
	patience, err := time.ParseDuration(timeout)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(patience)
	dialer := &net.Dialer{Deadline: deadline}
	connection, err := dialer.Dial("tcp", address)
	if err != nil {
		return err
	}
	connection.SetDeadline(deadline)
	// Whoever's certificate is taken, as kubelets do.
	client := tls.Client(connection, &tls.Config{
		ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	if err := client.Handshake(); err != nil {
		return err
	}
	go io.Copy(client, os.Stdin)
	_, err = io.Copy(os.Stdout, client)
	return err
}
