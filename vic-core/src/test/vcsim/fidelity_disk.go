package simulator

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// A virtual disk on a VMFS datastore is a descriptor, x.vmdk, which names its extent: x-flat.vmdk of as many bytes as
// the disk has, or, of a child disk, x-delta.vmdk and the disk that it is a difference to. vcsim makes two empty files.
// Ours are read by qemu-img, a chain of disks included.

const sectorBytes = 512

// disk is what a descriptor says.
type disk struct {
	file    string // the descriptor
	text    string
	extents []string // their names
	sectors int64
	parent  string // the parent's descriptor, or empty
	uuid    string
}

var (
	extentLine = regexp.MustCompile(`(?m)^RW (\d+) (\w+) "([^"]*)"`)
	parentLine = regexp.MustCompile(`(?m)^parentFileNameHint="([^"]*)"`)
	uuidLine   = regexp.MustCompile(`(?m)^ddb\.uuid = "([^"]*)"`)
)

// readDisk reads a descriptor; none is there, or what is there is none, and it says so with a fault.
func readDisk(file string) (*disk, types.BaseMethodFault) {
	info, err := os.Stat(file)
	if err != nil || info.IsDir() {
		return nil, fileFault(new(types.FileNotFound), file)
	}
	invalid := fileFault(new(types.InvalidDiskFormat), file)
	if info.Size() > 1<<20 {
		return nil, invalid
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "# Disk DescriptorFile") {
		return nil, invalid
	}
	read := &disk{file: file, text: string(text)}
	for _, match := range extentLine.FindAllStringSubmatch(read.text, -1) {
		sectors, err := strconv.ParseInt(match[1], 10, 64)
		if err != nil {
			return nil, invalid
		}
		read.sectors += sectors
		read.extents = append(read.extents, match[3])
	}
	if len(read.extents) == 0 {
		return nil, invalid
	}
	if match := parentLine.FindStringSubmatch(read.text); match != nil {
		read.parent = match[1]
		if !path.IsAbs(read.parent) {
			read.parent = path.Join(path.Dir(file), read.parent)
		}
	}
	if match := uuidLine.FindStringSubmatch(read.text); match != nil {
		read.uuid = match[1]
	}
	return read, nil
}

func (d *disk) bytes() int64 { return d.sectors * sectorBytes }

// files are those that the disk is made of, the descriptor first.
func (d *disk) files() []string {
	files := []string{d.file}
	for _, extent := range d.extents {
		files = append(files, path.Join(path.Dir(d.file), extent))
	}
	return files
}

// openable is the fault where an extent is missing.
func (d *disk) openable() types.BaseMethodFault {
	for _, file := range d.files() {
		if _, err := os.Stat(file); err != nil {
			return fileFault(new(types.FileNotFound), file)
		}
	}
	return nil
}

// makeDisk makes a disk of zeros.
func makeDisk(file string, size int64) types.BaseMethodFault {
	return newDisk(file, size, "")
}

// makeChild makes a disk that is equal to its parent until it is written.
func makeChild(file string, parent *disk) types.BaseMethodFault {
	return newDisk(file, parent.bytes(), parent.file)
}

func newDisk(file string, size int64, parent string) types.BaseMethodFault {
	if size <= 0 || size%sectorBytes != 0 {
		return &types.InvalidArgument{InvalidProperty: "capacity"}
	}
	kind, suffix, hint := "VMFS", "-flat.vmdk", ""
	parentID := "ffffffff"
	if parent != "" {
		kind, suffix, parentID = "VMFSSPARSE", "-delta.vmdk", contentID(parent)
		hint = fmt.Sprintf("parentFileNameHint=%q\n", parent)
	}
	extent := strings.TrimSuffix(file, ".vmdk") + suffix
	for _, made := range []string{file, extent} {
		if _, err := os.Lstat(made); err == nil {
			return fileFault(new(types.FileAlreadyExists), made)
		}
	}
	if info, err := os.Stat(path.Dir(file)); err != nil || !info.IsDir() {
		return fileFault(new(types.FileNotFound), file)
	}
	content, length := []byte(nil), size
	if parent != "" {
		content, length = emptyDelta(size / sectorBytes)
	}
	f, err := os.Create(extent)
	if err != nil {
		return fileFault(new(types.CannotCreateFile), extent)
	}
	fileMade(extent)
	_, err = f.Write(content)
	if err == nil {
		err = f.Truncate(length)
	}
	_ = f.Close()
	if err != nil {
		return fileFault(&types.NoDiskSpace{Datastore: datastoreOf(extent)}, extent)
	}
	name := uuid.New()
	createType := map[string]string{"VMFS": "vmfs", "VMFSSPARSE": "vmfsSparse"}[kind]
	text := fmt.Sprintf("# Disk DescriptorFile\nversion=1\nencoding=\"UTF-8\"\nCID=%08x\nparentCID=%s\ncreateType=%q\n%s\n"+
		"# Extent description\nRW %d %s %q\n\n# The Disk Data Base\n#DDB\n\nddb.adapterType = \"lsilogic\"\n"+
		"ddb.geometry.cylinders = \"%d\"\nddb.geometry.heads = \"255\"\nddb.geometry.sectors = \"63\"\n"+
		"ddb.uuid = %q\nddb.virtualHWVersion = \"13\"\n",
		binary.BigEndian.Uint32(name[:4])|1, parentID, createType, hint,
		size/sectorBytes, kind, path.Base(extent), size/sectorBytes/(255*63), name.String())
	if err := writeFile(file, []byte(text)); err != nil {
		return fileFault(new(types.CannotCreateFile), file)
	}
	return nil
}

func contentID(file string) string {
	text, _ := os.ReadFile(file)
	if match := regexp.MustCompile(`(?m)^CID=([0-9a-f]+)`).FindSubmatch(text); match != nil {
		return string(match[1])
	}
	return "fffffffe"
}

// emptyDelta is the head of a VMFS sparse extent that has no grains, and the extent's length: a header of 2 KiB and a
// directory of grain tables, none of which is there. (COWDisk_Header in VMware's Virtual Disk Format 1.1, section
// "ESX Server Sparse Extents".)
func emptyDelta(sectors int64) ([]byte, int64) {
	const grain, tableEntries, directoryAt = 1, 4096, 4
	tables := (sectors + grain*tableEntries - 1) / (grain * tableEntries)
	directory := (tables*4 + sectorBytes - 1) / sectorBytes
	header := make([]byte, directoryAt*sectorBytes)
	copy(header, "COWD")
	for i, field := range []int64{1, 3, sectors, grain, directoryAt, tables, directoryAt + directory} {
		binary.LittleEndian.PutUint32(header[4+4*i:], uint32(field))
	}
	return header, (directoryAt + directory) * sectorBytes
}

// remove deletes the disk's files; its parent stays.
func (d *disk) remove() types.BaseMethodFault {
	for _, file := range d.files() {
		if locked(file) {
			return fileFault(new(types.FileLocked), d.file)
		}
	}
	for _, file := range d.files() {
		if err := removeFile(file); err != nil && !os.IsNotExist(err) {
			return fileFault(new(types.CannotDeleteFile), file)
		}
	}
	return nil
}

// extentFor is the name of an extent once the disk has another name.
func (d *disk) extentFor(extent, file string) string {
	base, renamed := strings.TrimSuffix(path.Base(d.file), ".vmdk"), strings.TrimSuffix(path.Base(file), ".vmdk")
	if strings.HasPrefix(extent, base+"-") {
		return renamed + strings.TrimPrefix(extent, base)
	}
	return extent
}

// renamedText is the descriptor once the disk is that of another file.
func (d *disk) renamedText(file string) string {
	return extentLine.ReplaceAllStringFunc(d.text, func(line string) string {
		match := extentLine.FindStringSubmatch(line)
		return fmt.Sprintf("RW %s %s %q", match[1], match[2], d.extentFor(match[3], file))
	})
}

// place makes room for a disk that is moved or copied: nothing stands there, or may be replaced.
func place(file string, force bool) types.BaseMethodFault {
	if !strings.HasSuffix(file, ".vmdk") {
		return fileFault(new(types.InvalidDatastorePath), file)
	}
	if info, err := os.Stat(path.Dir(file)); err != nil || !info.IsDir() {
		return fileFault(new(types.FileNotFound), file)
	}
	if _, err := os.Lstat(file); err != nil {
		return nil
	}
	if !force {
		return fileFault(new(types.FileAlreadyExists), file)
	}
	there, fault := readDisk(file)
	if fault != nil {
		there = &disk{file: file}
	}
	return there.remove()
}

func (d *disk) move(file string, force bool) types.BaseMethodFault {
	if fault := d.openable(); fault != nil {
		return fault
	}
	for _, own := range d.files() {
		if locked(own) {
			return fileFault(new(types.FileLocked), d.file)
		}
	}
	if fault := place(file, force); fault != nil {
		return fault
	}
	for i, extent := range d.extents {
		to := path.Join(path.Dir(file), d.extentFor(extent, file))
		if _, err := os.Lstat(to); err == nil {
			return fileFault(new(types.FileAlreadyExists), to)
		}
		if err := renameFile(d.files()[i+1], to); err != nil {
			return fileFault(new(types.CannotAccessFile), to)
		}
	}
	if err := removeFile(d.file); err != nil {
		return fileFault(new(types.CannotAccessFile), d.file)
	}
	if err := writeFile(file, []byte(d.renamedText(file))); err != nil {
		return fileFault(new(types.CannotCreateFile), file)
	}
	return nil
}

// copy makes a disk of the same content; that of a child is a disk of its own.
func (d *disk) copy(file string, force bool) types.BaseMethodFault {
	if fault := d.openable(); fault != nil {
		return fault
	}
	if fault := place(file, force); fault != nil {
		return fault
	}
	if d.parent != "" {
		return importDisk(d.file, file, d.bytes())
	}
	for i, extent := range d.extents {
		to := path.Join(path.Dir(file), d.extentFor(extent, file))
		if _, err := os.Lstat(to); err == nil {
			return fileFault(new(types.FileAlreadyExists), to)
		}
		fileMade(to)
		if output, err := exec.Command("cp", "--sparse=always", d.files()[i+1], to).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "vic-vcsim: %s", output)
			return fileFault(new(types.CannotCreateFile), to)
		}
	}
	if err := writeFile(file, []byte(d.renamedText(file))); err != nil {
		return fileFault(new(types.CannotCreateFile), file)
	}
	return nil
}

// grow makes the disk larger; what is added is zeros.
func (d *disk) grow(size int64) types.BaseMethodFault {
	before := d.bytes()
	if size < before || size%sectorBytes != 0 || len(d.extents) != 1 || d.parent != "" {
		return &types.InvalidArgument{InvalidProperty: "newCapacityKb"}
	}
	extent := d.files()[1]
	if err := os.Truncate(extent, size); err != nil {
		return fileFault(new(types.FileNotFound), extent)
	}
	onUndo(func() { _ = os.Truncate(extent, before) })
	d.sectors = size / sectorBytes
	d.text = extentLine.ReplaceAllString(d.text, fmt.Sprintf(`RW %d ${2} "${3}"`, d.sectors))
	if err := writeFile(d.file, []byte(d.text)); err != nil {
		return fileFault(new(types.CannotAccessFile), d.file)
	}
	return nil
}

// importDisk makes a disk of what qemu-img reads in a file of VMDK format, as large as is said.
func importDisk(source, file string, size int64) types.BaseMethodFault {
	if fault := makeDisk(file, size); fault != nil {
		return fault
	}
	extent := strings.TrimSuffix(file, ".vmdk") + "-flat.vmdk"
	output, err := exec.Command("qemu-img", "convert", "-f", "vmdk", "-O", "raw", source, extent).CombinedOutput()
	if err == nil {
		var info os.FileInfo
		if info, err = os.Stat(extent); err == nil && info.Size() > size {
			output, err = []byte("the disk that came is larger than the disk that is to take it"), os.ErrInvalid
		}
	}
	if err == nil {
		err = os.Truncate(extent, size)
	}
	if err != nil {
		return &types.SystemError{Reason: strings.TrimSpace(string(output))}
	}
	return nil
}

// fileFault is a fault with the datastore path of a local file.
func fileFault(fault types.BaseMethodFault, file string) types.BaseMethodFault {
	switch fault := fault.(type) {
	case *types.InvalidDatastorePath:
		fault.DatastorePath = datastorePath(file)
	case types.BaseFileFault:
		fault.GetFileFault().File = datastorePath(file)
	}
	return fault
}

// datastorePath is the datastore path of a local file.
func datastorePath(file string) string {
	for ref, entity := range Map.objects {
		if ref.Type != "Datastore" {
			continue
		}
		ds := entity.(*Datastore)
		root := ds.Info.GetDatastoreInfo().Url
		if file == root || strings.HasPrefix(file, root+"/") {
			found := object.DatastorePath{Datastore: ds.Name, Path: strings.TrimPrefix(strings.TrimPrefix(file, root), "/")}
			return found.String()
		}
	}
	return file
}

func datastoreOf(file string) string {
	var found object.DatastorePath
	found.FromString(datastorePath(file))
	return found.Datastore
}
