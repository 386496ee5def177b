package main

import (
	"fmt"
	"os"
)

// A resourceConfig is what a session may use of the machine; SessionResources (Java) describes it.
type resourceConfig struct {
	CPURequestMillis *int64 `json:"cpuRequestMillis"`
	CPULimitMillis   *int64 `json:"cpuLimitMillis"`
	MemoryLimitBytes *int64 `json:"memoryLimitBytes"`
}

const (
	cpuPeriodMicros   = 100_000
	leastQuotaMicros  = 1000 // What the kernel takes.
	leastCPUShares    = 2
	greatestCPUShares = 262144
)

// limits is what the files of a control group are to hold, as kubelets have it.
func (c *resourceConfig) limits() [][2]string {
	var files [][2]string
	if c.CPURequestMillis != nil {
		files = append(files, [2]string{"cpu.weight", fmt.Sprint(cpuWeight(*c.CPURequestMillis))})
	}
	if c.CPULimitMillis != nil {
		files = append(files, [2]string{"cpu.max", fmt.Sprintf("%d %d", cpuQuota(*c.CPULimitMillis), cpuPeriodMicros)})
	}
	if c.MemoryLimitBytes != nil {
		files = append(files,
			[2]string{"memory.max", fmt.Sprint(*c.MemoryLimitBytes)},
			[2]string{"memory.oom.group", "1"}) // Half a session is of no use.
	}
	return files
}

// limitGroup makes a session's control group. Where the kernel lacks a controller, the session runs without the limit.
func (s *session) limitGroup() {
	if err := os.Mkdir(s.group, 0o755); err != nil && !os.IsExist(err) {
		say("%v", err)
	}
	for _, file := range s.config.limits() {
		if err := tellKernel(s.group+"/"+file[0], file[1]); err != nil {
			say("session %s: %v", s.config.Name, err)
		}
	}
}

// cpuWeight is the weight (cgroup v2) of so many thousandths of a processor, by way of shares (cgroup v1), as Kubernetes
// converts them (KEP-2254).
func cpuWeight(millis int64) int64 {
	shares := millis * 1024 / 1000
	if shares < leastCPUShares {
		shares = leastCPUShares
	}
	if shares > greatestCPUShares {
		shares = greatestCPUShares
	}
	return 1 + (shares-2)*9999/262142
}

func cpuQuota(millis int64) int64 {
	quota := millis * cpuPeriodMicros / 1000
	if quota < leastQuotaMicros {
		return leastQuotaMicros
	}
	return quota
}
