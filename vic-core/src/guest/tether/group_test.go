package main

import (
	"os"
	"syscall"
	"testing"
)

func TestGroup_isGivenAllOfAVolume_once(t *testing.T) {
	volume := t.TempDir()
	os.Mkdir(volume+"/d", 0o700)
	os.WriteFile(volume+"/d/f", nil, 0o600)
	os.Symlink("/nowhere", volume+"/l")
	group := os.Getgid()
	for _, wanted := range []uint32{0o2770, 0o2700} {
		if err := giveToGroup(volume, group); err != nil {
			t.Fatal(err)
		}
		for file, mode := range map[string]uint32{volume: 0o2770, volume + "/d": wanted, volume + "/d/f": 0o660} {
			var stat syscall.Stat_t
			if err := syscall.Stat(file, &stat); err != nil || stat.Mode&0o2777&^0o005 != mode || int(stat.Gid) != group {
				t.Errorf("%s: %o, %v", file, stat.Mode, err)
			}
		}
		syscall.Chmod(volume+"/d", 0o2700)
	}
}

func TestSubPath_isMadeAsTheVolumeIs_andDoesNotLeadOut(t *testing.T) {
	volume := t.TempDir()
	syscall.Chmod(volume, 0o2775)
	os.WriteFile(volume+"/file", []byte("x"), 0o644)
	os.Symlink("/", volume+"/up")
	sub, err := openSub(volume, "a/b", true)
	if err != nil {
		t.Fatal(err)
	}
	sub.Close()
	if info, err := os.Stat(volume + "/a/b"); err != nil || info.Mode()&(os.ModePerm|os.ModeSetgid) != 0o775|os.ModeSetgid {
		t.Error(info, err)
	}
	if !isFileOf(volume, "file") || !isFileOf(volume, "up/file") || isFileOf(volume, "up/etc/passwd") || isFileOf(volume, "a") {
		t.Error("what is a file")
	}
	if _, err := openSub(volume, "gone", false); err == nil {
		t.Error("a folder that is not there, of a volume that cannot be written")
	}
}
