package simulator

import (
	"os"
	"path"
	"syscall"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// layout lists the machine's files, which vcsim names without their folders, and computes what they take.
func (vm *VirtualMachine) layout() {
	now := time.Now()
	ex := &types.VirtualMachineFileLayoutEx{Timestamp: now}
	plain := new(types.VirtualMachineFileLayout)
	if vm.LayoutEx != nil {
		ex.Snapshot = vm.LayoutEx.Snapshot
	}
	usage := make(map[types.ManagedObjectReference]*types.VirtualMachineUsageOnDatastore)
	var order []types.ManagedObjectReference
	keys := make(map[string]int32)
	vm.Datastore = nil
	use := func(name string) *types.VirtualMachineUsageOnDatastore {
		p, _ := parseDatastorePath(name)
		ds := vm.useDatastore(p.Datastore)
		if usage[ds.Self] == nil {
			usage[ds.Self] = &types.VirtualMachineUsageOnDatastore{Datastore: ds.Self}
			order = append(order, ds.Self)
		}
		return usage[ds.Self]
	}
	file := func(local string) int32 {
		if key, ok := keys[local]; ok {
			return key
		}
		var size int64
		if info, err := os.Stat(local); err == nil {
			size = info.Size()
			if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Blocks*sectorBytes < size {
				size = stat.Blocks * sectorBytes // of a sparse file what it takes
			}
		}
		key := int32(len(keys))
		keys[local] = key
		name := datastorePath(local)
		ex.File = append(ex.File, types.VirtualMachineFileLayoutExFileInfo{
			Key:        key,
			Name:       name,
			Type:       string(getVMFileType(path.Base(local))),
			Size:       size,
			UniqueSize: size,
			Accessible: types.NewBool(true),
		})
		where := use(name)
		where.Committed += size
		where.Unshared += size
		return key
	}
	use(vm.Config.Files.VmPathName)
	for _, own := range vm.own() {
		file(own)
		switch getVMFileType(path.Base(own)) {
		case types.VirtualMachineFileLayoutExFileTypeLog:
			plain.LogFile = append(plain.LogFile, path.Base(own))
		case types.VirtualMachineFileLayoutExFileTypeNvram, types.VirtualMachineFileLayoutExFileTypeSnapshotList:
			plain.ConfigFile = append(plain.ConfigFile, path.Base(own))
		}
	}
	for _, device := range object.VirtualDeviceList(vm.Config.Hardware.Device) {
		local, ok := vm.backingFile(device)
		if !ok {
			continue
		}
		use(datastorePath(local))
		if _, isDisk := device.(*types.VirtualDisk); !isDisk {
			continue
		}
		key := device.GetVirtualDevice().Key
		chain := types.VirtualMachineFileLayoutExDiskLayout{Key: key}
		names := types.VirtualMachineFileLayoutDiskLayout{Key: key}
		for local != "" {
			found, fault := readDisk(local)
			if fault != nil {
				break
			}
			unit := types.VirtualMachineFileLayoutExDiskUnit{}
			for _, part := range found.files() {
				unit.FileKey = append(unit.FileKey, file(part))
			}
			chain.Chain = append(chain.Chain, unit)
			names.DiskFile = append(names.DiskFile, datastorePath(local))
			local = found.parent
		}
		ex.Disk = append(ex.Disk, chain)
		plain.Disk = append(plain.Disk, names)
		if disk := device.(*types.VirtualDisk); len(chain.Chain) > 0 {
			use(fileName(disk.Backing)).Uncommitted += disk.CapacityInBytes
		}
	}
	summary := &types.VirtualMachineStorageSummary{Timestamp: now}
	storage := &types.VirtualMachineStorageInfo{Timestamp: now}
	for _, ref := range order {
		storage.PerDatastoreUsage = append(storage.PerDatastoreUsage, *usage[ref])
		summary.Committed += usage[ref].Committed
		summary.Uncommitted += usage[ref].Uncommitted
		summary.Unshared += usage[ref].Unshared
	}
	vm.Layout, vm.LayoutEx, vm.Storage, vm.Summary.Storage = plain, ex, storage, summary
}

func (vm *VirtualMachine) updateDiskLayouts() types.BaseMethodFault {
	vm.layout()
	return nil
}

func (vm *VirtualMachine) RefreshStorageInfo(*Context, *types.RefreshStorageInfo) soap.HasFault {
	if vm.Runtime.Host != nil {
		vm.layout()
	}
	return &methods.RefreshStorageInfoBody{Res: new(types.RefreshStorageInfoResponse)}
}
