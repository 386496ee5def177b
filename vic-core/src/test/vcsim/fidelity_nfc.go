package simulator

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// An import: vCenter makes the machine with its disks, and a lease that is ready some time later and names, for each
// disk, where on the host its content goes as a stream-optimized VMDK. Without progress the lease ends, and takes the
// machine with it; so does an abort. Until it is complete nothing else can be done with the machine.

var (
	// LeaseTimeout ends a lease whose client says nothing of its progress for as long.
	LeaseTimeout = 300 * time.Second
	// NfcAuthority is where uploads go, as host and port, and * for the host that was called.
	NfcAuthority = "*"
	// NfcThumbprint is the SHA-1 of the certificate there, in pairs of digits.
	NfcThumbprint string
	// Uploads is a folder that keeps what was uploaded.
	Uploads string
)

const leaseDelay = 10 * time.Millisecond // from initializing to ready

// nfcImport is the lease of an import.
type nfcImport struct {
	mo.HttpNfcLease

	disks map[string]string // descriptors by the names in the URLs
	timer *time.Timer
	task  *Task // runs as long as the lease lives
}

var (
	imports   = make(map[string]*nfcImport) // by the lease's value in URLs
	importing = make(map[types.ManagedObjectReference]*nfcImport)
	uploads   = []upload{}
)

// upload is what came to a lease: for which file, how much of it, and whether it was taken.
type upload struct {
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	Status int    `json:"status"`
	Stored string `json:"stored"`
}

func (a *VirtualApp) ImportVApp(ctx *Context, req *types.ImportVApp) soap.HasFault {
	if req.Folder != nil {
		fault := &types.InvalidArgument{InvalidProperty: "folder"}
		return &methods.ImportVAppBody{Fault_: Fault(faultText(fault), fault)}
	}
	return importMachine(ctx, req, a, a.ParentFolder)
}

func (p *ResourcePool) ImportVApp(ctx *Context, req *types.ImportVApp) soap.HasFault {
	return importMachine(ctx, req, p, req.Folder)
}

func importMachine(ctx *Context, req *types.ImportVApp, pool mo.Entity, where *types.ManagedObjectReference) soap.HasFault {
	failed := func(fault types.BaseMethodFault) soap.HasFault {
		return &methods.ImportVAppBody{Fault_: Fault(faultText(fault), fault)}
	}
	spec, ok := req.Spec.(*types.VirtualMachineImportSpec)
	if !ok {
		return failed(&types.InvalidArgument{InvalidProperty: "spec"})
	}
	if where == nil {
		where = &Map.getEntityDatacenter(pool).VmFolder
	}
	folder, ok := Map.Get(*where).(*Folder)
	if !ok {
		return failed(&types.InvalidArgument{InvalidProperty: "folder"})
	}
	made := folder.CreateVMTask(ctx, &types.CreateVM_Task{
		This: folder.Self, Config: spec.ConfigSpec, Pool: pool.Reference(), Host: req.Host,
	}).(*methods.CreateVM_TaskBody)
	task := Map.Get(made.Res.Returnval).(*Task)
	if task.Info.Error != nil {
		return failed(task.Info.Error.Fault)
	}
	vm := Map.Get(task.Info.Result.(types.ManagedObjectReference)).(*VirtualMachine)
	id := uuid.New().String()
	lease := &nfcImport{disks: make(map[string]string)}
	lease.Self = types.ManagedObjectReference{Type: "HttpNfcLease", Value: fmt.Sprintf("session[%s]%s", ctx.Session.Key, id)}
	lease.State = types.HttpNfcLeaseStateInitializing
	lease.Mode = string(types.HttpNfcLeaseModePushOrGet)
	ctx.Session.Put(lease)
	lease.task = CreateTask(vm, "importVAppLRO", nil)
	lease.task.Info.State = types.TaskInfoStateRunning
	imports[id] = lease
	importing[vm.Self] = lease
	info := lease.describe(vm, id)
	time.AfterFunc(leaseDelay, func() {
		world.Lock()
		defer world.Unlock()
		if lease.State == types.HttpNfcLeaseStateInitializing {
			lease.InitializeProgress = 100
			lease.Info = info
			lease.become(types.HttpNfcLeaseStateReady)
			lease.timer = time.AfterFunc(LeaseTimeout, func() {
				world.Lock()
				defer world.Unlock()
				if lease.State == types.HttpNfcLeaseStateReady {
					lease.fail(vm.Self, new(types.Timedout))
				}
			})
		}
	})
	return &methods.ImportVAppBody{Res: &types.ImportVAppResponse{Returnval: lease.Self}}
}

func (l *nfcImport) describe(vm *VirtualMachine, id string) *types.HttpNfcLeaseInfo {
	info := &types.HttpNfcLeaseInfo{Lease: l.Self, Entity: vm.Self, LeaseTimeout: int32(LeaseTimeout / time.Second)}
	devices := object.VirtualDeviceList(vm.Config.Hardware.Device)
	for _, device := range devices.SelectByType((*types.VirtualDisk)(nil)) {
		file, ok := vm.backingFile(device)
		if !ok {
			continue
		}
		d := device.(*types.VirtualDisk)
		controller := devices.FindByKey(d.ControllerKey)
		place := fmt.Sprintf("%s%d:%d", devices.TypeName(controller),
			controller.(types.BaseVirtualController).GetVirtualController().BusNumber, *d.UnitNumber)
		name := fmt.Sprintf("disk-%d.vmdk", len(info.DeviceUrl))
		l.disks[name] = file
		info.TotalDiskCapacityInKB += d.CapacityInKB
		info.DeviceUrl = append(info.DeviceUrl, types.HttpNfcLeaseDeviceUrl{
			Key:           "/" + vm.Self.Value + "/" + place,
			ImportKey:     "/" + vm.Name + "/" + place,
			Url:           "https://" + NfcAuthority + path.Join(nfcPrefix, id, name),
			SslThumbprint: NfcThumbprint,
			Disk:          types.NewBool(true),
			TargetId:      name,
		})
	}
	return info
}

func (l *nfcImport) become(state types.HttpNfcLeaseState) {
	l.State = state
	feed.touch(l.Self)
}

// end is the end of the lease, whichever it is.
func (l *nfcImport) end(state types.HttpNfcLeaseState) {
	if l.timer != nil {
		l.timer.Stop()
	}
	for vm, lease := range importing {
		if lease == l {
			delete(importing, vm)
		}
	}
	if l.Error == nil {
		l.task.end(nil, nil)
	} else {
		l.task.end(nil, l.Error.Fault)
	}
	l.become(state)
}

func (l *nfcImport) fail(vm types.ManagedObjectReference, fault types.BaseMethodFault) {
	l.Error = &types.LocalizedMethodFault{Fault: fault, LocalizedMessage: faultText(fault)}
	l.end(types.HttpNfcLeaseStateError)
	if machine, ok := Map.Get(vm).(*VirtualMachine); ok {
		_ = machine.destroy(&Context{Map: Map, Session: internalContext.Session})
	}
}

func (l *nfcImport) entity() types.ManagedObjectReference {
	for vm, lease := range importing {
		if lease == l {
			return vm
		}
	}
	return types.ManagedObjectReference{}
}

func (l *nfcImport) HttpNfcLeaseComplete(*types.HttpNfcLeaseComplete) soap.HasFault {
	if l.State != types.HttpNfcLeaseStateReady {
		return &methods.HttpNfcLeaseCompleteBody{Fault_: Fault("", new(types.InvalidState))}
	}
	l.TransferProgress = 100
	l.end(types.HttpNfcLeaseStateDone)
	return &methods.HttpNfcLeaseCompleteBody{Res: new(types.HttpNfcLeaseCompleteResponse)}
}

func (l *nfcImport) HttpNfcLeaseAbort(req *types.HttpNfcLeaseAbort) soap.HasFault {
	if l.State != types.HttpNfcLeaseStateReady && l.State != types.HttpNfcLeaseStateInitializing {
		return &methods.HttpNfcLeaseAbortBody{Fault_: Fault("", new(types.InvalidState))}
	}
	var fault types.BaseMethodFault = new(types.RequestCanceled)
	if req.Fault != nil && req.Fault.Fault != nil {
		fault = req.Fault.Fault
	}
	l.fail(l.entity(), fault)
	return &methods.HttpNfcLeaseAbortBody{Res: new(types.HttpNfcLeaseAbortResponse)}
}

func (l *nfcImport) HttpNfcLeaseProgress(req *types.HttpNfcLeaseProgress) soap.HasFault {
	if l.State != types.HttpNfcLeaseStateReady {
		return &methods.HttpNfcLeaseProgressBody{Fault_: Fault("", new(types.InvalidState))}
	}
	l.TransferProgress = req.Percent
	l.timer.Reset(LeaseTimeout)
	return &methods.HttpNfcLeaseProgressBody{Res: new(types.HttpNfcLeaseProgressResponse)}
}

// ServeNFC takes the disks of imports; the URL is all that a client needs.
func ServeNFC(w http.ResponseWriter, r *http.Request) {
	calls.count(r.Method + " /nfc")
	faulted(r.Method+" /nfc", w, r, takeDisk)
}

func takeDisk(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, nfcPrefix), "/")
	world.Lock()
	lease := imports[parts[0]]
	world.Unlock()
	if lease == nil {
		vendorServeNFC(w, r)
		return
	}
	file, ok := lease.disks[parts[len(parts)-1]]
	if !ok || len(parts) != 2 {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	world.Lock()
	ready, name := lease.State == types.HttpNfcLeaseStateReady, datastorePath(file)
	world.Unlock()
	if !ready {
		http.Error(w, "the lease is not ready", http.StatusForbidden)
		return
	}
	stored, err := os.CreateTemp(Uploads, "*.vmdk")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	count, err := io.Copy(stored, r.Body)
	_ = stored.Close()
	came := upload{File: name, Bytes: count, Status: http.StatusOK, Stored: stored.Name()}
	if err == nil {
		err = fill(lease, file, stored.Name())
	}
	if err != nil {
		came.Status = http.StatusInternalServerError
	}
	world.Lock()
	uploads = append(uploads, came)
	world.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// fill gives a disk the content of a stream-optimized one, or leaves it as it is.
func fill(lease *nfcImport, file, stored string) error {
	if err := streamOptimized(stored); err != nil {
		return err
	}
	raw := stored + ".raw"
	defer os.Remove(raw)
	output, err := exec.Command("qemu-img", "convert", "-f", "vmdk", "-O", "raw", stored, raw).CombinedOutput()
	if err != nil {
		return fmt.Errorf("qemu-img does not read what came: %s", bytes.TrimSpace(output))
	}
	info, err := os.Stat(raw)
	if err != nil {
		return err
	}
	world.Lock()
	defer world.Unlock()
	target, fault := readDisk(file)
	switch {
	case fault != nil || lease.State != types.HttpNfcLeaseStateReady:
		return fmt.Errorf("the disk or its lease is gone")
	case info.Size() > target.bytes():
		return fmt.Errorf("%d bytes came for a disk of %d", info.Size(), target.bytes())
	case target.parent != "":
		return fmt.Errorf("the disk is a difference to another")
	}
	if err := os.Truncate(raw, target.bytes()); err != nil {
		return err
	}
	return os.Rename(raw, target.files()[1])
}

// streamOptimized checks the header of a sparse extent: compressed, and with markers. (SparseExtentHeader in VMware's
// Virtual Disk Format 1.1, section "Hosted Sparse Extents".)
func streamOptimized(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	header := make([]byte, 12)
	const compressed, markers = 1 << 16, 1 << 17
	if _, err := io.ReadFull(f, header); err != nil || string(header[:4]) != "KDMV" ||
		binary.LittleEndian.Uint32(header[8:])&(compressed|markers) != compressed|markers {
		return fmt.Errorf("what came is no stream-optimized VMDK")
	}
	return nil
}
