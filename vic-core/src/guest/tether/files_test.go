package main

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"
)

func TestFrame_isThatOfLogFormat(t *testing.T) {
	frame := make([]byte, frameHeader+2)
	putHeader(frame, stderrCode, time.Unix(1, 2))
	if text := hex.EncodeToString(frame); text != "02"+"00000002"+"0000000000000001"+"00000002"+"0000" {
		t.Error(text)
	}
}

func TestModules_areFoundByAlias(t *testing.T) {
	m := parseModules(nil, "vmw_pvscsi scsi_mod pci:v000015ADd000007C0sv*sd*bc*sc*i*\nscsi_mod - \n\nsd_mod a,b scsi:t-0x00*\n")
	names := m.forAlias("pci:v000015ADd000007C0sv000015ADsd000007C0bc01sc00i00")
	if len(names) != 1 || names[0] != "vmw_pvscsi" || strings.Join(m.byID["sd_mod"].needs, " ") != "a b" {
		t.Fatal(names)
	}
	if kept := strings.Join(forDisks([]string{"vmxnet3", "vmw_pvscsi", "virtio_pci"}), " "); kept != "vmw_pvscsi sd_mod virtio_pci" {
		t.Error(kept)
	}
}

func TestSuperblock_givesTheUUID(t *testing.T) {
	block := make([]byte, 1024)
	if _, err := superblockID(block); err == nil {
		t.Error("no file system")
	}
	block[0x38], block[0x39] = 0x53, 0xef
	for i := 0; i < 16; i++ {
		block[0x68+i] = byte(i)
	}
	if id, err := superblockID(block); err != nil || id != "00010203-0405-0607-0809-0a0b0c0d0e0f" {
		t.Error(id, err)
	}
}

func TestLookUp_seesWhatTheOverlayShows(t *testing.T) {
	low, high := t.TempDir(), t.TempDir()
	os.MkdirAll(low+"/etc", 0o755)
	os.WriteFile(low+"/etc/hosts", nil, 0o644)
	layers := []string{high, low}
	if found, err := lookUp(layers, "etc/hosts"); err != nil || found != low+"/etc/hosts" {
		t.Error(found, err)
	}
	os.WriteFile(high+"/etc", nil, 0o644)
	if found, err := lookUp(layers, "etc/hosts"); err == nil {
		t.Error(found)
	}
	if _, err := lookUp(layers, "proc"); err == nil {
		t.Error("proc")
	}
}

func TestSeed_thatWasCutOff_isEnded(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("owners are root's to give")
	}
	image, volume := t.TempDir(), t.TempDir()
	os.MkdirAll(image+"/dir", 0o755)
	os.WriteFile(image+"/dir/file", []byte("x"), 0o600)
	os.Mkdir(volume+"/lost+found", 0o700)
	os.MkdirAll(volume+"/"+seedingName+"/half", 0o700)
	for i := 0; i < 2; i++ { // The second time, the volume is in use.
		if err := seed(volume, image); err != nil {
			t.Fatal(err)
		}
		os.RemoveAll(image + "/dir")
		entries, _ := os.ReadDir(volume)
		if text, err := os.ReadFile(volume + "/dir/file"); err != nil || string(text) != "x" || len(entries) != 2 {
			t.Fatal(entries, err)
		}
	}
}

func TestPaths_stayInTheirRoot(t *testing.T) {
	outside := t.TempDir()
	root := outside + "/root"
	os.Mkdir(root, 0o755)
	os.WriteFile(outside+"/secret", nil, 0o644)
	os.Symlink("../../../../..", root+"/up")
	os.Symlink(outside, root+"/out")
	top, err := os.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer top.Close()
	for _, path := range []string{"/../secret", "/up" + outside + "/secret", "/out/secret"} {
		if file, err := openInRoot(top, path, oPath, 0); err == nil {
			t.Error(path)
			file.Close()
		}
	}
	if dir, err := makeDirs(top, "/a/b//c"); err != nil {
		t.Error(err)
	} else {
		dir.Close()
	}
}

func TestCandidates_areLookedForInPATH(t *testing.T) {
	if files := strings.Join(candidates("x", []string{"A=1", "PATH=/a::/b"}), " "); files != "/a/x ./x /b/x" {
		t.Error(files)
	}
	if files := candidates("./x", nil); len(files) != 1 || files[0] != "./x" {
		t.Error(files)
	}
}
