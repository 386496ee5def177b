package main

import (
	"strings"
	"testing"
)

func TestHostsFile_saysTheFullNameFirst_asKubeletsDo(t *testing.T) {
	config := &config{Hostname: "db-0", Domain: "db.team.svc.cluster.local",
		Hosts: []hostConfig{{Address: "10.1.2.3", Names: []string{"ledger", "ledger.example"}}}}
	file := hostsFile(config, []string{"10.0.0.7", "fd00::7"})
	want := "10.0.0.7\tdb-0.db.team.svc.cluster.local\tdb-0\n" +
		"fd00::7\tdb-0.db.team.svc.cluster.local\tdb-0\n" +
		"10.1.2.3\tledger ledger.example\n"
	if !strings.HasSuffix(file, want) {
		t.Errorf("%q does not end with %q", file, want)
	}
}

func TestHostsFile_withoutDomain_saysTheNameAlone(t *testing.T) {
	file := hostsFile(&config{Hostname: "web"}, nil)
	if !strings.HasSuffix(file, "\n127.0.1.1\tweb\n") {
		t.Errorf("%q", file)
	}
}
