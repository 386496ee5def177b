package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

const (
	versionKey = "guestinfo.vic/version"
	runKey     = "guestinfo.vic/run"
	configKey  = "guestinfo.vic/config"
	reviseKey  = "guestinfo.vic/revision"
	reportKey  = "guestinfo.vic.report"
	commandKey = "guestinfo.vic/command"
	ackKey     = "guestinfo.vic.ack"
)

// A config is what the guest is to do; GuestProtocol (Java) describes it.
type config struct {
	ID               string          `json:"id"`
	Revision         int64           `json:"revision"`
	Hostname         string          `json:"hostname"`
	PowerOffWhenDone *bool           `json:"powerOffWhenDone"`
	Disks            []diskConfig    `json:"disks"`
	Networks         []networkConfig `json:"networks"`
	Sessions         []sessionConfig `json:"sessions"`
	Hosts            []hostConfig    `json:"hosts"`
	Searches         []string        `json:"searches"`
	Nameservers      []string        `json:"nameservers"`
	ResolverOptions  []string        `json:"resolverOptions"`
	Domain           string          `json:"domain"`
	MemoryVolumes    []memoryConfig  `json:"memoryVolumes"`
	DeadlineMillis   int64           `json:"deadlineMillis"`
}

type diskConfig struct {
	FileSystem string `json:"fileSystem"`
	Role       string `json:"role"`
}

type memoryConfig struct {
	FileSystem string `json:"fileSystem"`
	SizeBytes  int64  `json:"sizeBytes"`
}

type networkConfig struct {
	Network     string   `json:"network"`
	Addresses   []string `json:"addresses"`
	Gateways    []string `json:"gateways"`
	Nameservers []string `json:"nameservers"`
}

type hostConfig struct {
	Address string   `json:"address"`
	Names   []string `json:"names"`
}

type sessionConfig struct {
	Name             string         `json:"name"`
	Layers           []string       `json:"layers"`
	Scratch          string         `json:"scratch"`
	ReadOnlyRoot     bool           `json:"readOnlyRoot"`
	Mounts           []mountConfig  `json:"mounts"`
	Argv             []string       `json:"argv"`
	Env              []string       `json:"env"`
	TakesAddresses   bool           `json:"takesAddresses"`
	WorkingDirectory string         `json:"workingDirectory"`
	User             string         `json:"user"`
	Groups           []string       `json:"groups"`
	TTY              bool           `json:"tty"`
	Stdin            bool           `json:"stdin"`
	StopSignal       string         `json:"stopSignal"`
	RestartPolicy    string         `json:"restartPolicy"`
	Umask            string         `json:"umask"`
	Rlimits          []rlimitConfig `json:"rlimits"`
	Capabilities     []string       `json:"capabilities"`
	NoNewPrivileges  bool           `json:"noNewPrivileges"`
	Tmpfs            []tmpfsConfig  `json:"tmpfs"`
	Health           *healthConfig  `json:"health"`
	lifecycleConfig
	resourceConfig
}

type mountConfig struct {
	FileSystem string `json:"fileSystem"`
	Path       string `json:"path"`
	SubPath    string `json:"subPath"`
	ReadOnly   bool   `json:"readOnly"`
	Seeded     *bool  `json:"seeded"`
	Group      *int   `json:"group"`
}

type rlimitConfig struct {
	Name string `json:"name"`
	Soft int64  `json:"soft"`
	Hard int64  `json:"hard"`
}

type tmpfsConfig struct {
	Path      string          `json:"path"`
	SizeBytes int64           `json:"sizeBytes"`
	Mode      json.RawMessage `json:"mode"`
}

type healthConfig struct {
	Argv              []string `json:"argv"`
	IntervalMillis    int64    `json:"intervalMillis"`
	TimeoutMillis     int64    `json:"timeoutMillis"`
	StartPeriodMillis int64    `json:"startPeriodMillis"`
	Retries           int      `json:"retries"`
}

// readConfig reads what the guest is to do, and which start of the VM this is.
func readConfig(host host) (*config, int64, error) {
	version, err := required(host, versionKey)
	if err != nil {
		return nil, 0, err
	}
	if version != "1" {
		return nil, 0, fmt.Errorf("version %q of the guest protocol; this tether speaks 1", version)
	}
	text, err := required(host, runKey)
	if err != nil {
		return nil, 0, err
	}
	run, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, 0, fmt.Errorf("variable %s is %q, no number", runKey, text)
	}
	document, err := readDocument(host, configKey)
	if err != nil {
		return nil, 0, err
	}
	config := &config{}
	if err := json.Unmarshal([]byte(document), config); err != nil {
		return nil, 0, fmt.Errorf("variable %s: %w", configKey, err)
	}
	if err := config.check(); err != nil {
		return nil, 0, fmt.Errorf("variable %s: %w", configKey, err)
	}
	return config, run, nil
}

func (c *config) check() error {
	if c.Hostname == "" {
		c.Hostname = c.ID
		if len(c.Hostname) > 12 {
			c.Hostname = c.Hostname[:12]
		}
	}
	names := map[string]bool{}
	for i := range c.Sessions {
		s := &c.Sessions[i]
		if s.Name == "" || names[s.Name] {
			return fmt.Errorf("sessions[%d]: no name of its own: %q", i, s.Name)
		}
		names[s.Name] = true
		if len(s.Argv) == 0 {
			return fmt.Errorf("session %s: there is no program to run", s.Name)
		}
		if err := s.lifecycleConfig.check(); err != nil {
			return fmt.Errorf("session %s: %w", s.Name, err)
		}
		if s.WorkingDirectory == "" {
			s.WorkingDirectory = "/"
		}
		if s.StopSignal == "" {
			s.StopSignal = "SIGTERM"
		}
	}
	return nil
}

func (c *config) powersOff() bool { return c.PowerOffWhenDone == nil || *c.PowerOffWhenDone }

func required(host host, key string) (string, error) {
	value, ok := host.variable(key)
	if !ok {
		return "", fmt.Errorf("variable %s of the VM is missing", key)
	}
	return value, nil
}

// readDocument joins the pieces of a value that is too long for one variable.
func readDocument(host host, key string) (string, error) {
	text, err := required(host, key)
	if err != nil {
		return "", err
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 0 {
		return "", fmt.Errorf("variable %s is %q, no number of pieces", key, text)
	}
	var document strings.Builder
	for i := 0; i < count; i++ {
		piece, err := required(host, key+"."+itoa(i))
		if err != nil {
			return "", err
		}
		document.WriteString(piece)
	}
	return document.String(), nil
}
