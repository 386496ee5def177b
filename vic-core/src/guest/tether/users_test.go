package main

import (
	"reflect"
	"strings"
	"testing"
)

const passwdText = `# users
root:x:0:0:root:/root:/bin/sh
bob:x:1000:1001::/home/bob:
42:x:7:8::/odd:
broken
`

const groupText = "root:x:0:\nbob:x:1001:\nwheel:x:10:root,bob\nextra:x:77:alice\n"

func TestUsers(t *testing.T) {
	passwd, _ := parseTable(strings.NewReader(passwdText))
	group, _ := parseTable(strings.NewReader(groupText))
	for spec, wanted := range map[string]identity{
		"":          {0, 0, []uint32{10}, "/root"},
		"bob":       {1000, 1001, []uint32{10}, "/home/bob"},
		"1000":      {1000, 1001, []uint32{10}, "/home/bob"},
		"bob:extra": {1000, 77, nil, "/home/bob"},
		"5:6":       {5, 6, nil, "/"},
		"5":         {5, 0, nil, "/"},
		"42":        {7, 8, nil, "/odd"},
		":wheel":    {0, 10, nil, "/root"},
	} {
		if got, err := resolveUser(passwd, group, spec, nil); err != nil || !reflect.DeepEqual(got, wanted) {
			t.Errorf("%q: %+v, %v", spec, got, err)
		}
	}
	for _, spec := range []string{"alice", "bob:none", "-1", "4294967296"} {
		if got, err := resolveUser(passwd, group, spec, nil); err == nil {
			t.Errorf("%q is %+v", spec, got)
		}
	}
	got, err := resolveUser(passwd, group, "bob", []string{"extra", "99", "10"})
	if err != nil || !reflect.DeepEqual(got.groups, []uint32{10, 77, 99}) {
		t.Errorf("%+v, %v", got, err)
	}
}
