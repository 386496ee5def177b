package main

import (
	"os"
	"strings"
	"syscall"
)

// addEtc mounts the files that say what this machine is called and whom it asks for names.
func (r *root) addEtc(t *tether) error {
	dir := r.dir + "/etc"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	t.mu.Lock()
	files := map[string]string{
		"hosts":       hostsFile(t.config, t.addresses),
		"hostname":    t.config.Hostname + "\n",
		"resolv.conf": t.network.resolvFile(),
	}
	t.mu.Unlock()
	for name, content := range files {
		if err := os.WriteFile(dir+"/"+name, []byte(content), 0o644); err != nil {
			return err
		}
		target, err := makeFile(r.top, "/etc/"+name)
		if err != nil {
			return err
		}
		err = r.mountOn(target, dir+"/"+name, "", syscall.MS_BIND, "")
		target.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// etcFile is where such a file is kept; "" where there is no root.
func (r *root) etcFile(name string) string {
	if r == nil {
		return ""
	}
	return r.dir + "/etc/" + name
}

func hostsFile(config *config, addresses []string) string {
	var out strings.Builder
	out.WriteString("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" +
		"fe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n")
	if len(addresses) == 0 {
		addresses = []string{"127.0.1.1"}
	}
	name := config.Hostname
	if config.Domain != "" {
		name += "." + config.Domain + "\t" + name
	}
	for _, address := range addresses {
		out.WriteString(address + "\t" + name + "\n")
	}
	for _, host := range config.Hosts {
		out.WriteString(host.Address + "\t" + strings.Join(host.Names, " ") + "\n")
	}
	return out.String()
}

func resolvFile(nameservers, searches, options []string) string {
	var out strings.Builder
	if len(searches) > 0 {
		out.WriteString("search " + strings.Join(searches, " ") + "\n")
	}
	for _, server := range nameservers {
		out.WriteString("nameserver " + server + "\n")
	}
	if len(options) > 0 {
		out.WriteString("options " + strings.Join(options, " ") + "\n")
	}
	return out.String()
}
