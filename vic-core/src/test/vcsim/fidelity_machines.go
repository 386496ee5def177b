package simulator

import (
	"fmt"
	"sort"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// AddMachines makes so many machines in each root pool and in each vApp: with a disk, a CD-ROM and a network card, as
// vcsim's own model would, but by the rules that hold for those that a client makes.
func AddMachines(count int, on bool) error {
	world.Lock()
	defer world.Unlock()
	internalContext.Map = Map
	pools := append(Map.All("ResourcePool"), Map.All("VirtualApp")...)
	sort.Slice(pools, func(i, j int) bool { return inventoryPath(pools[i]) < inventoryPath(pools[j]) })
	for _, pool := range pools {
		prefix := entityName(pool)
		if pool.Reference().Type == "ResourcePool" {
			compute, ok := Map.Get(*pool.Entity().Parent).(mo.Entity)
			if !ok || compute.Reference().Type == "ResourcePool" {
				continue
			}
			prefix = entityName(compute)
			if compute.Reference().Type == "ClusterComputeResource" {
				prefix += "_RP0"
			}
		}
		for i := 0; i < count; i++ {
			if err := addMachine(pool, fmt.Sprintf("%s_VM%d", prefix, i), on); err != nil {
				return err
			}
		}
	}
	return nil
}

func addMachine(pool mo.Entity, name string, on bool) error {
	dc := Map.getEntityDatacenter(pool)
	folder := Map.Get(dc.VmFolder).(*Folder)
	var store string
	for _, ref := range dc.Datastore {
		if ds := Map.Get(ref).(*Datastore).Name; store == "" || ds < store {
			store = ds
		}
	}
	scsi := new(types.ParaVirtualSCSIController)
	scsi.Key, scsi.SharedBus = -1, types.VirtualSCSISharingNoSharing
	disk := new(types.VirtualDisk)
	disk.Key, disk.ControllerKey, disk.UnitNumber, disk.CapacityInKB = -2, -1, types.NewInt32(0), 1024
	disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{ThinProvisioned: types.NewBool(true)}
	cdrom := new(types.VirtualCdrom)
	cdrom.Key, cdrom.ControllerKey, cdrom.UnitNumber = -3, 200, types.NewInt32(0)
	cdrom.Backing = new(types.VirtualCdromRemotePassthroughBackingInfo)
	card := new(types.VirtualVmxnet3)
	card.Key = -4
	card.Backing = &types.VirtualEthernetCardNetworkBackingInfo{
		VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{
			DeviceName: entityName(Map.Get(dc.Network[0]).(mo.Entity)),
		},
	}
	config := types.VirtualMachineConfigSpec{
		Name:     name,
		GuestId:  string(types.VirtualMachineGuestOsIdentifierOtherGuest),
		MemoryMB: 32,
		NumCPUs:  1,
		Files:    &types.VirtualMachineFileInfo{VmPathName: "[" + store + "]"},
	}
	for _, device := range []types.BaseVirtualDevice{scsi, disk, cdrom, card} {
		change := &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}
		if device == types.BaseVirtualDevice(disk) {
			change.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
		}
		config.DeviceChange = append(config.DeviceChange, change)
	}
	answer := folder.CreateVMTask(internalContext, &types.CreateVM_Task{This: folder.Self, Config: config, Pool: pool.Reference()})
	task := Map.Get(answer.(*methods.CreateVM_TaskBody).Res.Returnval).(*Task)
	if task.Info.Error != nil {
		return fmt.Errorf("%s: %s", name, task.Info.Error.LocalizedMessage)
	}
	if on {
		vm := Map.Get(task.Info.Result.(types.ManagedObjectReference)).(*VirtualMachine)
		answer := vm.PowerOnVMTask(internalContext, &types.PowerOnVM_Task{This: vm.Self})
		task := Map.Get(answer.(*methods.PowerOnVM_TaskBody).Res.Returnval).(*Task)
		if task.Info.Error != nil {
			return fmt.Errorf("%s: %s", name, task.Info.Error.LocalizedMessage)
		}
	}
	return nil
}
