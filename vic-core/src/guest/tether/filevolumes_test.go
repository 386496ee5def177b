package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

type given struct {
	name, content string
	kind          byte
}

func tarOf(t *testing.T, files ...given) io.Reader {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, file := range files {
		kind := file.kind
		if kind == 0 {
			kind = tar.TypeReg
		}
		header := &tar.Header{Name: file.name, Typeflag: kind, Mode: 0o640, Size: int64(len(file.content)), Uid: os.Getuid(),
			Gid: os.Getgid()}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &out
}

// A volumeOf is a volume in a temporary folder.
type volumeOf struct {
	*testing.T
	files  fileVolumes
	top    string
	volume string
}

func newVolume(t *testing.T, files ...given) *volumeOf {
	disk, top := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(disk, "config"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unpackFiles(tarOf(t, files...), filepath.Join(disk, "config")); err != nil {
		t.Fatal(err)
	}
	if err := copyVolumes(disk, top); err != nil {
		t.Fatal(err)
	}
	return &volumeOf{T: t, top: top, volume: filepath.Join(top, "config")}
}

func (v *volumeOf) replace(files ...given) {
	v.Helper()
	folder, err := newFolder(v.volume)
	if err == nil {
		err = unpackFiles(tarOf(v.T, files...), folder)
	}
	if err == nil {
		err = v.files.replace(v.volume, folder)
	}
	if err != nil {
		v.Fatal(err)
	}
}

func (v *volumeOf) read(name string) string {
	content, err := os.ReadFile(filepath.Join(v.volume, name))
	if err != nil {
		return "none"
	}
	return string(content)
}

// names are those that people look for.
func (v *volumeOf) names() string {
	entries, _ := os.ReadDir(v.volume)
	var names []string
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "..") {
			names = append(names, entry.Name())
		}
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

func (v *volumeOf) folders() int {
	folders, _ := filepath.Glob(filepath.Join(v.volume, "..2*"))
	return len(folders)
}

func (v *volumeOf) data() string {
	target, _ := os.Readlink(filepath.Join(v.volume, dataLink))
	return target
}

func TestFilesVolume_showsWhatIsOnItsDisk(t *testing.T) {
	v := newVolume(t, given{name: "a", content: "1"}, given{name: "sub/b", content: "2"})
	if v.names() != "a sub" || v.read("a") != "1" || v.read("sub/b") != "2" {
		t.Error(v.names(), v.read("a"), v.read("sub/b"))
	}
	if link, err := os.Readlink(v.volume + "/sub"); err != nil || link != "..data/sub" {
		t.Error(link, err)
	}
	if info, err := os.Stat(v.volume + "/a"); err != nil || info.Mode() != 0o640 {
		t.Error(info, err)
	}
	if info, err := os.Stat(v.volume + "/" + v.data()); err != nil || info.Mode().Perm() != 0o755 {
		t.Error(info, err)
	}
}

func TestFilesVolume_isReplacedAsAWhole(t *testing.T) {
	v := newVolume(t, given{name: "a", content: "1"}, given{name: "sub/b", content: "2"})
	open, err := os.Open(v.volume + "/a")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	v.replace(given{name: "a", content: "one"}, given{name: "c", content: "3"})
	if v.names() != "a c" || v.read("a") != "one" || v.read("c") != "3" {
		t.Error(v.names(), v.read("a"), v.read("c"))
	}
	if old, err := io.ReadAll(open); err != nil || string(old) != "1" {
		t.Error("who had it open reads on: ", string(old), err)
	}
	if v.folders() != 1 {
		t.Error("folders: ", v.folders())
	}
	v.replace()
	if v.names() != "" {
		t.Error(v.names())
	}
}

func TestFilesVolume_staysWhereNothingIsNew(t *testing.T) {
	v := newVolume(t, given{name: "a", content: "1"})
	before := v.data()
	v.replace(given{name: "a", content: "1"})
	if v.data() != before || v.folders() != 1 {
		t.Error(before, v.data(), v.folders())
	}
	v.replace(given{name: "a", content: "2"})
	if v.data() == before {
		t.Error("it was not replaced")
	}
}

func TestFilesVolume_keepsWhatASessionSeesAPartOf(t *testing.T) {
	v := newVolume(t, given{name: "a", content: "1"})
	part, err := os.Open(v.volume + "/a")
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	if err := v.files.hold(v.top, part); err != nil {
		t.Fatal(err)
	}
	held := v.data()
	v.replace(given{name: "a", content: "2"})
	v.replace(given{name: "a", content: "3"})
	if content, err := os.ReadFile(v.volume + "/" + held + "/a"); err != nil || string(content) != "1" {
		t.Error(string(content), err)
	}
	if v.folders() != 2 {
		t.Error("folders: ", v.folders())
	}
}

func TestUnpackFiles_refusesWhatIsNoFile(t *testing.T) {
	for _, file := range []given{
		{name: "link", kind: tar.TypeSymlink},
		{name: "device", kind: tar.TypeChar},
		{name: "..data", content: "x"},
	} {
		if err := unpackFiles(tarOf(t, file), t.TempDir()); !errors.Is(err, errInvalid) {
			t.Error(file.name, err)
		}
	}
	twice := tarOf(t, given{name: "a/b", content: "1"}, given{name: "a", content: "2"})
	if err := unpackFiles(twice, t.TempDir()); !errors.Is(err, errInvalid) {
		t.Error(err)
	}
}

func TestUnpackFiles_staysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	inner := filepath.Join(dir, "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unpackFiles(tarOf(t, given{name: "../../out", content: "x"}), inner); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(inner, "out")); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Error(entries)
	}
}
