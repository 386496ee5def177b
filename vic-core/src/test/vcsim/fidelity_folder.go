package simulator

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/vmware/govmomi/vim25/soap"
)

// ServeDatastore serves the files of datastores to sessions: vCenter wants a session, takes inventory paths to the
// letter, makes no folders, and says 201 of a file that is new.
func (s *Service) ServeDatastore(w http.ResponseWriter, r *http.Request) {
	calls.count(r.Method + " /folder")
	faulted(r.Method+" /folder", w, r, s.serveFile)
}

func (s *Service) serveFile(w http.ResponseWriter, r *http.Request) {
	if !s.authenticated(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="VMware HTTP server"`)
		http.Error(w, "not authenticated", http.StatusUnauthorized)
		return
	}
	file, ok := s.datastoreFile(r.URL)
	if !ok {
		http.NotFound(w, r)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		f, err := os.Open(file)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.IsDir() {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", info.ModTime(), f)
	case http.MethodPut, http.MethodPost:
		s.receive(w, r, file)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// receive writes what comes; what was written before the client went away stays, as on a host.
func (s *Service) receive(w http.ResponseWriter, r *http.Request, file string) {
	if !isFolder(path.Dir(file)) {
		http.NotFound(w, r)
		return
	}
	if isFolder(file) {
		http.Error(w, "a folder", http.StatusConflict)
		return
	}
	world.Lock()
	inUse := locked(file)
	world.Unlock()
	if inUse {
		http.Error(w, "the file is in use", http.StatusInternalServerError)
		return
	}
	status := http.StatusCreated
	if exists(file) {
		status = http.StatusOK
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusConflict)
			return
		}
	}
	f, err := os.Create(file)
	if err != nil {
		http.Error(w, "cannot create the file", http.StatusInternalServerError)
		return
	}
	err = copySparse(f, r.Body)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

// copySparse writes all that comes, and holes for long zeros, so that a large empty disk takes no room here.
func copySparse(f *os.File, from io.Reader) error {
	block, zeros := make([]byte, 256<<10), make([]byte, 256<<10)
	size := int64(0)
	for {
		n, err := 0, error(nil)
		for n < len(block) && err == nil {
			var more int
			more, err = from.Read(block[n:])
			n += more
		}
		if !bytes.Equal(block[:n], zeros[:n]) {
			if _, err := f.WriteAt(block[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if err != nil {
			if truncating := f.Truncate(size); truncating != nil {
				return truncating
			}
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

func (s *Service) authenticated(r *http.Request) bool {
	if cookie, err := r.Cookie(soap.SessionCookieName); err == nil {
		_, ok := s.sm.getSession(strings.Trim(cookie.Value, `"`))
		return ok
	}
	user, password, ok := r.BasicAuth()
	wanted, _ := s.Listen.User.Password()
	return ok && user == s.Listen.User.Username() && password == wanted
}

// datastoreFile is the local file of a request: its path, and the datacenter and datastore that the query names.
func (s *Service) datastoreFile(location *url.URL) (string, bool) {
	world.Lock()
	defer world.Unlock()
	query := location.Query()
	var dc *Datacenter
	for _, entity := range Map.All("Datacenter") {
		name := query.Get("dcPath")
		if name == "" && len(Map.All("Datacenter")) == 1 || strings.Trim(name, "/") == strings.Trim(inventoryPath(entity), "/") {
			dc = entity.(*Datacenter)
		}
	}
	if dc == nil {
		return "", false
	}
	ds, ok := Map.FindByName(query.Get("dsName"), dc.Datastore).(*Datastore)
	if !ok {
		return "", false
	}
	name := strings.TrimPrefix(location.Path, strings.TrimSuffix(folderPrefix, "/"))
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return "", false
		}
	}
	return path.Join(ds.Info.GetDatastoreInfo().Url, name), true
}
