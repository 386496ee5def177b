package main

import (
	"fmt"
	"time"
)

// The roles of sessions; SessionRole (Java) says what they mean.
const (
	roleMain    = "main"
	roleInit    = "init"
	roleSidecar = "sidecar"
)

const defaultGrace = 30 * time.Second

// A lifecycleConfig is how a session lives; SessionLifecycle (Java) describes it.
type lifecycleConfig struct {
	Role        string       `json:"role"`
	Startup     *probeConfig `json:"startup"`
	Readiness   *probeConfig `json:"readiness"`
	Liveness    *probeConfig `json:"liveness"`
	PostStart   *action      `json:"postStart"`
	PreStop     *action      `json:"preStop"`
	GraceMillis *int64       `json:"graceMillis"`
}

type probeConfig struct {
	action
	InitialDelayMillis int64  `json:"initialDelayMillis"`
	PeriodMillis       int64  `json:"periodMillis"`
	TimeoutMillis      int64  `json:"timeoutMillis"`
	SuccessThreshold   int    `json:"successThreshold"`
	FailureThreshold   int    `json:"failureThreshold"`
	GraceMillis        *int64 `json:"graceMillis"`
}

func (c *lifecycleConfig) check() error {
	switch c.Role {
	case "":
		c.Role = roleMain
	case roleMain, roleInit, roleSidecar:
	default:
		return fmt.Errorf("there is no role %q", c.Role)
	}
	return nil
}

// grace is how long the process has to end well when the tether ends it.
func (c *lifecycleConfig) grace() time.Duration {
	if c.GraceMillis == nil {
		return defaultGrace
	}
	return time.Duration(*c.GraceMillis) * time.Millisecond
}

// graceOf is how long it has when this probe has failed.
func (c *lifecycleConfig) graceOf(probe *probeConfig) time.Duration {
	if probe.GraceMillis == nil {
		return c.grace()
	}
	return time.Duration(*probe.GraceMillis) * time.Millisecond
}

// watched says whether there is more to being up and ready than that the process runs.
func (c *lifecycleConfig) watched() bool {
	return c.Startup != nil || c.Readiness != nil || c.Liveness != nil || c.PostStart != nil
}

// restarts says whether a session is begun again after such an end: one that prepares only if it has failed, one that
// helps in any case.
func (s *sessionConfig) restarts(success bool) bool {
	switch s.Role {
	case roleInit:
		return !success && s.RestartPolicy != "never" && s.RestartPolicy != ""
	case roleSidecar:
		return true
	}
	return s.RestartPolicy == "always" || (s.RestartPolicy == "on_failure" && !success)
}

// restartDelay is how long a session waits that has so many restarts behind it; RestartPolicy (Java) says the same.
func restartDelay(restarts int) time.Duration {
	switch {
	case restarts == 0:
		return 0
	case restarts > 5:
		return 5 * time.Minute
	}
	return 10 * time.Second << uint(restarts-1)
}
