package simulator

import (
	"github.com/vmware/govmomi/vim25/mo"
)

// OddNames renames what the model has made to names that vCenter allows and that a path, a query or XML may trip over;
// a slash is escaped in them as vCenter has it.
func OddNames() {
	world.Lock()
	defer world.Unlock()
	for _, kind := range []string{
		"Folder", "Datacenter", "Datastore", "ResourcePool", "VirtualApp", "Network", "DistributedVirtualPortgroup",
		"HostSystem", "ComputeResource", "ClusterComputeResource",
	} {
		for _, entity := range Map.All(kind) {
			name := entityName(entity)
			switch name {
			case "vm", "host", "datastore", "network", "Resources":
				continue // these have their names in every datacenter
			case entityName(Map.Get(Map.content().RootFolder).(mo.Entity)):
				continue
			}
			odd := name + " +&<ü> %2f(1)"
			switch entity := entity.(type) {
			case *Datastore:
				odd = name + " +&ü %25"
				entity.Name, entity.Summary.Name, entity.Info.GetDatastoreInfo().Name = odd, odd, odd
			case *mo.Network:
				entity.Name, entity.ManagedEntity.Name = odd, odd
				entity.Summary.GetNetworkSummary().Name = odd
			case *DistributedVirtualPortgroup:
				entity.Name, entity.ManagedEntity.Name, entity.Config.Name = odd, odd, odd
				entity.Summary.GetNetworkSummary().Name = odd
			case *ResourcePool:
				entity.Name, entity.Summary.GetResourcePoolSummary().Name = odd, odd
			default:
				entity.Entity().Name = odd
			}
		}
	}
}
