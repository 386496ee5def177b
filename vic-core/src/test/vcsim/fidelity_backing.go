package simulator

import (
	"fmt"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// back makes or finds what a device is backed by; before is the device that it takes the place of, if any.
func (c *deviceChange) back(device, before types.BaseVirtualDevice) types.BaseMethodFault {
	d := device.GetVirtualDevice()
	switch device := device.(type) {
	case types.BaseVirtualEthernetCard:
		return c.backCard(device.GetVirtualEthernetCard(), before)
	case *types.VirtualDisk:
		was, _ := before.(*types.VirtualDisk)
		return c.backDisk(device, was)
	case *types.VirtualCdrom:
		return c.backFile(d)
	case *types.VirtualSerialPort:
		if fault := c.backFile(d); fault != nil {
			return fault
		}
		if _, ok := d.Backing.(*types.VirtualSerialPortFileBackingInfo); d.Backing == nil || ok && !strings.HasPrefix(fileName(d.Backing), "[") {
			return c.invalidBacking("fileName")
		}
	}
	return nil
}

func fileName(backing types.BaseVirtualDeviceBackingInfo) string {
	if file, ok := backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return file.GetVirtualDeviceFileBackingInfo().FileName
	}
	return ""
}

// backFile names the datastore of a file, which need not be there before the machine runs.
func (c *deviceChange) backFile(d *types.VirtualDevice) types.BaseMethodFault {
	backing, ok := d.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return nil
	}
	info := backing.GetVirtualDeviceFileBackingInfo()
	if _, fault := parseDatastorePath(info.FileName); fault != nil {
		return c.invalidBacking("fileName")
	}
	return c.store(info)
}

func (c *deviceChange) store(info *types.VirtualDeviceFileBackingInfo) types.BaseMethodFault {
	p, _ := parseDatastorePath(info.FileName)
	host := Map.Get(*c.vm.Runtime.Host).(*HostSystem)
	ds, ok := Map.FindByName(p.Datastore, host.Datastore).(*Datastore)
	if !ok {
		return &types.InvalidDatastore{Name: p.Datastore}
	}
	info.Datastore = &ds.Self
	return nil
}

func networkOf(backing types.BaseVirtualDeviceBackingInfo) *types.ManagedObjectReference {
	switch backing := backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return backing.Network
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return &types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey}
	}
	return nil
}

var macs, ports uint32

func (c *deviceChange) backCard(card *types.VirtualEthernetCard, before types.BaseVirtualDevice) types.BaseMethodFault {
	dc := Map.getEntityDatacenter(c.vm)
	switch backing := card.Backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		network, ok := Map.FindByName(backing.DeviceName, dc.Network).(*mo.Network)
		if !ok {
			return c.invalidBacking("deviceName")
		}
		backing.Network = &network.Self
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		ref := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey}
		group, ok := Map.Get(ref).(*DistributedVirtualPortgroup)
		if !ok {
			return c.invalidBacking("port.portgroupKey")
		}
		if fault := c.vm.validateSwitchMembers(backing.Port.SwitchUuid); fault != nil {
			return fault
		}
		if dvs, ok := Map.Get(*group.Config.DistributedVirtualSwitch).(*DistributedVirtualSwitch); !ok || dvs.Uuid != backing.Port.SwitchUuid {
			return c.invalidBacking("port.switchUuid")
		}
		if backing.Port.PortKey == "" {
			backing.Port.PortKey = fmt.Sprint(atomic.AddUint32(&ports, 1))
			backing.Port.ConnectionCookie = int32(atomic.LoadUint32(&ports))
		}
	case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
	default:
		return c.invalidBacking("backing")
	}
	if was, ok := before.(types.BaseVirtualEthernetCard); ok && card.MacAddress == "" {
		card.MacAddress, card.AddressType = was.GetVirtualEthernetCard().MacAddress, was.GetVirtualEthernetCard().AddressType
	}
	if card.MacAddress == "" {
		n := atomic.AddUint32(&macs, 1)
		card.MacAddress = fmt.Sprintf("00:50:56:%02x:%02x:%02x", 0x80|n>>16&0x3f, n>>8&0xff, n&0xff)
		card.AddressType = string(types.VirtualEthernetCardMacTypeAssigned)
	}
	return nil
}

func (c *deviceChange) backDisk(device, before *types.VirtualDisk) types.BaseMethodFault {
	backing, ok := device.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if !ok {
		return c.invalidBacking("backing")
	}
	if backing.DiskMode == "" {
		backing.DiskMode = string(types.VirtualDiskModePersistent)
	}
	size := getDiskSize(device)
	var found *disk
	var fault types.BaseMethodFault
	if before != nil && fileName(before.Backing) == backing.FileName && c.spec.FileOperation == "" {
		found, fault = c.resize(before, size)
	} else {
		found, fault = c.openDisk(backing, size)
	}
	if fault != nil {
		return fault
	}
	device.CapacityInBytes = found.bytes()
	device.CapacityInKB = found.bytes() / 1024
	backing.Uuid = found.uuid
	backing.ContentId = contentID(found.file)
	if fault := c.store(&backing.VirtualDeviceFileBackingInfo); fault != nil {
		return fault
	}
	// What the disk is a difference to stands in its descriptor, whatever the specification says of it.
	backing.Parent = nil
	child := backing
	for ancestor := found.parent; ancestor != ""; {
		parent, fault := readDisk(ancestor)
		if fault != nil {
			return fault
		}
		child.Parent = &types.VirtualDiskFlatVer2BackingInfo{
			VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: datastorePath(ancestor)},
			DiskMode:                     string(types.VirtualDiskModePersistent),
			Uuid:                         parent.uuid,
			ContentId:                    contentID(ancestor),
		}
		child = child.Parent
		if fault := c.store(&child.VirtualDeviceFileBackingInfo); fault != nil {
			return fault
		}
		ancestor = parent.parent
	}
	for _, flag := range []**bool{&backing.EagerlyScrub, &backing.ThinProvisioned, &backing.WriteThrough, &backing.Split, &backing.DigestEnabled} {
		if *flag == nil {
			*flag = types.NewBool(false)
		}
	}
	if backing.Sharing == "" {
		backing.Sharing = string(types.VirtualDiskSharingSharingNone)
	}
	if before == nil {
		opens, fault := opensDisk(found.file, backing)
		if fault != nil {
			return fault
		}
		return c.rehold(opens)
	}
	return nil
}

func (c *deviceChange) resize(before *types.VirtualDisk, size int64) (*disk, types.BaseMethodFault) {
	file, ok := c.vm.backingFile(before)
	if !ok {
		return nil, c.invalidBacking("fileName")
	}
	found, fault := readDisk(file)
	if fault != nil {
		return nil, fault
	}
	switch {
	case size == 0 || size == found.bytes():
		return found, nil
	case size < found.bytes() || found.parent != "":
		return nil, &types.InvalidDeviceOperation{InvalidDeviceSpec: c.spoiled("device.capacityInKB")}
	}
	return found, found.grow(size)
}

// openDisk makes the disk, or finds it where it is there already, as the file operation says.
func (c *deviceChange) openDisk(backing *types.VirtualDiskFlatVer2BackingInfo, size int64) (*disk, types.BaseMethodFault) {
	file, fault := c.diskFile(backing)
	if fault != nil {
		return nil, fault
	}
	switch c.spec.FileOperation {
	case "":
		found, fault := readDisk(file)
		if fault == nil {
			fault = found.openable()
		}
		return found, fault
	case types.VirtualDeviceConfigSpecFileOperationReplace:
		if fault := place(file, true); fault != nil {
			return nil, fault
		}
	case types.VirtualDeviceConfigSpecFileOperationCreate:
		if fault := place(file, false); fault != nil {
			return nil, fault
		}
	default:
		return nil, c.invalid("fileOperation")
	}
	if backing.Parent == nil {
		if size <= 0 {
			return nil, c.invalid("device.capacityInKB")
		}
		fault = makeDisk(file, (size+sectorBytes-1)/sectorBytes*sectorBytes)
	} else {
		parentFile, ok := c.vm.localFile(backing.Parent.FileName)
		if !ok {
			return nil, c.invalidBacking("parent.fileName")
		}
		parent, missing := readDisk(parentFile)
		if missing == nil {
			missing = parent.openable()
		}
		if missing != nil {
			return nil, missing
		}
		if size != 0 && size != parent.bytes() {
			return nil, c.invalid("device.capacityInKB")
		}
		fault = makeChild(file, parent)
	}
	if fault != nil {
		return nil, fault
	}
	return readDisk(file)
}

// diskFile is the local file of a disk; one that is not named has the machine's name, and is in its folder.
func (c *deviceChange) diskFile(backing *types.VirtualDiskFlatVer2BackingInfo) (string, types.BaseMethodFault) {
	home, _ := parseDatastorePath(c.vm.Config.Files.VmPathName)
	p := *home
	p.Path = ""
	if backing.FileName != "" {
		given, fault := parseDatastorePath(backing.FileName)
		if fault != nil {
			return "", c.invalidBacking("fileName")
		}
		p = *given
	}
	if _, ok := c.vm.localFile(p.String()); !ok {
		return "", &types.InvalidDatastore{Name: p.Datastore}
	}
	if path.Ext(p.Path) != ".vmdk" {
		if c.spec.FileOperation == "" {
			return "", c.invalidBacking("fileName")
		}
		folder := path.Dir(home.Path)
		if p.Path != "" {
			folder = p.Path
		}
		for n := 0; ; n++ {
			p.Path = path.Join(folder, c.vm.Config.Name+".vmdk")
			if n > 0 {
				p.Path = path.Join(folder, fmt.Sprintf("%s_%d.vmdk", c.vm.Config.Name, n))
			}
			if file, _ := c.vm.localFile(p.String()); !exists(file) {
				break
			}
		}
		if file, _ := c.vm.localFile(p.String()); p.Datastore != home.Datastore && !exists(path.Dir(file)) {
			if err := os.Mkdir(path.Dir(file), 0o700); err == nil {
				fileMade(path.Dir(file))
			}
		}
	}
	backing.FileName = p.String()
	file, _ := c.vm.localFile(backing.FileName)
	return file, nil
}

func (c *deviceChange) destroyFile(device types.BaseVirtualDevice) types.BaseMethodFault {
	file, ok := c.vm.backingFile(device)
	if !ok {
		return nil
	}
	found, fault := readDisk(file)
	if fault != nil {
		return nil // gone already
	}
	if c.vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		before := c.devices
		kept := before[:0:0]
		for _, other := range before {
			if other != device {
				kept = append(kept, other)
			}
		}
		c.devices = kept
		fault = c.rehold(nil)
		c.devices = before
		if fault != nil {
			return fault
		}
	}
	return found.remove()
}
