package simulator

import (
	"os"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// vdmNames gives both files of a disk by the name of its descriptor, of which vcsim mistakes a folder's .vmdk for its own.
func vdmNames(name string) []string {
	return []string{strings.TrimSuffix(name, ".vmdk") + "-flat.vmdk", name}
}

// inTask runs a change of files as a task of this object.
func (m *VirtualDiskManager) inTask(name string, change func() (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	return CreateTask(m, name, func(*Task) (result types.AnyType, fault types.BaseMethodFault) {
		allOrNothing(func() bool {
			result, fault = change()
			return fault == nil
		})
		return result, fault
	}).Run()
}

func resolveDisk(dc *types.ManagedObjectReference, name string) (*disk, types.BaseMethodFault) {
	file, fault := Map.FileManager().resolve(dc, name)
	if fault != nil {
		return nil, fault
	}
	return readDisk(file)
}

func (m *VirtualDiskManager) CreateVirtualDiskTask(_ *Context, req *types.CreateVirtualDisk_Task) soap.HasFault {
	task := m.inTask("createVirtualDisk", func() (types.AnyType, types.BaseMethodFault) {
		file, fault := Map.FileManager().resolve(req.Datacenter, req.Name)
		if fault != nil {
			return nil, fault
		}
		spec, ok := req.Spec.(types.BaseFileBackedVirtualDiskSpec)
		if !ok {
			return nil, &types.InvalidArgument{InvalidProperty: "spec"}
		}
		if fault := place(file, false); fault != nil {
			return nil, fault
		}
		return req.Name, makeDisk(file, spec.GetFileBackedVirtualDiskSpec().CapacityKb*1024)
	})
	return &methods.CreateVirtualDisk_TaskBody{Res: &types.CreateVirtualDisk_TaskResponse{Returnval: task}}
}

func (m *VirtualDiskManager) DeleteVirtualDiskTask(_ *Context, req *types.DeleteVirtualDisk_Task) soap.HasFault {
	task := m.inTask("deleteVirtualDisk", func() (types.AnyType, types.BaseMethodFault) {
		found, fault := resolveDisk(req.Datacenter, req.Name)
		if fault != nil {
			return nil, fault
		}
		return nil, found.remove()
	})
	return &methods.DeleteVirtualDisk_TaskBody{Res: &types.DeleteVirtualDisk_TaskResponse{Returnval: task}}
}

func (m *VirtualDiskManager) MoveVirtualDiskTask(_ *Context, req *types.MoveVirtualDisk_Task) soap.HasFault {
	task := m.inTask("moveVirtualDisk", func() (types.AnyType, types.BaseMethodFault) {
		source, fault := resolveDisk(req.SourceDatacenter, req.SourceName)
		if fault != nil {
			return nil, fault
		}
		file, fault := Map.FileManager().resolve(orSource(req.DestDatacenter, req.SourceDatacenter), req.DestName)
		if fault != nil {
			return nil, fault
		}
		return req.DestName, source.move(file, isTrue(req.Force))
	})
	return &methods.MoveVirtualDisk_TaskBody{Res: &types.MoveVirtualDisk_TaskResponse{Returnval: task}}
}

// CopyVirtualDiskTask ignores a specification of the destination: vCenter makes the copy what the source is.
func (m *VirtualDiskManager) CopyVirtualDiskTask(_ *Context, req *types.CopyVirtualDisk_Task) soap.HasFault {
	task := m.inTask("copyVirtualDisk", func() (types.AnyType, types.BaseMethodFault) {
		source, fault := resolveDisk(req.SourceDatacenter, req.SourceName)
		if fault != nil {
			return nil, fault
		}
		file, fault := Map.FileManager().resolve(orSource(req.DestDatacenter, req.SourceDatacenter), req.DestName)
		if fault != nil {
			return nil, fault
		}
		return req.DestName, source.copy(file, isTrue(req.Force))
	})
	return &methods.CopyVirtualDisk_TaskBody{Res: &types.CopyVirtualDisk_TaskResponse{Returnval: task}}
}

func (m *VirtualDiskManager) ExtendVirtualDiskTask(_ *Context, req *types.ExtendVirtualDisk_Task) soap.HasFault {
	task := m.inTask("extendVirtualDisk", func() (types.AnyType, types.BaseMethodFault) {
		found, fault := resolveDisk(req.Datacenter, req.Name)
		if fault != nil {
			return nil, fault
		}
		return nil, found.grow(req.NewCapacityKb * 1024)
	})
	return &methods.ExtendVirtualDisk_TaskBody{Res: &types.ExtendVirtualDisk_TaskResponse{Returnval: task}}
}

// QueryVirtualDiskUuid reads the UUID in the descriptor, which goes with the disk.
func (m *VirtualDiskManager) QueryVirtualDiskUuid(_ *Context, req *types.QueryVirtualDiskUuid) soap.HasFault {
	found, fault := resolveDisk(req.Datacenter, req.Name)
	if fault != nil {
		return &methods.QueryVirtualDiskUuidBody{Fault_: Fault(faultText(fault), fault)}
	}
	return &methods.QueryVirtualDiskUuidBody{Res: &types.QueryVirtualDiskUuidResponse{Returnval: found.uuid}}
}

func (m *VirtualDiskManager) SetVirtualDiskUuid(_ *Context, req *types.SetVirtualDiskUuid) soap.HasFault {
	found, fault := resolveDisk(req.Datacenter, req.Name)
	if fault == nil {
		if _, err := uuid.Parse(req.Uuid); err != nil {
			fault = &types.InvalidArgument{InvalidProperty: "uuid"}
		} else if err := os.WriteFile(found.file, []byte(uuidLine.ReplaceAllString(found.text, `ddb.uuid = "`+req.Uuid+`"`)), 0o600); err != nil {
			fault = fileFault(new(types.CannotAccessFile), found.file)
		}
	}
	if fault != nil {
		return &methods.SetVirtualDiskUuidBody{Fault_: Fault(faultText(fault), fault)}
	}
	return &methods.SetVirtualDiskUuidBody{Res: new(types.SetVirtualDiskUuidResponse)}
}

func orSource(destination, source *types.ManagedObjectReference) *types.ManagedObjectReference {
	if destination == nil {
		return source
	}
	return destination
}
