package simulator

import (
	"os"
	"path"
	"strings"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// A host opens a machine's files when it powers it on, and locks them as VMFS does: a disk that is written is open in
// one machine alone, and one that is only read - what other disks are differences to, and disks that are attached as
// non-persistent - in any number of them.

type opened struct {
	file    string
	written bool
}

// opens are the files that the machine has open while it is on, or the fault of one that is missing.
func (vm *VirtualMachine) opens() ([]opened, types.BaseMethodFault) {
	var files []opened
	for _, device := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil)) {
		backing, ok := device.GetVirtualDevice().Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if !ok {
			continue
		}
		file, ok := vm.backingFile(device)
		if !ok {
			return nil, &types.FileNotFound{FileFault: types.FileFault{File: backing.FileName}}
		}
		opens, fault := opensDisk(file, backing)
		if fault != nil {
			return nil, fault
		}
		files = append(files, opens...)
	}
	return files, nil
}

func opensDisk(file string, backing *types.VirtualDiskFlatVer2BackingInfo) ([]opened, types.BaseMethodFault) {
	var files []opened
	written := backing.Sharing != string(types.VirtualDiskSharingSharingMultiWriter)
	switch types.VirtualDiskMode(backing.DiskMode) {
	case types.VirtualDiskModePersistent, types.VirtualDiskModeIndependent_persistent:
	default:
		written = false
	}
	for file != "" {
		found, fault := readDisk(file)
		if fault == nil {
			fault = found.openable()
		}
		if fault != nil {
			return nil, fault
		}
		for _, own := range found.files() {
			files = append(files, opened{own, written})
		}
		file, written = found.parent, false
	}
	return files, nil
}

// inUse are the files that running machines have open, and held says which machine has opened which.
var (
	inUse = make(map[string]*users)
	held  = make(map[types.ManagedObjectReference][]opened)
)

type users struct {
	readers, writers int
}

// hold opens files in a machine, beside those that it has open.
func hold(vm types.ManagedObjectReference, files []opened) {
	for _, file := range files {
		use := inUse[file.file]
		if use == nil {
			use = new(users)
			inUse[file.file] = use
		}
		if file.written {
			use.writers++
		} else {
			use.readers++
		}
	}
	held[vm] = append(held[vm], files...)
}

// release closes all files that a machine has open.
func release(vm types.ManagedObjectReference) {
	for _, file := range held[vm] {
		use := inUse[file.file]
		if file.written {
			use.writers--
		} else {
			use.readers--
		}
		if *use == (users{}) {
			delete(inUse, file.file)
		}
	}
	delete(held, vm)
}

// conflict is the fault of the first file that the use of it in a running machine forbids.
func conflict(files []opened) types.BaseMethodFault {
	for _, file := range files {
		if use := inUse[file.file]; use != nil && (use.writers > 0 || file.written) {
			return fileFault(new(types.FileLocked), file.file)
		}
	}
	return nil
}

// locked is whether a running machine has a file open.
func locked(file string) bool {
	return inUse[file] != nil
}

// lockedUnder is whether a running machine has a file or one below it open.
func lockedUnder(file string) bool {
	for open := range inUse {
		if open == file || strings.HasPrefix(open, file+"/") {
			return true
		}
	}
	return false
}

// Run changes the power of a machine, if its state and its host allow it.
func (c *powerVMTask) Run(task *Task) (types.AnyType, types.BaseMethodFault) {
	vm := c.VirtualMachine
	if Map.Get(vm.Self) == nil {
		return nil, &types.ManagedObjectNotFound{Obj: vm.Self}
	}
	if fault := vm.free(); fault != nil {
		return nil, fault
	}
	is := vm.Runtime.PowerState
	if is == c.state || c.state == types.VirtualMachinePowerStateSuspended && is != types.VirtualMachinePowerStatePoweredOn {
		return nil, &types.InvalidPowerState{RequestedState: c.state, ExistingState: is}
	}
	host := Map.Get(*vm.Runtime.Host).(*HostSystem)
	on := c.state == types.VirtualMachinePowerStatePoweredOn
	if fault := usable(host); fault != nil && (on || host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected) {
		return nil, fault
	}
	if on && is == types.VirtualMachinePowerStatePoweredOff {
		if !exists(vm.folder()) {
			return nil, fileFault(new(types.FileNotFound), vm.folder())
		}
		files, fault := vm.opens()
		if fault == nil {
			fault = conflict(files)
		}
		if fault == nil {
			fault = vm.openSerialPorts()
		}
		if fault != nil {
			return nil, fault
		}
		hold(vm.Self, files)
	}
	if result, fault := c.vendorRun(task); fault != nil {
		return result, fault
	}
	vm.powered(is)
	return nil, nil
}

// powered sets what follows from another power state.
func (vm *VirtualMachine) powered(before types.VirtualMachinePowerState) {
	on := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
	switch {
	case vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff:
		vm.Runtime.BootTime = nil
		release(vm.Self)
		vm.vanish()
	case on && before != types.VirtualMachinePowerStateSuspended:
		now := time.Now().UTC()
		vm.Runtime.BootTime = &now
	}
	for _, device := range vm.Config.Hardware.Device {
		if connectable := device.GetVirtualDevice().Connectable; connectable != nil {
			file, backed := vm.backingFile(device)
			connectable.Connected = on && connectable.StartConnected && (!backed || exists(file))
			connectable.Status = "untried"
			if on {
				connectable.Status = "ok"
				if backed && !exists(file) {
					connectable.Status = "unrecoverableError"
				}
			}
		}
	}
	vm.Summary.Runtime = vm.Runtime
	if on { // the host writes what it has given to the devices
		vm.Config.ChangeVersion = newVersion()
	}
	feed.touch(vm.Self)
	refreshPools()
}

// openSerialPorts makes the files that serial ports write to.
func (vm *VirtualMachine) openSerialPorts() types.BaseMethodFault {
	for _, device := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualSerialPort)(nil)) {
		if _, ok := device.GetVirtualDevice().Backing.(*types.VirtualSerialPortFileBackingInfo); !ok {
			continue
		}
		file, ok := vm.backingFile(device)
		if !ok || !isFolder(path.Dir(file)) {
			return fileFault(new(types.FileNotFound), file)
		}
		f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return fileFault(new(types.CannotCreateFile), file)
		}
		_ = f.Close()
	}
	return nil
}

// ShutdownGuest asks VMware Tools, which have to be running.
func (vm *VirtualMachine) ShutdownGuest(ctx *Context, c *types.ShutdownGuest) soap.HasFault {
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn &&
		vm.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning) {
		return &methods.ShutdownGuestBody{Fault_: Fault("", new(types.ToolsUnavailable))}
	}
	before := vm.Runtime.PowerState
	answer := vm.vendorShutdownGuest(ctx, c)
	if answer.Fault() == nil {
		vm.powered(before)
	}
	return answer
}
