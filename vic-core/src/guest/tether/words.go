package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

func itoa(number int) string { return strconv.Itoa(number) }

// The index is the number; signal(7).
var signalNames = strings.Fields("0 HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD " +
	"CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS")

// The C library keeps 32 and 33 to itself; nptl(7).
const (
	signalMin = 34
	signalMax = 64
)

// parseSignal reads SIGTERM, TERM, 15 or SIGRTMIN+3.
func parseSignal(text string) (int, error) {
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	for number, known := range signalNames {
		if number > 0 && name == known {
			return number, nil
		}
	}
	base, offset := 0, name
	if strings.HasPrefix(name, "RTMIN") {
		base, offset = signalMin, name[5:]
	} else if strings.HasPrefix(name, "RTMAX") {
		base, offset = signalMax, name[5:]
	}
	number := 0
	if offset != "" || base == 0 {
		var err error
		if number, err = strconv.Atoi(offset); err != nil {
			return 0, fmt.Errorf("not a signal: %q", text)
		}
	}
	number += base
	if number < 1 || number > signalMax || number == 32 || number == 33 || (base > 0 && number < signalMin) {
		return 0, fmt.Errorf("not a signal: %q", text)
	}
	return number, nil
}

func signalName(number int) string {
	switch {
	case number < len(signalNames):
		return "SIG" + signalNames[number]
	case number == signalMin:
		return "SIGRTMIN"
	}
	return "SIGRTMIN+" + itoa(number-signalMin)
}

// ascii writes what is not ASCII in a JSON text as escapes: all there is outside is punctuation.
func ascii(json []byte) string {
	var out strings.Builder
	for _, r := range string(json) {
		if r < 0x7f {
			out.WriteByte(byte(r))
		} else if high, low := utf16.EncodeRune(r); high != 0xfffd {
			fmt.Fprintf(&out, "\\u%04x\\u%04x", high, low)
		} else {
			fmt.Fprintf(&out, "\\u%04x", r)
		}
	}
	return out.String()
}

// shortened cuts a message to so many UTF-16 units, which is how the host counts.
func shortened(message string, limit int) string {
	units := 0
	for at, r := range message {
		units++
		if r > 0xffff {
			units++
		}
		if units > limit {
			return message[:at]
		}
	}
	return message
}
