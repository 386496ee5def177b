package simulator

import (
	"path"
	"sort"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Inventory gives the path of the first datacenter, the local folder of each of its datastores by name, and the paths
// of everything by type.
func Inventory() (string, map[string]string, map[string][]string) {
	world.Lock()
	defer world.Unlock()
	paths := make(map[string][]string)
	for ref, object := range Map.objects {
		if entity, ok := object.(mo.Entity); ok && ref != Map.content().RootFolder {
			paths[ref.Type] = append(paths[ref.Type], inventoryPath(entity))
		}
	}
	for _, list := range paths {
		sort.Strings(list)
	}
	datacenter := paths["Datacenter"][0]
	folders := make(map[string]string)
	for _, object := range Map.objects {
		if ds, ok := object.(*Datastore); ok && inventoryPath(Map.getEntityDatacenter(ds)) == datacenter {
			folders[ds.Name] = ds.Info.GetDatastoreInfo().Url
		}
	}
	return datacenter, folders, paths
}

// Polish mends the inventory that vcsim has made: a datastore that several hosts mount is one child of its folder and
// names its hosts, has a browser that finds it, and is of a file system; a switch is no
// network, and what a template has named is not there.
func Polish() {
	world.Lock()
	defer world.Unlock()
	for _, entity := range Map.All("Folder") {
		folder := entity.(*Folder)
		var children []types.ManagedObjectReference
		for _, child := range folder.ChildEntity {
			if FindReference(children, child) == nil {
				children = append(children, child)
			}
		}
		folder.ChildEntity = children
	}
	for _, entity := range Map.All("Datastore") {
		ds := entity.(*Datastore)
		ds.Host = nil
		for _, host := range Map.All("HostSystem") {
			if FindReference(host.(*HostSystem).Datastore, ds.Self) != nil {
				ds.Host = append(ds.Host, types.DatastoreHostMount{Key: host.Reference(), MountInfo: types.HostMountInfo{
					Path:       ds.Info.GetDatastoreInfo().Url,
					AccessMode: string(types.HostMountModeReadWrite),
					Mounted:    types.NewBool(true),
					Accessible: types.NewBool(true),
				}})
			}
		}
		sort.Slice(ds.Host, func(i, j int) bool { return ds.Host[i].Key.Value < ds.Host[j].Key.Value })
		ds.Summary.Type = string(types.HostFileSystemVolumeFileSystemTypeVMFS)
		ds.Summary.MultipleHostAccess = types.NewBool(len(ds.Host) > 1)
		Map.Get(ds.Browser).(*HostDatastoreBrowser).Datastore = []types.ManagedObjectReference{ds.Self}
		ds.Vm = nil
	}
	for _, entity := range Map.All("VirtualMachine") {
		entity.(*VirtualMachine).relink()
	}
	for _, entity := range Map.All("Datacenter") {
		dc := entity.(*Datacenter)
		for _, field := range []*[]types.ManagedObjectReference{&dc.Network, &dc.Datastore} {
			for _, ref := range append([]types.ManagedObjectReference{}, *field...) {
				if strings.HasSuffix(ref.Type, "DistributedVirtualSwitch") || Map.Get(ref) == nil {
					RemoveReference(field, ref)
				}
			}
		}
	}
	refreshPools()
}

func inventoryPath(entity mo.Entity) string {
	names := ""
	for entity.Reference() != Map.content().RootFolder {
		names = path.Join(entityName(entity), names)
		entity = Map.Get(*entity.Entity().Parent).(mo.Entity)
	}
	return "/" + names
}
