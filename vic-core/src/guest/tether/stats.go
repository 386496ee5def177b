package main

import (
	"os"
	"path/filepath"
	"strings"
)

type stats struct {
	Sessions             []sessionStats `json:"sessions"`
	Networks             []networkStats `json:"networks"`
	MemoryTotalBytes     int64          `json:"memoryTotalBytes"`
	MemoryAvailableBytes int64          `json:"memoryAvailableBytes"`
	UptimeMillis         int64          `json:"uptimeMillis"`
}

type sessionStats struct {
	Name            string `json:"name"`
	CPUNanos        int64  `json:"cpuNanos"`
	MemoryBytes     int64  `json:"memoryBytes"`
	MemoryPeakBytes int64  `json:"memoryPeakBytes"`
	PIDs            int64  `json:"pids"`
	ReadBytes       int64  `json:"readBytes"`
	WrittenBytes    int64  `json:"writtenBytes"`
}

type networkStats struct {
	Name          string `json:"name"`
	ReceivedBytes int64  `json:"receivedBytes"`
	SentBytes     int64  `json:"sentBytes"`
}

// stats is what the machine uses.
func (t *tether) stats() stats {
	s := stats{Sessions: []sessionStats{}, Networks: []networkStats{}, UptimeMillis: uptime().Milliseconds()}
	for _, session := range t.sessions {
		s.Sessions = append(s.Sessions, session.stats())
	}
	links, _ := filepath.Glob("/sys/class/net/*")
	for _, link := range links {
		if name := filepath.Base(link); name != "lo" {
			s.Networks = append(s.Networks, networkStats{
				name, readNumber(link + "/statistics/rx_bytes"), readNumber(link + "/statistics/tx_bytes"),
			})
		}
	}
	memory, _ := os.ReadFile("/proc/meminfo")
	s.MemoryTotalBytes = kilobytes(string(memory), "MemTotal:")
	s.MemoryAvailableBytes = kilobytes(string(memory), "MemAvailable:")
	return s
}

func (s *session) stats() sessionStats {
	out := sessionStats{
		Name:            s.config.Name,
		CPUNanos:        readCounter(s.group+"/cpu.stat", "usage_usec") * 1000,
		MemoryBytes:     readNumber(s.group + "/memory.current"),
		MemoryPeakBytes: readNumber(s.group + "/memory.peak"),
		PIDs:            readNumber(s.group + "/pids.current"),
	}
	io, _ := os.ReadFile(s.group + "/io.stat")
	for _, word := range strings.Fields(string(io)) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "rbytes":
			out.ReadBytes += number(value)
		case "wbytes":
			out.WrittenBytes += number(value)
		}
	}
	return out
}

func readNumber(file string) int64 {
	text, _ := os.ReadFile(file)
	return number(string(text))
}

// kilobytes reads a line of /proc/meminfo.
func kilobytes(text, name string) int64 {
	for _, line := range strings.Split(text, "\n") {
		if words := strings.Fields(line); len(words) >= 2 && words[0] == name {
			return number(words[1]) << 10
		}
	}
	return 0
}
