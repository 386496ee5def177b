package simulator

import (
	"path"
	"sort"

	"github.com/vmware/govmomi/vim25/mo"
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

func inventoryPath(entity mo.Entity) string {
	names := ""
	for entity.Reference() != Map.content().RootFolder {
		names = path.Join(entityName(entity), names)
		entity = Map.Get(*entity.Entity().Parent).(mo.Entity)
	}
	return "/" + names
}
