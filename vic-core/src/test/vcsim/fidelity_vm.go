package simulator

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// vCenter makes a machine or leaves nothing of it, changes one as a whole or not at all, and deletes with it what is its
// own: the files that it has made, and the disks that are attached.

// Run makes a machine. What vcsim would panic over, or find too late, is looked at before.
func (c *createVM) Run(task *Task) (result types.AnyType, fault types.BaseMethodFault) {
	if fault := c.check(); fault != nil {
		return nil, fault
	}
	allOrNothing(func() bool {
		if !c.register {
			if fault = c.home(); fault != nil {
				return false
			}
		}
		result, fault = c.vendorRun(task)
		return fault == nil
	})
	if fault == nil {
		vm := Map.Get(result.(types.ManagedObjectReference)).(*VirtualMachine)
		vm.Config.CreateDate = types.NewTime(time.Now())
		vm.Config.CpuAllocation = allocation(c.req.Config.CpuAllocation, 1000*vm.Config.Hardware.NumCPU)
		vm.Config.MemoryAllocation = allocation(c.req.Config.MemoryAllocation, 10*vm.Config.Hardware.MemoryMB)
		vm.relink()
		feed.touch(c.req.Pool)
		refreshPools()
	}
	return result, fault
}

// allocation is what a machine has of a resource: what was asked for, and else what vCenter gives to all.
func allocation(asked *types.ResourceAllocationInfo, normal int32) *types.ResourceAllocationInfo {
	given := types.ResourceAllocationInfo{
		Reservation: types.NewInt64(0), ExpandableReservation: types.NewBool(false), Limit: types.NewInt64(-1),
		Shares: &types.SharesInfo{Level: types.SharesLevelNormal},
	}
	if asked != nil {
		if asked.Reservation != nil {
			given.Reservation = asked.Reservation
		}
		if asked.ExpandableReservation != nil {
			given.ExpandableReservation = asked.ExpandableReservation
		}
		if asked.Limit != nil {
			given.Limit = asked.Limit
		}
		if asked.Shares != nil {
			given.Shares = &types.SharesInfo{Level: asked.Shares.Level, Shares: asked.Shares.Shares}
		}
	}
	switch given.Shares.Level { // A word means what it does for a machine of this size.
	case types.SharesLevelLow:
		given.Shares.Shares = normal / 2
	case types.SharesLevelNormal:
		given.Shares.Shares = normal
	case types.SharesLevelHigh:
		given.Shares.Shares = normal * 2
	}
	return &given
}

func (c *createVM) check() types.BaseMethodFault {
	spec := &c.req.Config
	spec.Name = inventoryName(spec.Name)
	if spec.Name == "" {
		return &types.InvalidVmConfig{Property: "configSpec.name"}
	}
	if spec.Files == nil || spec.Files.VmPathName == "" {
		return &types.InvalidVmConfig{Property: "configSpec.files.vmPathName"}
	}
	if twin := Map.FindByName(spec.Name, c.ChildEntity); twin != nil {
		return &types.DuplicateName{Name: spec.Name, Object: twin.Reference()}
	}
	if spec.MemoryMB%4 != 0 || spec.MemoryMB < 0 {
		return &types.InvalidArgument{InvalidProperty: "configSpec.memoryMB"}
	}
	if spec.GuestId != "" {
		if fault := validateGuestID(spec.GuestId); fault != nil {
			return fault
		}
	}
	p, fault := parseDatastorePath(spec.Files.VmPathName)
	if fault != nil {
		return fault
	}
	dc := Map.getEntityDatacenter(c.Folder)
	if _, ok := Map.FindByName(p.Datastore, dc.Datastore).(*Datastore); !ok {
		return &types.InvalidDatastore{Name: p.Datastore}
	}
	pool, ok := Map.Get(c.req.Pool).(mo.Entity)
	if !ok || c.req.Pool.Type != "ResourcePool" && c.req.Pool.Type != "VirtualApp" {
		return &types.InvalidArgument{InvalidProperty: "pool"}
	}
	return c.host(Map.getEntityComputeResource(pool), p.Datastore)
}

// host chooses a host of the pool's compute resource that can see the datastore: the one with the fewest machines.
func (c *createVM) host(compute mo.Entity, datastore string) types.BaseMethodFault {
	hosts := hostsOf(compute)
	if c.req.Host != nil {
		if FindReference(hosts, *c.req.Host) == nil {
			return &types.InvalidArgument{InvalidProperty: "host"}
		}
		hosts = []types.ManagedObjectReference{*c.req.Host}
	}
	var unfit types.BaseMethodFault = new(types.InsufficientResourcesFault)
	var best *HostSystem
	for _, ref := range hosts {
		host := Map.Get(ref).(*HostSystem)
		if Map.FindByName(datastore, host.Datastore) == nil {
			unfit = &types.InvalidDatastore{Name: datastore}
			continue
		}
		if fault := usable(host); fault != nil {
			unfit = fault
			continue
		}
		if best == nil || len(host.Vm) < len(best.Vm) {
			best = host
		}
	}
	if best == nil {
		return unfit
	}
	c.req.Host = &best.Self
	return nil
}

// usable is the fault of a host that runs nothing new.
func usable(host *HostSystem) types.BaseMethodFault {
	switch {
	case host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected:
		return new(types.HostNotConnected)
	case host.Runtime.InMaintenanceMode:
		return new(types.InvalidState)
	}
	return nil
}

func hostsOf(compute mo.Entity) []types.ManagedObjectReference {
	switch compute := compute.(type) {
	case *mo.ComputeResource:
		return compute.Host
	case *ClusterComputeResource:
		return compute.Host
	}
	return nil
}

// home makes the machine's folder and says where its configuration is: [ds] alone is a new folder of its name.
func (c *createVM) home() types.BaseMethodFault {
	spec := &c.req.Config
	p, _ := parseDatastorePath(spec.Files.VmPathName)
	root := Map.FindByName(p.Datastore, Map.getEntityDatacenter(c.Folder).Datastore).(*Datastore).Info.GetDatastoreInfo().Url
	for _, part := range strings.Split(p.Path, "/") {
		if part == ".." {
			return &types.InvalidDatastorePath{DatastorePath: spec.Files.VmPathName}
		}
	}
	if p.Path == "" {
		p.Path = spec.Name
		for n := 1; exists(path.Join(root, p.Path)); n++ {
			p.Path = fmt.Sprintf("%s_%d", spec.Name, n)
		}
	}
	if path.Ext(p.Path) != ".vmx" {
		p.Path = path.Join(p.Path, spec.Name+".vmx")
	}
	spec.Files.VmPathName = p.String()
	vmx := path.Join(root, p.Path)
	folder := path.Dir(vmx)
	switch {
	case exists(vmx):
		return fileFault(new(types.FileAlreadyExists), vmx)
	case isFolder(folder):
	case !isFolder(path.Dir(folder)):
		return fileFault(new(types.FileNotFound), folder)
	default:
		if err := os.Mkdir(folder, 0o700); err != nil {
			return fileFault(new(types.CannotCreateFile), folder)
		}
		fileMade(folder)
	}
	// Two machines that have lived at one place are two all the same.
	if spec.Uuid == "" {
		spec.Uuid = uuid.New().String()
	}
	if spec.InstanceUuid == "" {
		spec.InstanceUuid = uuid.New().String()
	}
	return nil
}

func (vm *VirtualMachine) createFile(spec string, name string, register bool) (*os.File, types.BaseMethodFault) {
	f, fault := vm.vendorCreateFile(spec, name, register)
	if fault != nil {
		if named, ok := fault.(types.BaseFileFault); ok {
			fileFault(fault, named.GetFileFault().File)
		}
		return nil, fault
	}
	if !register {
		fileMade(f.Name())
	}
	return f, nil
}

// relink makes each datastore name the machines that have files on it, once.
func (vm *VirtualMachine) relink() {
	host := Map.Get(*vm.Runtime.Host).(*HostSystem)
	for _, ref := range host.Datastore {
		ds := Map.Get(ref).(*Datastore)
		for FindReference(ds.Vm, vm.Self) != nil {
			RemoveReference(&ds.Vm, vm.Self)
		}
		if FindReference(vm.Datastore, ref) != nil {
			ds.Vm = append(ds.Vm, vm.Self)
		}
		feed.touch(ref)
	}
}

var configurations int64

// newVersion is a change version that no configuration has had.
func newVersion() string {
	return fmt.Sprintf("%s.%06dZ", time.Now().UTC().Format("2006-01-02T15:04:05"), atomic.AddInt64(&configurations, 1))
}

func (vm *VirtualMachine) ReconfigVMTask(ctx *Context, req *types.ReconfigVM_Task) soap.HasFault {
	task := CreateTask(vm, "reconfigVm", func(*Task) (types.AnyType, types.BaseMethodFault) {
		fault := vm.reconfigure(&req.Spec)
		if fault == nil {
			ctx.postEvent(&types.VmReconfiguredEvent{VmEvent: vm.event(), ConfigSpec: req.Spec})
		}
		return nil, fault
	})
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task.Run()}}
}

func (vm *VirtualMachine) reconfigure(spec *types.VirtualMachineConfigSpec) (fault types.BaseMethodFault) {
	if fault := vm.free(); fault != nil {
		return fault
	}
	if vm.Config.Template && !reflect.DeepEqual(spec, &types.VirtualMachineConfigSpec{Name: spec.Name, Annotation: spec.Annotation}) {
		return new(types.NotSupported)
	}
	if spec.ChangeVersion != "" && spec.ChangeVersion != vm.Config.ChangeVersion {
		return new(types.ConcurrentAccess)
	}
	spec.Name = inventoryName(spec.Name)
	if fault := siblingNamed(vm, spec.Name); fault != nil {
		return fault
	}
	if spec.MemoryMB%4 != 0 || spec.MemoryMB < 0 {
		return &types.InvalidArgument{InvalidProperty: "configSpec.memoryMB"}
	}
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		if spec.MemoryMB != 0 && spec.MemoryMB != int64(vm.Config.Hardware.MemoryMB) && isFalse(vm.Config.MemoryHotAddEnabled) {
			return new(types.MemoryHotPlugNotSupported)
		}
		if spec.NumCPUs != 0 && spec.NumCPUs != vm.Config.Hardware.NumCPU && isFalse(vm.Config.CpuHotAddEnabled) {
			return new(types.CpuHotPlugNotSupported)
		}
	}
	before := clone(vm.VirtualMachine).(mo.VirtualMachine)
	allOrNothing(func() bool {
		fault = vm.configure(spec)
		if fault != nil {
			vm.VirtualMachine = before
		}
		return fault == nil
	})
	if fault == nil {
		vm.relink()
		refreshPools()
	}
	return fault
}

// applyExtraConfig sets options by their keys: one that is there is replaced, one of no value goes. A key SET.x sets a
// property of the machine, as vcsim has it, which lets a test play the guest.
func (vm *VirtualMachine) applyExtraConfig(spec *types.VirtualMachineConfigSpec) {
	var sets types.VirtualMachineConfigSpec
	options := append([]types.BaseOptionValue{}, vm.Config.ExtraConfig...)
	for _, given := range spec.ExtraConfig {
		option := *given.GetOptionValue()
		if strings.HasPrefix(extraConfigKey(option.Key), "SET.") {
			sets.ExtraConfig = append(sets.ExtraConfig, given)
			continue
		}
		kept := options[:0]
		replaced := false
		for _, there := range options {
			switch {
			case there.GetOptionValue().Key != option.Key:
				kept = append(kept, there)
			case !emptyOption(option) && !replaced:
				kept = append(kept, &option)
				replaced = true
			}
		}
		options = kept
		if !emptyOption(option) && !replaced {
			options = append(options, &option)
		}
	}
	vm.Config.ExtraConfig = options
	vm.Config.ChangeVersion = newVersion()
	if len(sets.ExtraConfig) > 0 {
		vm.vendorApplyExtraConfig(&sets)
	}
	feed.touch(vm.Self)
}

func emptyOption(option types.OptionValue) bool {
	return option.Value == nil || option.Value == ""
}

func (vm *VirtualMachine) RenameTask(req *types.Rename_Task) soap.HasFault {
	task := CreateTask(vm, "rename", func(*Task) (types.AnyType, types.BaseMethodFault) {
		return nil, vm.reconfigure(&types.VirtualMachineConfigSpec{Name: req.NewName})
	})
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task.Run()}}
}

// own are the local files that are the machine's: those that a host makes for it in its folder, and its disks.
func (vm *VirtualMachine) own() []string {
	var files []string
	folder := vm.folder()
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		switch path.Ext(entry.Name()) {
		case ".vmx", ".vmxf", ".nvram", ".vmsd", ".vmsn", ".vswp", ".vmss", ".vmem":
			files = append(files, filepath.Join(folder, entry.Name()))
		case ".log":
			if strings.HasPrefix(entry.Name(), "vmware") {
				files = append(files, filepath.Join(folder, entry.Name()))
			}
		}
	}
	return files
}

// folder is the local folder that the machine's configuration is in.
func (vm *VirtualMachine) folder() string {
	p, _ := parseDatastorePath(vm.Config.Files.VmPathName)
	return path.Dir(path.Join(vm.findDatastore(p.Datastore).Info.GetDatastoreInfo().Url, p.Path))
}

// DestroyTask deletes the machine's files and its disks, however they are attached, but not what those are differences
// to; and its folder, if nothing else is in it. A disk that another machine uses stays.
func (vm *VirtualMachine) DestroyTask(ctx *Context, req *types.Destroy_Task) soap.HasFault {
	task := CreateTask(vm, "destroy", func(*Task) (types.AnyType, types.BaseMethodFault) {
		if Map.Get(vm.Self) == nil || Map.getEntityDatacenter(vm) == nil {
			return nil, &types.ManagedObjectNotFound{Obj: vm.Self}
		}
		if fault := vm.free(); fault != nil {
			return nil, fault
		}
		return nil, vm.destroy(ctx)
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task.Run()}}
}

func (vm *VirtualMachine) destroy(ctx *Context) types.BaseMethodFault {
	files, folder := vm.own(), vm.folder()
	var disks []*disk
	for _, device := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil)) {
		if file, ok := vm.backingFile(device); ok {
			if found, fault := readDisk(file); fault == nil {
				disks = append(disks, found)
			}
		}
	}
	answer := vm.UnregisterVM(ctx, &types.UnregisterVM{This: vm.Self})
	if fault := answer.Fault(); fault != nil {
		return fault.VimFault().(types.BaseMethodFault)
	}
	for _, found := range disks {
		_ = found.remove()
	}
	for _, file := range files {
		_ = os.Remove(file)
	}
	_ = os.Remove(folder)
	vm.run.remove(vm)
	refreshPools()
	return nil
}

// free is the fault of a machine that an import still fills.
func (vm *VirtualMachine) free() types.BaseMethodFault {
	if lease, ok := importing[vm.Self]; ok {
		return &types.TaskInProgress{Task: lease.task.Self}
	}
	return nil
}
