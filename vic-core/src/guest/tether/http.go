package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// An httpConfig is a GET; GuestAction.HttpGet (Java) describes it. It is spoken here by hand, for Go's own client is larger
// than the rest of the tether.
type httpConfig struct {
	Host    string       `json:"host"`
	Port    int          `json:"port"`
	Path    string       `json:"path"`
	TLS     bool         `json:"tls"`
	Headers []httpHeader `json:"headers"`
}

type httpHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

const (
	httpHeadBytes = 64 << 10
	httpRedirects = 10
)

// get asks, and goes where it is sent on the same host, as kubelets do.
func (c *httpConfig) get(ctx context.Context) error {
	at := *c
	for redirects := 0; ; redirects++ {
		status, location, err := at.ask(ctx)
		if err != nil {
			if ctx.Err() == context.DeadlineExceeded || errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
				err = errors.New("context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
			}
			return fmt.Errorf("Get %q: %w", at.url(), err)
		}
		if status < 200 || status >= 400 {
			return fmt.Errorf("HTTP probe failed with statuscode: %d", status)
		}
		if status < 300 || !isRedirect(status) || location == "" || !at.follow(location) {
			return nil
		}
		if redirects+1 >= httpRedirects {
			return fmt.Errorf("Get %q: stopped after %d redirects", at.url(), httpRedirects)
		}
	}
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

// isRedirect says whether clients are to go elsewhere (RFC 9110, section 15.4): 300, 304 and 305 say something else.
func isRedirect(status int) bool {
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308
}

func (c *httpConfig) url() string {
	scheme := "http"
	if c.TLS {
		scheme = "https"
	}
	return scheme + "://" + address(c.Host, c.Port) + c.Path
}

// follow goes to another place, unless that is on another host (RFC 3986, section 5.2, as far as it is needed).
func (c *httpConfig) follow(location string) bool {
	location, _, _ = strings.Cut(location, "#")
	next := *c
	scheme, rest, absolute := strings.Cut(location, "://")
	if absolute && !strings.ContainsAny(scheme, "/?") {
		switch strings.ToLower(scheme) {
		case "http":
			next.TLS, next.Port = false, 80
		case "https":
			next.TLS, next.Port = true, 443
		default:
			return false
		}
	} else if strings.HasPrefix(location, "//") {
		rest, absolute = location[2:], true
		next.Port = 80
		if next.TLS {
			next.Port = 443
		}
	} else {
		absolute = false
	}
	if absolute {
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		host := rest[:end]
		if next.Path = rest[end:]; !strings.HasPrefix(next.Path, "/") {
			next.Path = "/" + next.Path
		}
		if name, port, err := net.SplitHostPort(host); err == nil {
			number, err := strconv.Atoi(port)
			if err != nil {
				return false
			}
			host, next.Port = name, number
		}
		mine, _, _ := net.SplitHostPort(address(c.Host, c.Port))
		if !strings.EqualFold(strings.Trim(host, "[]"), mine) {
			return false
		}
	} else if strings.HasPrefix(location, "/") {
		next.Path = location
	} else {
		path, _, _ := strings.Cut(c.Path, "?")
		if !strings.HasPrefix(location, "?") {
			path = path[:strings.LastIndexByte(path, '/')+1]
		}
		next.Path = path + location
	}
	*c = next
	return true
}

// ask sends one request, and returns the status of its answer, and where that sends to.
func (c *httpConfig) ask(ctx context.Context) (status int, location string, err error) {
	var connection io.ReadWriteCloser
	if c.TLS {
		connection, err = connectTLS(ctx, c.Host, c.Port)
	} else {
		connection, err = connect(ctx, c.Host, c.Port)
	}
	if err != nil {
		return 0, "", err
	}
	defer connection.Close()
	done := make(chan struct{})
	defer close(done)
	go func() { // The process may end before the time is over.
		select {
		case <-ctx.Done():
			connection.Close()
		case <-done:
		}
	}()
	if _, err := io.WriteString(connection, c.request()); err != nil {
		return 0, "", err
	}
	return readHead(connection)
}

func (c *httpConfig) request() string {
	fields := [][2]string{{"Host", address(c.Host, c.Port)}, {"User-Agent", "kube-probe/1.0"}, {"Accept", "*/*"}}
	var out strings.Builder
	out.WriteString("GET " + escaped(c.Path) + " HTTP/1.1\r\n")
	for _, field := range fields { // The first of its name is what is told; empty, it is left out.
		for _, header := range c.Headers {
			if strings.EqualFold(header.Name, field[0]) {
				field[1] = header.Value
				break
			}
		}
		if field[1] != "" {
			out.WriteString(field[0] + ": " + field[1] + "\r\n")
		}
	}
	for _, header := range c.Headers {
		switch strings.ToLower(header.Name) {
		case "host", "user-agent", "accept", "connection":
		default:
			out.WriteString(header.Name + ": " + header.Value + "\r\n")
		}
	}
	out.WriteString("Connection: close\r\n\r\n")
	return out.String()
}

// escaped writes what must not be in a request's target in its escaped form.
func escaped(path string) string {
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] <= ' ' || path[i] >= 0x7f || path[i] == '"' || path[i] == '<' || path[i] == '>' {
			fmt.Fprintf(&out, "%%%02X", path[i])
		} else {
			out.WriteByte(path[i])
		}
	}
	return out.String()
}

// readHead reads the head of an answer (RFC 9112, section 4), and passes over those that only announce it.
func readHead(in io.Reader) (status int, location string, err error) {
	lines := bufio.NewReader(io.LimitReader(in, httpHeadBytes))
	for status < 200 && status != 101 {
		line, err := readLine(lines)
		if err != nil {
			return 0, "", err
		}
		version, rest, _ := strings.Cut(line, " ")
		code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
		status, err = strconv.Atoi(code)
		if !strings.HasPrefix(version, "HTTP/1.") || err != nil || len(code) != 3 || status < 100 {
			return 0, "", fmt.Errorf("net/http: HTTP/1.x transport connection broken: malformed HTTP response %q",
				shortened(line, 80))
		}
		for {
			line, err := readLine(lines)
			if err != nil {
				return 0, "", err
			}
			if line == "" {
				break
			}
			if name, value, _ := strings.Cut(line, ":"); location == "" && strings.EqualFold(name, "location") {
				location = strings.TrimSpace(value)
			}
		}
	}
	return status, location, nil
}

func readLine(lines *bufio.Reader) (string, error) {
	line, err := lines.ReadString('\n')
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
		if line == "" {
			err = io.EOF
		}
	}
	return strings.TrimRight(line, "\r\n"), err
}
