package simulator

import (
	"os"
	"os/exec"
	"path"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// vCenter names datastore paths in its faults, where vcsim names local files; and it says what is missing or there.

// resolve finds the local file of a datastore path; a path does not lead out of its datastore.
func (f *FileManager) resolve(dc *types.ManagedObjectReference, name string) (string, types.BaseMethodFault) {
	p, fault := parseDatastorePath(name)
	if fault != nil {
		return "", fault
	}
	for _, part := range strings.Split(p.Path, "/") {
		if part == ".." {
			return "", &types.InvalidDatastorePath{DatastorePath: name}
		}
	}
	if dc != nil {
		if _, ok := Map.Get(*dc).(*Datacenter); !ok {
			return "", &types.InvalidArgument{InvalidProperty: "datacenter"}
		}
	}
	return f.vendorResolve(dc, name)
}

func fileResult(fault types.BaseMethodFault) *soap.Fault {
	if fault == nil {
		return nil
	}
	return Fault(faultText(fault), fault)
}

func isFolder(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.IsDir()
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}

func (f *FileManager) MakeDirectory(req *types.MakeDirectory) soap.HasFault {
	fault := func() types.BaseMethodFault {
		file, fault := f.resolve(req.Datacenter, req.Name)
		if fault != nil {
			return fault
		}
		if exists(file) {
			return fileFault(new(types.FileAlreadyExists), file)
		}
		if isTrue(req.CreateParentDirectories) {
			err := os.MkdirAll(file, 0o700)
			if err != nil {
				return fileFault(new(types.CannotCreateFile), file)
			}
			return nil
		}
		if !isFolder(path.Dir(file)) {
			return fileFault(new(types.FileNotFound), file)
		}
		if err := os.Mkdir(file, 0o700); err != nil {
			return fileFault(new(types.CannotCreateFile), file)
		}
		return nil
	}()
	if fault != nil {
		return &methods.MakeDirectoryBody{Fault_: fileResult(fault)}
	}
	return &methods.MakeDirectoryBody{Res: new(types.MakeDirectoryResponse)}
}

func (f *FileManager) deleteDatastoreFile(req *types.DeleteDatastoreFile_Task) types.BaseMethodFault {
	file, fault := f.resolve(req.Datacenter, req.Name)
	if fault != nil {
		return fault
	}
	switch {
	case !exists(file):
		return fileFault(new(types.FileNotFound), file)
	case datastorePath(file) == "["+datastoreOf(file)+"]":
		return &types.InvalidDatastorePath{DatastorePath: req.Name}
	case lockedUnder(file):
		return fileFault(new(types.FileLocked), file)
	}
	if err := os.RemoveAll(file); err != nil {
		return fileFault(new(types.CannotDeleteFile), file)
	}
	return nil
}

// between finds both files of a move or a copy, where the second may be made.
func (f *FileManager) between(fromDC, toDC *types.ManagedObjectReference, from, to string, force *bool) (string, string, types.BaseMethodFault) {
	source, fault := f.resolve(fromDC, from)
	if fault != nil {
		return "", "", fault
	}
	target, fault := f.resolve(orSource(toDC, fromDC), to)
	if fault != nil {
		return "", "", fault
	}
	switch {
	case !exists(source):
		return "", "", fileFault(new(types.FileNotFound), source)
	case !isFolder(path.Dir(target)):
		return "", "", fileFault(new(types.FileNotFound), target)
	case exists(target) && !isTrue(force):
		return "", "", fileFault(new(types.FileAlreadyExists), target)
	case lockedUnder(source):
		return "", "", fileFault(new(types.FileLocked), source)
	case exists(target) && lockedUnder(target):
		return "", "", fileFault(new(types.FileLocked), target)
	}
	return source, target, nil
}

func (f *FileManager) moveDatastoreFile(req *types.MoveDatastoreFile_Task) types.BaseMethodFault {
	source, target, fault := f.between(req.SourceDatacenter, req.DestinationDatacenter, req.SourceName, req.DestinationName, req.Force)
	if fault != nil {
		return fault
	}
	if exists(target) && source != target {
		if err := os.RemoveAll(target); err != nil {
			return fileFault(new(types.CannotAccessFile), target)
		}
	}
	if err := os.Rename(source, target); err != nil {
		return fileFault(new(types.CannotAccessFile), source)
	}
	return nil
}

func (f *FileManager) copyDatastoreFile(req *types.CopyDatastoreFile_Task) types.BaseMethodFault {
	source, target, fault := f.between(req.SourceDatacenter, req.DestinationDatacenter, req.SourceName, req.DestinationName, req.Force)
	if fault != nil {
		return fault
	}
	if exists(target) && source != target {
		if err := os.RemoveAll(target); err != nil {
			return fileFault(new(types.CannotAccessFile), target)
		}
	}
	if err := exec.Command("cp", "-r", "--sparse=always", source, target).Run(); err != nil {
		return fileFault(new(types.CannotCreateFile), target)
	}
	return nil
}

// search lists a folder of a datastore; without a pattern vCenter lists all of it, and a folder's path ends in a slash.
func (s *searchDatastore) search(ds *types.ManagedObjectReference, folder string, dir string) error {
	if s.SearchSpec == nil {
		s.SearchSpec = new(types.HostDatastoreBrowserSearchSpec)
	}
	if len(s.SearchSpec.MatchPattern) == 0 {
		s.SearchSpec.MatchPattern = []string{"*"}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if p, fault := parseDatastorePath(folder); fault == nil {
		p.Path = strings.Trim(p.Path, "/")
		if p.Path != "" {
			p.Path += "/"
		}
		folder = p.String()
	}
	result := types.HostDatastoreBrowserSearchResults{Datastore: ds, FolderPath: folder}
	var folders []string
	for _, entry := range files {
		file, err := entry.Info()
		if err != nil {
			continue // gone since
		}
		if s.queryMatch(file) {
			for _, pattern := range s.SearchSpec.MatchPattern {
				if matches(pattern, file.Name(), isTrue(s.SearchSpec.SearchCaseInsensitive)) {
					s.addFile(file, &result)
					break
				}
			}
		}
		if file.IsDir() {
			folders = append(folders, file.Name())
		}
	}
	s.res = append(s.res, result)
	if s.recurse {
		for _, name := range folders {
			inner := folder + name
			if strings.HasSuffix(folder, "]") {
				inner = folder + " " + name
			}
			if err := s.search(ds, inner, path.Join(dir, name)); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
	}
	return nil
}

// matches knows the two wildcards of a datastore browser's pattern, * and ?.
func matches(pattern, name string, anyCase bool) bool {
	if anyCase {
		pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	}
	quoted := strings.NewReplacer(`\`, `\\`, `[`, `\[`).Replace(pattern)
	found, err := path.Match(quoted, name)
	return err == nil && found
}

// Run of a search finds its datastore among all that the datacenter has, by the exact name.
func (s *searchDatastore) Run(task *Task) (types.AnyType, types.BaseMethodFault) {
	p, fault := parseDatastorePath(s.DatastorePath)
	if fault != nil {
		return nil, fault
	}
	found, ok := Map.FindByName(p.Datastore, s.Datastore).(*Datastore)
	if !ok {
		return nil, &types.InvalidDatastore{Name: p.Datastore}
	}
	dir := path.Join(found.Info.GetDatastoreInfo().Url, path.Clean("/"+p.Path))
	if !isFolder(dir) {
		return nil, fileFault(new(types.FileNotFound), dir)
	}
	task.Info.Entity = &found.Self
	task.Info.EntityName = found.Name
	if err := s.search(&found.Self, s.DatastorePath, dir); err != nil {
		return nil, fileFault(new(types.CannotAccessFile), dir)
	}
	if s.recurse {
		return types.ArrayOfHostDatastoreBrowserSearchResults{HostDatastoreBrowserSearchResults: s.res}, nil
	}
	return s.res[0], nil
}

// RefreshDatastore answers, which vcsim forgets.
func (ds *Datastore) RefreshDatastore(req *types.RefreshDatastore) soap.HasFault {
	if err := ds.stat(); err != nil {
		return &methods.RefreshDatastoreBody{Fault_: Fault(err.Error(), new(types.HostConfigFault))}
	}
	info := ds.Info.GetDatastoreInfo()
	info.MaxFileSize = info.FreeSpace
	return &methods.RefreshDatastoreBody{Res: new(types.RefreshDatastoreResponse)}
}
