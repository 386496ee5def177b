// vic-vcsim is the vCenter simulator that vic4j's tests run against: govmomi's, closer to vCenter where the tests rely
// on it, and with a control server for calls counted and faults injected.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path"
	"syscall"

	"github.com/vmware/govmomi/simulator"
)

// served is the line that tells a test where the simulator is and what is in it.
type served struct {
	URL        string              `json:"url"`
	User       string              `json:"user"`
	Password   string              `json:"password"`
	CAPem      string              `json:"caPem"`
	Thumbprint string              `json:"thumbprint"`
	Datacenter string              `json:"datacenter"`
	Datastores map[string]string   `json:"datastores"`
	Inventory  map[string][]string `json:"inventory"`
	Control    string              `json:"control"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "vic-vcsim:", err)
		os.Exit(1)
	}
}

func run() error {
	esx := flag.Bool("esx", false, "a standalone ESX host rather than a vCenter")
	vms := flag.Int("vms", 0, "virtual machines per pool, made at the start")
	autostart := flag.Bool("autostart", true, "power on the machines of -vms")
	datastores := flag.Int("datastores", 1, "datastores per datacenter")
	datacenters := flag.Int("datacenters", 1, "datacenters")
	folders := flag.Int("folders", 0, "datacenters in a folder of their own, with folders in them")
	hosts := flag.Int("hosts", 1, "standalone hosts per datacenter")
	clusters := flag.Int("clusters", 1, "clusters per datacenter")
	clusterHosts := flag.Int("cluster-hosts", 2, "hosts per cluster")
	pools := flag.Int("pools", 1, "resource pools per cluster, beside its root pool")
	portgroups := flag.Int("portgroups", 1, "distributed portgroups per datacenter, on one distributed switch")
	apps := flag.Int("apps", 0, "vApps per cluster")
	flag.DurationVar(&simulator.TaskDelay, "task-delay", 0, "how long tasks are queued")
	flag.IntVar(&simulator.PageObjects, "page", simulator.PageObjects, "objects per answer of the property collector, 0 for all")
	flag.DurationVar(&simulator.LeaseTimeout, "lease-timeout", simulator.LeaseTimeout, "how long an import lives without progress")
	oneServer := flag.Bool("one-server", false, "uploads of imports go to the vCenter itself, not to a host with another certificate")
	names := flag.String("names", "plain", "plain, or odd: names with spaces, signs, escaped slashes and letters that are not ASCII")
	verbose := flag.Bool("verbose", false, "log to standard error")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("no arguments are taken, but there are %q", flag.Args())
	}
	switch *names {
	case "plain":
	case "odd":
		if *folders == 0 {
			*folders = 1
		}
	default:
		return fmt.Errorf("-names is plain or odd, not %q", *names)
	}
	if !*verbose {
		log.SetOutput(io.Discard)
	}

	// All that is made on disk is under one folder, so that one removal leaves nothing.
	root, err := os.MkdirTemp("", "vic-vcsim-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if err := os.Setenv("TMPDIR", root); err != nil {
		return err
	}
	if err := simulator.SetTrash(path.Join(root, "trash")); err != nil {
		return err
	}
	simulator.Uploads = path.Join(root, "uploads")
	if err := os.Mkdir(simulator.Uploads, 0o700); err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)

	model := simulator.VPX()
	if *esx {
		model = simulator.ESX()
	} else {
		model.Datacenter = *datacenters
		model.Folder = *folders
		model.Host = *hosts
		model.Cluster = *clusters
		model.ClusterHost = *clusterHosts
		model.Pool = *pools
		model.Portgroup = *portgroups
		model.App = *apps
	}
	model.Datastore = *datastores
	model.Machine = 0
	if err := model.Create(); err != nil {
		return err
	}

	if *names == "odd" {
		simulator.OddNames()
	}
	simulator.Polish()
	if err := simulator.AddMachines(*vms, *autostart); err != nil {
		return err
	}

	authority, err := newAuthority("vic-vcsim")
	if err != nil {
		return err
	}
	leaf, err := authority.issue("localhost")
	if err != nil {
		return err
	}
	simulator.NfcThumbprint = fingerprint(leaf)
	if !*esx && !*oneServer {
		if err := serveHost(); err != nil {
			return err
		}
	}
	const user, password = "administrator@vsphere.local", "S3cret! & <more>"
	model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12}
	model.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(user, password)}
	server := model.Service.NewServer()
	if *oneServer {
		simulator.NfcAuthority = server.URL.Host
	}

	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(control, simulator.Control(model.Service)) }()

	thumbprint := sha256.Sum256(leaf.Certificate[0])
	line := served{
		URL:        "https://" + server.URL.Host + "/sdk",
		User:       user,
		Password:   password,
		CAPem:      authority.pem(),
		Thumbprint: hex.EncodeToString(thumbprint[:]),
		Control:    "http://" + control.Addr().String(),
	}
	line.Datacenter, line.Datastores, line.Inventory = simulator.Inventory()
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}

	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended <- os.Interrupt
	}()
	<-ended
	return nil
}

// serveHost takes the uploads of imports in the place of the hosts of a vCenter: elsewhere, and with a certificate that
// the vCenter's authority knows nothing of.
func serveHost() error {
	other, err := newAuthority("host")
	if err != nil {
		return err
	}
	leaf, err := other.issue("host")
	if err != nil {
		return err
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	simulator.NfcAuthority = plain.Addr().String()
	simulator.NfcThumbprint = fingerprint(leaf)
	secure := tls.NewListener(plain, &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12})
	go func() { _ = http.Serve(secure, http.HandlerFunc(simulator.ServeNFC)) }()
	return nil
}
