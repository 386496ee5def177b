package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	portPrefix   = "io.vic4j."
	portPatience = 5 * time.Second
)

// Of QEMU, the variables at boot lie in the firmware's configuration, or come with the word to wake; later changes are lines
// of a virtio-serial port in each direction.
type qemu struct {
	mu      sync.Mutex
	values  map[string]string
	ports   map[string]string // the device of each name
	guest   *os.File
	host    *os.File
	lines   *bufio.Reader // of the host's
	changed chan struct{}
	linked  chan struct{}
}

// bootedQemu is the host of a machine that was powered on.
func bootedQemu(modules *modules) (*qemu, error) {
	q := newQemu()
	firmware := background(func() error { return q.readFirmware(modules) })
	if err := q.connect(modules); err != nil {
		return nil, err
	}
	if err := <-firmware; err != nil {
		return nil, err
	}
	go q.listen()
	return q, nil
}

func newQemu() *qemu {
	// What cannot be recovered from in Go ends process 1, and so in a panic of the kernel: QEMU ends where a machine restarts.
	tellKernel("/proc/sys/kernel/panic", "-1")
	openSerialConsole()
	return &qemu{
		values: map[string]string{}, ports: map[string]string{}, changed: make(chan struct{}, 1), linked: make(chan struct{}, 1),
	}
}

// connect opens the ports for variables.
func (q *qemu) connect(modules *modules) error {
	if err := modules.load("virtio_pci"); err != nil {
		say("%v", err)
	}
	if err := modules.load(modules.forBus("virtio")...); err != nil {
		say("%v", err)
	}
	device, err := q.port("guest")
	if err != nil {
		return err
	}
	// A write that may block returns when the host has taken it.
	if q.guest, err = openPort(device, syscall.O_WRONLY); err != nil {
		return err
	}
	// The last of all ports: the others are there, too.
	if device, err = q.port("host"); err != nil {
		return err
	}
	if q.host, err = openPort(device, syscall.O_RDWR|syscall.O_NONBLOCK); err != nil {
		return err
	}
	q.lines = bufio.NewReaderSize(&port{file: q.host}, 64<<10)
	return nil
}

// openSerialConsole lets the tether speak on the first serial port, where QEMU's console is, if the kernel does not.
func openSerialConsole() {
	active, err := os.ReadFile("/sys/class/tty/console/active")
	if err != nil || strings.Contains(string(active), "ttyS0") {
		return
	}
	file, err := os.OpenFile(devDir+"/ttyS0", os.O_WRONLY|syscall.O_NOCTTY, 0)
	if err == nil {
		serialConsole = file
	}
}

func (q *qemu) readFirmware(modules *modules) error {
	if err := modules.load("qemu_fw_cfg"); err != nil {
		return err
	}
	text, err := os.ReadFile("/sys/firmware/qemu_fw_cfg/by_name/opt/io.vic4j/variables/raw")
	if err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := json.Unmarshal(text, &q.values); err != nil {
		return fmt.Errorf("the variables: %w", err)
	}
	return nil
}

// port finds the device of a virtio-serial port. The driver learns of them one by one.
func (q *qemu) port(name string) (string, error) {
	end := time.Now().Add(portPatience)
	for {
		q.mu.Lock()
		device, ok := q.ports[portPrefix+name]
		if !ok {
			files, _ := filepath.Glob("/sys/class/virtio-ports/*/name")
			for _, file := range files {
				if text, err := os.ReadFile(file); err == nil {
					q.ports[strings.TrimSpace(string(text))] = filepath.Base(filepath.Dir(file))
				}
			}
			device, ok = q.ports[portPrefix+name]
		}
		q.mu.Unlock()
		if ok {
			return devDir + "/" + device, nil
		}
		if time.Now().After(end) {
			return "", fmt.Errorf("this machine has no virtio-serial port %s%s", portPrefix, name)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func openPort(device string, flags int) (*os.File, error) {
	for tries := 0; ; tries++ {
		fd, err := syscall.Open(device, flags|syscall.O_CLOEXEC, 0)
		if err == nil {
			return os.NewFile(uintptr(fd), device), nil
		}
		if tries == 100 { // The node comes a moment after the name.
			return nil, &os.PathError{Op: "open", Path: device, Err: err}
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (q *qemu) variable(key string) (string, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	value, ok := q.values[key]
	return value, ok
}

type guestLine struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (q *qemu) set(key, value string) error {
	line, err := json.Marshal(guestLine{key, value})
	if err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.values[key] = value
	line = append(line, '\n')
	for len(line) > 0 { // The driver takes up to 32 KiB at once.
		n, err := syscall.Write(int(q.guest.Fd()), line)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		line = line[n:]
	}
	return nil
}

func (q *qemu) changes() <-chan struct{} { return q.changed }

func (q *qemu) linkChanges() <-chan struct{} { return q.linked }

// next takes in a line of the host's.
func (q *qemu) next() (key, value string, err error) {
	text, err := q.lines.ReadString('\n')
	if err != nil {
		return "", "", err
	}
	var line guestLine
	if json.Unmarshal([]byte(text), &line) != nil || line.Key == "" {
		return "", "", nil // It was cut off.
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.values[line.Key] = line.Value
	return line.Key, line.Value, nil
}

func (q *qemu) listen() {
	defer lastWords()
	for {
		key, _, err := q.next()
		switch {
		case err != nil:
			say("%s: %v", q.host.Name(), err)
			return
		case key == "":
		case strings.HasPrefix(key, hostLinkKey):
			tell(q.linked)
		default:
			tell(q.changed)
		}
	}
}

func (q *qemu) log(index int) (io.Writer, error) {
	device, err := q.port("log." + itoa(index))
	if err != nil {
		return nil, err
	}
	file, err := openPort(device, syscall.O_WRONLY|syscall.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (q *qemu) link() io.ReadWriter {
	device, err := q.port("link")
	if err != nil {
		return nil
	}
	file, err := openPort(device, syscall.O_RDWR|syscall.O_NONBLOCK)
	if err != nil {
		say("%v", err)
		return nil
	}
	return &port{file: file}
}

// A port is a virtio-serial port whose host comes and goes: while there is none, reads wait, or end if they are told to.
type port struct {
	file *os.File
	ends bool
}

func (p *port) Read(buffer []byte) (n int, err error) {
	connection, err := p.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	waitErr := connection.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), buffer)
		if err == nil && n == 0 && p.ends {
			err = io.EOF
			return true
		}
		if err == syscall.EAGAIN || err == syscall.EINTR || (err == nil && n == 0) {
			n, err = 0, nil
			return false
		}
		return true
	})
	if err == nil {
		err = waitErr
	}
	return n, err
}

func (p *port) Write(content []byte) (int, error) { return p.file.Write(content) }
