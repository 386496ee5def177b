package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// So long sessions wait for their networks; those that come later are reported all the same.
const networkPatience = 10 * time.Second

// A network is what is known of this machine's networks.
type network struct {
	tether      *tether
	nameservers []string // guarded by the tether's lock, as the rest
	domains     []string
	addresses   map[int][]string
	addressed   chan struct{} // closed when this machine has an address
}

func setUpLoopback() error {
	netlink, err := openNetlink()
	if err != nil {
		return err
	}
	defer netlink.close()
	return netlink.up(1)
}

// setUpNetworks sets the networks up, and returns when they are, or have had their time.
func (t *tether) setUpNetworks(modules *modules) {
	n := t.network
	if len(t.config.Networks) == 0 {
		return
	}
	var drivers []string
	for _, name := range modules.forBus("pci") {
		if contains(networkModules, name) {
			drivers = append(drivers, name)
		}
	}
	drivers = append(drivers, modules.forBus("virtio")...)
	if err := modules.load(drivers...); err != nil {
		say("%v", err)
	}
	done := make(chan struct{}, len(t.config.Networks))
	links := adapters(len(t.config.Networks))
	for i := range t.config.Networks {
		if i >= len(links) {
			say("network %s: this machine has no adapter for it", t.config.Networks[i].Network)
			done <- struct{}{}
			continue
		}
		go func(i int) {
			defer lastWords()
			n.setUp(i, links[i], &t.config.Networks[i], func() { done <- struct{}{} })
		}(i)
	}
	late := time.After(networkPatience)
	for range t.config.Networks {
		select {
		case <-done:
		case <-late:
			say("sessions begin without all of their networks")
			return
		}
	}
}

// adapters names the network links, in the order of their places on the PCI bus. The kernel makes them when their driver
// has found the device.
func adapters(count int) []string {
	end := time.Now().Add(2 * time.Second)
	for {
		found := map[string]string{}
		var places []string
		files, _ := filepath.Glob("/sys/class/net/*/device")
		for _, file := range files {
			if place, err := filepath.EvalSymlinks(file); err == nil {
				place = strings.TrimSuffix(place, "/")
				found[place] = filepath.Base(filepath.Dir(file))
				places = append(places, place)
			}
		}
		if len(places) >= count || time.Now().After(end) {
			sort.Strings(places)
			var names []string
			for _, place := range places {
				names = append(names, found[place])
			}
			return names
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// setUp sets one network up, and keeps its lease. ready is called when it can be used, or never will.
func (n *network) setUp(index int, name string, config *networkConfig, ready func()) {
	err := n.configure(index, name, config, ready)
	if err != nil {
		say("network %s: %v", config.Network, err)
		ready()
	}
}

func (n *network) configure(index int, name string, config *networkConfig, ready func()) error {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	netlink, err := openNetlink()
	if err != nil {
		return err
	}
	defer netlink.close()
	if err := netlink.up(link.Index); err != nil {
		return fmt.Errorf("%s up: %w", name, err)
	}
	metric := 100 + index
	if len(config.Addresses) > 0 {
		if err := n.static(netlink, link, config, metric); err != nil {
			return err
		}
		n.learn(index, bare(config.Addresses), config.Nameservers, "")
		ready()
		return nil
	}
	client := &dhcpClient{link: *link, hostname: n.tether.config.Hostname}
	waits := ready
	for {
		l, err := client.acquire(context.Background())
		if err != nil {
			return err
		}
		if err := apply(netlink, link, l, metric); err != nil {
			return err
		}
		var servers []string
		for _, server := range l.nameservers {
			servers = append(servers, server.String())
		}
		n.learn(index, []string{l.address.String()}, servers, l.domain)
		waits()
		waits = func() {}
		client.keep(l)
	}
}

// keep prolongs a lease for as long as the server agrees.
func (c *dhcpClient) keep(l *lease) {
	end := time.Now().Add(l.duration)
	for {
		left := time.Until(end)
		if left <= 0 {
			return
		}
		wait := left / 2
		if wait < time.Minute {
			wait = time.Minute
		}
		time.Sleep(wait)
		if renewed, err := c.renew(l); err == nil {
			end = time.Now().Add(renewed.duration)
		}
	}
}

func apply(netlink *netlink, link *net.Interface, l *lease, metric int) error {
	prefix, _ := l.mask.Size()
	if err := netlink.address(link.Index, l.address, prefix); err != nil {
		return fmt.Errorf("address %s: %w", l.address, err)
	}
	if len(l.routers) > 0 {
		if err := netlink.route(link.Index, nil, l.routers[0], metric); err != nil {
			return fmt.Errorf("gateway %s: %w", l.routers[0], err)
		}
	}
	return nil
}

func (n *network) static(netlink *netlink, link *net.Interface, config *networkConfig, metric int) error {
	for _, text := range config.Addresses {
		ip, subnet, err := net.ParseCIDR(text)
		if err != nil {
			return err
		}
		prefix, _ := subnet.Mask.Size()
		if err := netlink.address(link.Index, ip, prefix); err != nil {
			return fmt.Errorf("address %s: %w", text, err)
		}
	}
	for _, text := range config.Gateways {
		ip := net.ParseIP(text)
		if ip == nil {
			return fmt.Errorf("gateway %q is no address", text)
		}
		if err := netlink.route(link.Index, nil, ip, metric); err != nil {
			return fmt.Errorf("gateway %s: %w", text, err)
		}
	}
	return nil
}

// bare takes the lengths of their prefixes from addresses.
func bare(addresses []string) []string {
	var out []string
	for _, address := range addresses {
		ip, _, _ := strings.Cut(address, "/")
		out = append(out, ip)
	}
	return out
}

// learn takes in what a network has brought, and reports it.
func (n *network) learn(index int, addresses, nameservers []string, domain string) {
	t := n.tether
	t.mu.Lock()
	defer t.mu.Unlock()
	n.setAddresses(index, addresses)
	for _, server := range nameservers {
		if !contains(n.nameservers, server) {
			n.nameservers = append(n.nameservers, server)
		}
	}
	if domain != "" && !contains(n.domains, domain) {
		n.domains = append(n.domains, domain)
	}
	t.report()
	os.WriteFile("/etc/resolv.conf", []byte(n.resolvFile()), 0o644) // The tether's own, for probes.
	for _, s := range t.sessions {                                  // Of networks that came late.
		select {
		case <-s.rooted:
			file := s.root.etcFile("resolv.conf")
			if file != "" {
				os.WriteFile(file, []byte(n.resolvFile()), 0o644)
			}
		default:
		}
	}
}

// setAddresses keeps the addresses of one network among those of all. The lock is held.
func (n *network) setAddresses(index int, addresses []string) {
	t := n.tether
	n.addresses[index] = addresses
	t.addresses = nil
	for i := range t.config.Networks {
		t.addresses = append(t.addresses, n.addresses[i]...)
	}
	if len(t.addresses) > 0 && !isClosed(n.addressed) {
		close(n.addressed)
	}
}

// resolvFile says whom this machine asks for names, and how. The lock is held.
func (n *network) resolvFile() string {
	config := n.tether.config
	nameservers, searches := n.nameservers, n.domains
	if len(config.Nameservers) > 0 {
		nameservers = config.Nameservers
	}
	if len(config.Searches) > 0 {
		searches = config.Searches
	}
	return resolvFile(nameservers, searches, config.ResolverOptions)
}
