package simulator

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// inventoryName is the name under which vCenter keeps an entity: slashes are escaped.
func inventoryName(name string) string {
	return strings.NewReplacer("/", "%2f", `\`, "%5c").Replace(name)
}

// siblingNamed is the fault where another entity in this one's folder has the name.
func siblingNamed(entity mo.Entity, name string) types.BaseMethodFault {
	if name == "" || entity.Entity().Parent == nil {
		return nil
	}
	var siblings []types.ManagedObjectReference
	switch parent := getManagedObject(Map.Get(*entity.Entity().Parent)).Addr().Interface().(type) {
	case *mo.Folder:
		siblings = parent.ChildEntity
	case *mo.ResourcePool:
		siblings = parent.ResourcePool
	case *mo.VirtualApp:
		siblings = parent.ResourcePool.ResourcePool
	}
	for _, ref := range siblings {
		if twin, ok := Map.Get(ref).(mo.Entity); ok && ref != entity.Reference() && entityName(twin) == name {
			return &types.DuplicateName{Name: name, Object: ref}
		}
	}
	return nil
}

func RenameTask(e mo.Entity, r *types.Rename_Task) soap.HasFault {
	task := CreateTask(e, "rename", func(*Task) (types.AnyType, types.BaseMethodFault) {
		name := inventoryName(r.NewName)
		if fault := siblingNamed(e, name); fault != nil {
			return nil, fault
		}
		Map.Update(e, []types.PropertyChange{{Name: "name", Val: name}})
		return nil, nil
	})
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task.Run()}}
}

func (f *Folder) CreateFolder(ctx *Context, c *types.CreateFolder) soap.HasFault {
	c.Name = inventoryName(c.Name)
	if twin := Map.FindByName(c.Name, f.ChildEntity); twin != nil {
		fault := &types.DuplicateName{Name: c.Name, Object: twin.Reference()}
		return &methods.CreateFolderBody{Fault_: Fault(faultText(fault), fault)}
	}
	return f.vendorCreateFolder(ctx, c)
}

// DestroyTask destroys all that is in a folder, machines too, and fails where one of them cannot be.
func (f *Folder) DestroyTask(ctx *Context, req *types.Destroy_Task) soap.HasFault {
	task := CreateTask(f, "destroy", func(*Task) (types.AnyType, types.BaseMethodFault) {
		for _, ref := range append([]types.ManagedObjectReference{}, f.ChildEntity...) {
			child := Map.Get(ref)
			if child == nil {
				continue
			}
			destroy := reflect.ValueOf(child).MethodByName("DestroyTask")
			if !destroy.IsValid() {
				return nil, new(types.NotSupported)
			}
			arguments := []reflect.Value{reflect.ValueOf(&types.Destroy_Task{This: ref})}
			if destroy.Type().NumIn() == 2 {
				arguments = append([]reflect.Value{reflect.ValueOf(ctx)}, arguments...)
			}
			answer := destroy.Call(arguments)[0].Interface().(soap.HasFault)
			if fault := answer.Fault(); fault != nil {
				return nil, fault.VimFault().(types.BaseMethodFault)
			}
			inner := Map.Get(answer.(*methods.Destroy_TaskBody).Res.Returnval).(*Task)
			if inner.Info.Error != nil {
				return nil, inner.Info.Error.Fault
			}
		}
		folderRemoveChild(ctx, &Map.Get(*f.Parent).(*Folder).Folder, f.Self)
		return nil, nil
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task.Run()}}
}

func (f *Folder) MoveIntoFolderTask(ctx *Context, c *types.MoveIntoFolder_Task) soap.HasFault {
	task := CreateTask(f, "moveIntoFolder", func(*Task) (types.AnyType, types.BaseMethodFault) {
		for _, ref := range c.List {
			entity, ok := Map.Get(ref).(mo.Entity)
			if !ok {
				return nil, &types.ManagedObjectNotFound{Obj: ref}
			}
			if twin := Map.FindByName(entityName(entity), f.ChildEntity); twin != nil && twin.Reference() != ref {
				return nil, &types.DuplicateName{Name: entityName(entity), Object: twin.Reference()}
			}
		}
		answer := f.vendorMoveIntoFolderTask(ctx, c).(*methods.MoveIntoFolder_TaskBody)
		if inner := Map.Get(answer.Res.Returnval).(*Task); inner.Info.Error != nil {
			return nil, inner.Info.Error.Fault
		}
		return nil, nil
	})
	return &methods.MoveIntoFolder_TaskBody{Res: &types.MoveIntoFolder_TaskResponse{Returnval: task.Run()}}
}

func (r *Registry) AppendReference(obj mo.Reference, field *[]types.ManagedObjectReference, ref ...types.ManagedObjectReference) {
	r.vendorAppendReference(obj, field, ref...)
	feed.touch(obj.Reference())
}

func (r *Registry) AddReference(obj mo.Reference, field *[]types.ManagedObjectReference, ref types.ManagedObjectReference) {
	r.vendorAddReference(obj, field, ref)
	feed.touch(obj.Reference())
}

func (r *Registry) RemoveReference(obj mo.Reference, field *[]types.ManagedObjectReference, ref types.ManagedObjectReference) {
	r.vendorRemoveReference(obj, field, ref)
	feed.touch(obj.Reference())
}

func (h *HostSystem) EnterMaintenanceModeTask(spec *types.EnterMaintenanceMode_Task) soap.HasFault {
	return &methods.EnterMaintenanceMode_TaskBody{Res: &types.EnterMaintenanceMode_TaskResponse{
		Returnval: h.maintain("enterMaintenanceMode", true),
	}}
}

func (h *HostSystem) ExitMaintenanceModeTask(spec *types.ExitMaintenanceMode_Task) soap.HasFault {
	return &methods.ExitMaintenanceMode_TaskBody{Res: &types.ExitMaintenanceMode_TaskResponse{
		Returnval: h.maintain("exitMaintenanceMode", false),
	}}
}

// maintain enters the mode with machines running, which vCenter would wait for first.
func (h *HostSystem) maintain(name string, mode bool) types.ManagedObjectReference {
	return CreateTask(h, name, func(*Task) (types.AnyType, types.BaseMethodFault) {
		if h.Runtime.InMaintenanceMode == mode {
			return nil, new(types.InvalidState)
		}
		h.Runtime.InMaintenanceMode = mode
		return nil, nil
	}).Run()
}

// DisconnectHostTask loses a host: its machines are there still, but nothing is known of them.
func (h *HostSystem) DisconnectHostTask(*types.DisconnectHost_Task) soap.HasFault {
	return &methods.DisconnectHost_TaskBody{Res: &types.DisconnectHost_TaskResponse{
		Returnval: h.connect("disconnect", types.HostSystemConnectionStateDisconnected, types.VirtualMachineConnectionStateDisconnected),
	}}
}

func (h *HostSystem) ReconnectHostTask(*types.ReconnectHost_Task) soap.HasFault {
	return &methods.ReconnectHost_TaskBody{Res: &types.ReconnectHost_TaskResponse{
		Returnval: h.connect("reconnect", types.HostSystemConnectionStateConnected, types.VirtualMachineConnectionStateConnected),
	}}
}

func (h *HostSystem) connect(name string, host types.HostSystemConnectionState, machine types.VirtualMachineConnectionState) types.ManagedObjectReference {
	return CreateTask(h, name, func(*Task) (types.AnyType, types.BaseMethodFault) {
		h.Runtime.ConnectionState = host
		for _, ref := range h.Vm {
			vm := Map.Get(ref).(*VirtualMachine)
			vm.Runtime.ConnectionState = machine
			vm.Summary.Runtime.ConnectionState = machine
			feed.touch(ref)
		}
		return nil, nil
	}).Run()
}
