package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// An HTTP/2 server that somebody else wrote judges the call, and answers with headers as compressed as usual.
func TestCall_isUnderstoodByNginx(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx = "/usr/sbin/nginx"
	}
	if _, err := os.Stat(nginx); err != nil {
		if os.Getenv("VIC_ORACLES") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	os.Chmod(dir, 0o755)
	os.MkdirAll(dir+"/grpc.health.v1.Health", 0o755)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	var temporary strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary.WriteString(kind + "_temp_path " + dir + "/" + kind + ";\n")
	}
	// Nginx refuses to POST to a file, and so is told to answer with it all the same.
	os.WriteFile(dir+"/conf", []byte(fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/errors;
events {}
http { %[2]s log_format f '$request|$http_user_agent|$http_te|$content_type'; access_log %[1]s/access f;
server { listen 127.0.0.1:%[3]d http2; root %[1]s; error_page 405 =200 $uri; } }
`, dir, temporary.String(), port)), 0o644)
	server := exec.Command(nginx, "-c", dir+"/conf", "-p", dir, "-e", dir+"/errors")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		server.Process.Kill()
		server.Wait()
	}()
	for tries := 0; ; tries++ {
		connection, err := net.Dial("tcp", address("", port))
		if err == nil {
			connection.Close()
			break
		}
		if tries == 200 {
			text, _ := os.ReadFile(dir + "/errors")
			t.Fatalf("%v: %s", err, text)
		}
		time.Sleep(10 * time.Millisecond)
	}
	c := &grpcConfig{Port: port, Service: "liveness"}
	if err := c.check(soon(t)); err == nil || !strings.Contains(err.Error(), "no such service") {
		t.Errorf("404: %v", err)
	}
	os.WriteFile(dir+"/grpc.health.v1.Health/Check", []byte("\x00\x00\x00\x00\x02\x08\x01"), 0o644)
	if err := c.check(soon(t)); err != nil {
		text, _ := os.ReadFile(dir + "/errors")
		t.Errorf("%v: %s", err, text)
	}
	wanted := "POST /grpc.health.v1.Health/Check HTTP/2.0|kube-probe/1.0|trailers|application/grpc"
	if text, _ := os.ReadFile(dir + "/access"); strings.Count(string(text), wanted) != 2 {
		t.Error(string(text))
	}
}
