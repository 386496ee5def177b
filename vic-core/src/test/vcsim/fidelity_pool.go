package simulator

import (
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// A pool's runtime says what it has and what its machines use, of all pools below it too; vcsim's pools have the
// numbers of one template, and even share its summary.

const simulatedMHz = 100 // what a running machine takes of each of its CPUs

func NewResourcePool() *ResourcePool {
	pool := vendorNewResourcePool()
	pool.ResourcePool = clone(pool.ResourcePool).(mo.ResourcePool)
	return pool
}

func (p *ResourcePool) createChild(name string, spec types.ResourceConfigSpec) (*ResourcePool, *soap.Fault) {
	child, fault := p.vendorCreateChild(inventoryName(name), spec)
	if fault != nil {
		return nil, fault
	}
	child.Summary.GetResourcePoolSummary().Config = child.Config
	return child, nil
}

func (p *ResourcePool) CreateResourcePool(c *types.CreateResourcePool) soap.HasFault {
	answer := p.vendorCreateResourcePool(c)
	refreshPools()
	return answer
}

func (p *ResourcePool) UpdateConfig(c *types.UpdateConfig) soap.HasFault {
	fault := func() types.BaseMethodFault {
		if name := inventoryName(c.Name); name != "" {
			if fault := siblingNamed(p, name); fault != nil {
				return fault
			}
			p.Name = name
			p.Summary.GetResourcePoolSummary().Name = name
		}
		if c.Config == nil {
			return nil
		}
		config := clone(p.Config).(types.ResourceConfigSpec)
		if fault := updateResourceAllocation("memory", &c.Config.MemoryAllocation, &config.MemoryAllocation); fault != nil {
			return fault
		}
		if fault := updateResourceAllocation("cpu", &c.Config.CpuAllocation, &config.CpuAllocation); fault != nil {
			return fault
		}
		p.Config = config
		p.Summary.GetResourcePoolSummary().Config = config
		return nil
	}()
	if fault != nil {
		return &methods.UpdateConfigBody{Fault_: Fault(faultText(fault), fault)}
	}
	refreshPools()
	return &methods.UpdateConfigBody{Res: new(types.UpdateConfigResponse)}
}

func (p *ResourcePool) RenameTask(req *types.Rename_Task) soap.HasFault {
	return RenameTask(p, req)
}

// DestroyTask gives what the pool holds to its parent.
func (p *ResourcePool) DestroyTask(req *types.Destroy_Task) soap.HasFault {
	task := CreateTask(p, "destroy", func(*Task) (types.AnyType, types.BaseMethodFault) {
		parent, ok := poolOf(Map.Get(*p.Parent))
		if !ok {
			return nil, &types.InvalidArgument{InvalidProperty: "pool"} // the root pool stays
		}
		Map.RemoveReference(parent, &parent.ResourcePool, req.This)
		for _, ref := range p.ResourcePool.ResourcePool {
			inner := Map.Get(ref).(mo.Entity)
			inner.Entity().Parent = &parent.Self
			Map.AppendReference(parent, &parent.ResourcePool, ref)
			feed.touch(ref)
		}
		for _, ref := range p.Vm {
			Map.Get(ref).(*VirtualMachine).ResourcePool = &parent.Self
			Map.AppendReference(parent, &parent.Vm, ref)
			feed.touch(ref)
		}
		Map.Remove(req.This)
		refreshPools()
		return nil, nil
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task.Run()}}
}

// poolOf is what a resource pool or a vApp is as a pool.
func poolOf(object mo.Reference) (*mo.ResourcePool, bool) {
	switch pool := object.(type) {
	case *ResourcePool:
		return &pool.ResourcePool, true
	case *VirtualApp:
		return &pool.ResourcePool, true
	}
	return nil, false
}

type usage struct {
	memory, cpu                 int64 // bytes, MHz
	memoryReserved, cpuReserved int64 // MB, MHz
	configuredMB                int32
}

// stalePools is set where what pools say of their usage has to be computed before it is looked at.
var stalePools bool

// refreshPools says that the usage or the limits of pools have changed.
func refreshPools() {
	if stalePools {
		return
	}
	stalePools = true
	for _, kind := range []string{"ResourcePool", "VirtualApp"} {
		for _, pool := range Map.All(kind) {
			feed.touch(pool.Reference())
		}
	}
}

// computePools computes the usage and the limits of all pools.
func computePools() {
	stalePools = false
	for _, kind := range []string{"ComputeResource", "ClusterComputeResource"} {
		for _, entity := range Map.All(kind) {
			compute := getManagedObject(entity).FieldByName("ResourcePool").Interface().(*types.ManagedObjectReference)
			if compute == nil || Map.Get(*compute) == nil {
				continue
			}
			var memory, cpu int64
			for _, ref := range hostsOf(entity) {
				hardware := Map.Get(ref).(*HostSystem).Summary.Hardware
				memory += hardware.MemorySize
				cpu += int64(hardware.CpuMhz) * int64(hardware.NumCpuCores)
			}
			if root, ok := poolOf(Map.Get(*compute)); ok { // it has what the hosts have
				root.Config.MemoryAllocation.Limit = types.NewInt64(memory >> 20)
				root.Config.MemoryAllocation.Reservation = types.NewInt64(memory >> 20)
				root.Config.CpuAllocation.Limit = types.NewInt64(cpu)
				root.Config.CpuAllocation.Reservation = types.NewInt64(cpu)
				root.Summary.GetResourcePoolSummary().Config = root.Config
			}
			refreshPool(*compute, memory, cpu)
		}
	}
}

func refreshPool(ref types.ManagedObjectReference, memory, cpu int64) usage {
	object := Map.Get(ref)
	pool, ok := poolOf(object)
	if !ok {
		return usage{}
	}
	memory = limited(memory, pool.Config.MemoryAllocation.Limit, 1<<20)
	cpu = limited(cpu, pool.Config.CpuAllocation.Limit, 1)
	var used usage
	for _, inner := range pool.ResourcePool {
		below := refreshPool(inner, memory, cpu)
		used.memory += below.memory
		used.cpu += below.cpu
		used.configuredMB += below.configuredMB
		if child, ok := poolOf(Map.Get(inner)); ok {
			used.memoryReserved += value(child.Config.MemoryAllocation.Reservation)
			used.cpuReserved += value(child.Config.CpuAllocation.Reservation)
		}
	}
	for _, ref := range pool.Vm {
		vm, ok := Map.Get(ref).(*VirtualMachine)
		if !ok || vm.Config == nil {
			continue
		}
		used.configuredMB += vm.Config.Hardware.MemoryMB
		if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
			used.memory += int64(vm.Config.Hardware.MemoryMB) << 20
			used.cpu += int64(vm.Config.Hardware.NumCPU) * simulatedMHz
			used.memoryReserved += value(vm.Config.MemoryAllocation.Reservation)
			used.cpuReserved += value(vm.Config.CpuAllocation.Reservation)
		}
	}
	pool.Runtime.Memory = runtimeOf(used.memory, memory, used.memoryReserved<<20)
	pool.Runtime.Cpu = runtimeOf(used.cpu, cpu, used.cpuReserved)
	pool.Runtime.OverallStatus = types.ManagedEntityStatusGreen
	summary := pool.Summary.GetResourcePoolSummary()
	summary.Runtime = pool.Runtime
	summary.ConfiguredMemoryMB = used.configuredMB
	summary.QuickStats = &types.ResourcePoolQuickStats{
		OverallCpuUsage:  used.cpu,
		GuestMemoryUsage: used.memory >> 20,
		HostMemoryUsage:  used.memory >> 20,
	}
	return used
}

func runtimeOf(used, max, reserved int64) types.ResourcePoolResourceUsage {
	return types.ResourcePoolResourceUsage{
		ReservationUsed:      reserved,
		ReservationUsedForVm: reserved,
		UnreservedForPool:    max - reserved,
		UnreservedForVm:      max - reserved,
		OverallUsage:         used,
		MaxUsage:             max,
	}
}

func limited(amount int64, limit *int64, unit int64) int64 {
	if limit != nil && *limit >= 0 && *limit*unit < amount {
		return *limit * unit
	}
	return amount
}

func value(amount *int64) int64 {
	if amount == nil {
		return 0
	}
	return *amount
}
