package simulator

import (
	"os"
	"path"
	"strconv"
)

// journal is what a change has done to files, so that one that fails leaves none and loses none.
type journal struct {
	undo   []func()
	commit []func()
}

// changing is the journal of the change that runs; every change runs in the locked world.
var changing *journal

// trash is a folder on the file system of the datastores.
var trash string

var trashed int

// SetTrash says where files are kept that a change deletes, until it has succeeded.
func SetTrash(folder string) error {
	trash = folder
	return os.Mkdir(folder, 0o700)
}

// allOrNothing runs a change of files, which leaves them as they were if it gives a fault.
func allOrNothing(change func() bool) {
	outer := changing
	changing = new(journal)
	done := false
	defer func() {
		inner := changing
		changing = outer
		if !done {
			for i := len(inner.undo) - 1; i >= 0; i-- {
				inner.undo[i]()
			}
			return
		}
		if outer != nil {
			outer.undo = append(outer.undo, inner.undo...)
			outer.commit = append(outer.commit, inner.commit...)
			return
		}
		for _, commit := range inner.commit {
			commit()
		}
	}()
	done = change()
}

// onUndo says how to take back what was just done.
func onUndo(undo func()) {
	if changing != nil {
		changing.undo = append(changing.undo, undo)
	}
}

func onCommit(commit func()) {
	if changing != nil {
		changing.commit = append(changing.commit, commit)
	} else {
		commit()
	}
}

// fileMade says that a file or an empty folder was made.
func fileMade(file string) {
	onUndo(func() { _ = os.Remove(file) })
}

// removeFile removes a file, until the change is undone.
func removeFile(file string) error {
	trashed++
	kept := path.Join(trash, strconv.Itoa(trashed))
	if err := os.Rename(file, kept); err != nil {
		return err
	}
	onUndo(func() { _ = os.Rename(kept, file) })
	onCommit(func() { _ = os.RemoveAll(kept) })
	return nil
}

// renameFile renames a file, until the change is undone.
func renameFile(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	onUndo(func() { _ = os.Rename(to, from) })
	return nil
}

// writeFile writes a small file, whose content of before comes back if the change is undone.
func writeFile(file string, content []byte) error {
	before, err := os.ReadFile(file)
	existed := err == nil
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return err
	}
	onUndo(func() {
		if existed {
			_ = os.WriteFile(file, before, 0o600)
		} else {
			_ = os.Remove(file)
		}
	})
	return nil
}
