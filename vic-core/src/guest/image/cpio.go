package main

import (
	"bytes"
	"fmt"
)

// An archive is a cpio archive as the kernel unpacks it ("newc"; Documentation/driver-api/early-userspace/buffer-format.rst).
// Nothing in it depends on when or where it was made.
type archive struct {
	out   bytes.Buffer
	inode int
}

func (a *archive) dir(name string) { a.add(name, 0o40755, 2, nil) }
func (a *archive) file(name string, mode uint32, content []byte) {
	a.add(name, 0o100000|mode, 1, content)
}

func (a *archive) add(name string, mode uint32, links int, content []byte) {
	a.inode++
	fmt.Fprintf(&a.out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		a.inode, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name)+1, 0)
	a.out.WriteString(name)
	a.out.WriteByte(0)
	a.pad()
	a.out.Write(content)
	a.pad()
}

func (a *archive) pad() {
	for a.out.Len()%4 != 0 {
		a.out.WriteByte(0)
	}
}

func (a *archive) end() []byte {
	a.inode = -1
	a.add("TRAILER!!!", 0, 1, nil)
	return a.out.Bytes()
}
