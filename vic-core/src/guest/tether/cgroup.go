package main

import (
	"os"
	"strings"
)

// setUpCgroups mounts the one hierarchy of control groups, in which each session has a group.
func setUpCgroups() error {
	if err := (mountCall{"cgroup2", cgroupDir, "cgroup2", 0, ""}).do(); err != nil {
		return err
	}
	available, err := os.ReadFile(cgroupDir + "/cgroup.controllers")
	if err != nil {
		return err
	}
	var enable []string
	for _, controller := range strings.Fields(string(available)) {
		switch controller {
		case "cpu", "io", "memory", "pids":
			enable = append(enable, "+"+controller)
		}
	}
	return tellKernel(cgroupDir+"/cgroup.subtree_control", strings.Join(enable, " "))
}

// readCounter reads a number from a file of lines such as "oom_kill 3".
func readCounter(file, name string) int64 {
	text, _ := os.ReadFile(file)
	return counter(string(text), name)
}

func counter(text, name string) int64 {
	for _, line := range strings.Split(text, "\n") {
		if words := strings.Fields(line); len(words) == 2 && words[0] == name {
			return number(words[1])
		}
	}
	return 0
}

// number reads decimal digits; what is none is 0.
func number(text string) int64 {
	var value int64
	for _, digit := range strings.TrimSpace(text) {
		if digit < '0' || digit > '9' {
			return 0
		}
		value = value*10 + int64(digit-'0')
	}
	return value
}
