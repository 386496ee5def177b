package simulator

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// vCenter checks a device change whole, gives keys and units of its own, and keeps what a device is attached to. A key
// in a new device's specification, negative as a rule, is only its name among the changes.

// deviceChange is one change of a specification, in the machine's list of devices as it becomes.
type deviceChange struct {
	vm      *VirtualMachine
	devices object.VirtualDeviceList
	keys    map[int32]int32 // of new devices, by the keys in the specification
	spec    *types.VirtualDeviceConfigSpec
	index   int32
}

func (vm *VirtualMachine) configureDevices(spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	c := &deviceChange{
		vm:      vm,
		devices: append(object.VirtualDeviceList{}, vm.Config.Hardware.Device...),
		keys:    make(map[int32]int32),
	}
	for i, change := range spec.DeviceChange {
		c.spec, c.index = change.GetVirtualDeviceConfigSpec(), int32(i)
		if c.spec.Device == nil {
			return c.invalid("device")
		}
		var fault types.BaseMethodFault
		switch c.spec.Operation {
		case types.VirtualDeviceConfigSpecOperationAdd:
			fault = c.add(clone(c.spec.Device).(types.BaseVirtualDevice))
		case types.VirtualDeviceConfigSpecOperationEdit:
			fault = c.edit(clone(c.spec.Device).(types.BaseVirtualDevice))
		case types.VirtualDeviceConfigSpecOperationRemove:
			fault = c.remove()
		default:
			fault = c.invalid("operation")
		}
		if fault != nil {
			return fault
		}
	}
	vm.Config.Hardware.Device = c.devices
	vm.attached()
	vm.applyExtraConfig(spec)
	return nil
}

// attached sets what the machine says of itself by its devices.
func (vm *VirtualMachine) attached() {
	devices := object.VirtualDeviceList(vm.Config.Hardware.Device)
	onController := make(map[int32][]int32)
	vm.Network = []types.ManagedObjectReference{}
	disks, cards := 0, 0
	for _, device := range devices {
		d := device.GetVirtualDevice()
		onController[d.ControllerKey] = append(onController[d.ControllerKey], d.Key)
		if _, ok := device.(types.BaseVirtualEthernetCard); ok {
			cards++
			if net := networkOf(d.Backing); net != nil && FindReference(vm.Network, *net) == nil {
				vm.Network = append(vm.Network, *net)
			}
		}
		if _, ok := device.(*types.VirtualDisk); ok {
			disks++
		}
	}
	for _, device := range devices {
		if controller, ok := device.(types.BaseVirtualController); ok {
			keys := onController[device.GetVirtualDevice().Key]
			sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
			controller.GetVirtualController().Device = keys
		}
	}
	vm.Summary.Config.NumVirtualDisks = int32(disks)
	vm.Summary.Config.NumEthernetCards = int32(cards)
	if vm.Runtime.Host != nil {
		vm.layout()
	}
	feed.touch(vm.Self)
}

func (c *deviceChange) spoiled(property string) types.InvalidDeviceSpec {
	return types.InvalidDeviceSpec{
		InvalidVmConfig: types.InvalidVmConfig{Property: "virtualDeviceSpec." + property},
		DeviceIndex:     c.index,
	}
}

func (c *deviceChange) invalid(property string) types.BaseMethodFault {
	fault := c.spoiled(property)
	return &fault
}

func (c *deviceChange) invalidBacking(property string) types.BaseMethodFault {
	return &types.InvalidDeviceBacking{InvalidDeviceSpec: c.spoiled("device.backing." + property)}
}

// pluggable is the fault of a device that a running machine neither gets nor loses.
func (c *deviceChange) pluggable(device types.BaseVirtualDevice) types.BaseMethodFault {
	if c.vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff || c.vm.Runtime.PowerState == "" {
		return nil
	}
	switch device.(type) {
	case types.BaseVirtualSCSIController, types.BaseVirtualEthernetCard:
		return nil
	case *types.VirtualDisk:
		if _, ide := c.devices.FindByKey(device.GetVirtualDevice().ControllerKey).(*types.VirtualIDEController); !ide {
			return nil
		}
	}
	return &types.InvalidPowerState{
		RequestedState: types.VirtualMachinePowerStatePoweredOff,
		ExistingState:  c.vm.Runtime.PowerState,
	}
}

func (c *deviceChange) add(device types.BaseVirtualDevice) types.BaseMethodFault {
	d := device.GetVirtualDevice()
	named := d.Key
	if key, ok := c.keys[d.ControllerKey]; ok && d.ControllerKey != 0 {
		d.ControllerKey = key
	}
	if there := c.builtIn(device); there != nil {
		c.keys[named] = there.GetVirtualDevice().Key
		return nil
	}
	if fault := c.seat(device); fault != nil {
		return fault
	}
	if fault := c.pluggable(device); fault != nil {
		return fault
	}
	if fault := c.back(device, nil); fault != nil {
		return fault
	}
	if named != 0 {
		c.keys[named] = d.Key
	}
	c.describe(device)
	if card, ok := device.(types.BaseVirtualEthernetCard); ok {
		c.vm.Guest.Net = append(c.vm.Guest.Net, types.GuestNicInfo{
			MacAddress:     card.GetVirtualEthernetCard().MacAddress,
			Connected:      true,
			DeviceConfigId: d.Key,
		})
	}
	c.devices = append(c.devices, device)
	return nil
}

// builtIn is the controller that every machine has from its beginning, in the place of one that is to be added.
func (c *deviceChange) builtIn(device types.BaseVirtualDevice) types.BaseVirtualDevice {
	d := device.GetVirtualDevice()
	if ide, ok := device.(*types.VirtualIDEController); ok && ide.BusNumber < 2 {
		return c.devices.FindByKey(200 + ide.BusNumber)
	}
	switch device.(type) {
	case *types.VirtualPS2Controller, *types.VirtualPCIController, *types.VirtualSIOController:
		if there := c.devices.SelectByType(device); len(there) > 0 {
			return there[0]
		}
	case *types.VirtualKeyboard, *types.VirtualPointingDevice, *types.VirtualMachineVideoCard, *types.VirtualMachineVMCIDevice:
		return c.devices.FindByKey(d.Key)
	}
	return nil
}

// bus is where the devices of a controller have their keys, how many it has room for, and which unit is its own.
func bus(controller types.BaseVirtualDevice) (key, units, own int32) {
	number := controller.(types.BaseVirtualController).GetVirtualController().BusNumber
	switch controller.(type) {
	case types.BaseVirtualSCSIController:
		return 2000 + 16*number, 16, 7
	case *types.VirtualIDEController:
		return 3000 + 2*number, 2, -1
	case types.BaseVirtualSATAController:
		return 16000 + 30*number, 30, -1
	case *types.VirtualNVMEController:
		return 32000 + 15*number, 15, -1
	}
	return 0, 0, -1
}

// seat gives a new device its key and its place.
func (c *deviceChange) seat(device types.BaseVirtualDevice) types.BaseMethodFault {
	d := device.GetVirtualDevice()
	switch device := device.(type) {
	case types.BaseVirtualSCSIController:
		return c.seatController(d, &device.GetVirtualSCSIController().VirtualController, 1000, func() {
			device.GetVirtualSCSIController().ScsiCtlrUnitNumber = 7
			if device.GetVirtualSCSIController().SharedBus == "" {
				device.GetVirtualSCSIController().SharedBus = types.VirtualSCSISharingNoSharing
			}
		})
	case types.BaseVirtualSATAController:
		return c.seatController(d, &device.GetVirtualSATAController().VirtualController, 15000, func() {})
	case *types.VirtualNVMEController:
		return c.seatController(d, &device.VirtualController, 31000, func() {})
	case *types.VirtualDisk, *types.VirtualCdrom:
		controller := c.devices.FindByKey(d.ControllerKey)
		if _, ok := controller.(types.BaseVirtualController); !ok {
			return &types.InvalidController{InvalidDeviceSpec: c.spoiled("device.controllerKey"), ControllerKey: d.ControllerKey}
		}
		first, units, own := bus(controller)
		if units == 0 {
			return &types.InvalidController{InvalidDeviceSpec: c.spoiled("device.controllerKey"), ControllerKey: d.ControllerKey}
		}
		if d.UnitNumber == nil {
			for unit := int32(0); unit < units && d.UnitNumber == nil; unit++ {
				if unit != own && !c.taken(d.ControllerKey, unit) {
					d.UnitNumber = types.NewInt32(unit)
				}
			}
		}
		if d.UnitNumber == nil || *d.UnitNumber < 0 || *d.UnitNumber >= units || *d.UnitNumber == own || c.taken(d.ControllerKey, *d.UnitNumber) {
			return c.invalid("device.unitNumber")
		}
		d.Key = first + *d.UnitNumber
		return nil
	case types.BaseVirtualEthernetCard:
		c.seatNext(d, 4000, 100, 7, 10)
	case *types.VirtualSerialPort:
		c.seatNext(d, 9000, 400, 0, 32)
	default:
		if d.Key <= 0 || c.devices.FindByKey(d.Key) != nil {
			c.seatNext(d, 13000, d.ControllerKey, 0, 1000)
		}
	}
	if d.Key == 0 {
		return c.invalid("device.key")
	}
	return nil
}

func (c *deviceChange) taken(controller, unit int32) bool {
	for _, device := range c.devices {
		d := device.GetVirtualDevice()
		if d.ControllerKey == controller && d.UnitNumber != nil && *d.UnitNumber == unit {
			return true
		}
	}
	return false
}

func (c *deviceChange) seatController(d *types.VirtualDevice, controller *types.VirtualController, first int32, more func()) types.BaseMethodFault {
	if controller.BusNumber < 0 || controller.BusNumber > 3 || c.devices.FindByKey(first+controller.BusNumber) != nil {
		return c.invalid("device.busNumber")
	}
	d.Key = first + controller.BusNumber
	d.ControllerKey = 100
	more()
	return nil
}

// seatNext gives the next key and unit of those devices that have as many of them as they like.
func (c *deviceChange) seatNext(d *types.VirtualDevice, first, controller, unit, room int32) {
	d.Key = 0
	for n := int32(0); n < room; n++ {
		if c.devices.FindByKey(first+n) == nil {
			d.Key = first + n
			d.ControllerKey = controller
			d.UnitNumber = types.NewInt32(unit + n)
			return
		}
	}
}

func (c *deviceChange) edit(device types.BaseVirtualDevice) types.BaseMethodFault {
	d := device.GetVirtualDevice()
	at := c.at(d.Key)
	if at < 0 {
		return c.invalid("device.key")
	}
	before := c.devices[at]
	was := before.GetVirtualDevice()
	d.ControllerKey, d.UnitNumber, d.DeviceInfo = was.ControllerKey, was.UnitNumber, was.DeviceInfo
	if d.Backing == nil {
		d.Backing = was.Backing
	}
	if d.Connectable == nil {
		d.Connectable = was.Connectable
	}
	if _, disk := device.(*types.VirtualDisk); disk && fileName(d.Backing) != fileName(was.Backing) && held[c.vm.Self] != nil {
		return &types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOff,
			ExistingState:  c.vm.Runtime.PowerState,
		}
	}
	if fault := c.back(device, before); fault != nil {
		return fault
	}
	c.describe(device)
	c.devices[at] = device
	return nil
}

func (c *deviceChange) at(key int32) int {
	for i, device := range c.devices {
		if device.GetVirtualDevice().Key == key {
			return i
		}
	}
	return -1
}

func (c *deviceChange) remove() types.BaseMethodFault {
	at := c.at(c.spec.Device.GetVirtualDevice().Key)
	if at < 0 {
		return c.invalid("device.key")
	}
	device := c.devices[at]
	if fault := c.pluggable(device); fault != nil {
		return fault
	}
	for _, other := range c.devices {
		if _, controller := device.(types.BaseVirtualController); controller && other.GetVirtualDevice().ControllerKey == device.GetVirtualDevice().Key {
			return &types.ResourceInUse{Type: c.devices.Type(device), Name: c.devices.Name(device)}
		}
	}
	if c.spec.FileOperation == types.VirtualDeviceConfigSpecFileOperationDestroy {
		if _, ok := device.(*types.VirtualDisk); ok {
			if fault := c.destroyFile(device); fault != nil {
				return fault
			}
		}
	}
	c.devices = append(append(object.VirtualDeviceList{}, c.devices[:at]...), c.devices[at+1:]...)
	for i, nic := range c.vm.Guest.Net {
		if nic.DeviceConfigId == device.GetVirtualDevice().Key {
			c.vm.Guest.Net = append(append([]types.GuestNicInfo{}, c.vm.Guest.Net[:i]...), c.vm.Guest.Net[i+1:]...)
			break
		}
	}
	c.rehold(nil)
	return nil
}

// rehold has a running machine close what it no longer has attached, and open what it has now.
func (c *deviceChange) rehold(more []opened) types.BaseMethodFault {
	vm := c.vm
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return nil
	}
	before := held[vm.Self]
	release(vm.Self)
	shadow := &VirtualMachine{VirtualMachine: vm.VirtualMachine}
	config := *vm.Config
	config.Hardware.Device = c.devices
	shadow.Config = &config
	files, fault := shadow.opens()
	files = append(files, more...)
	if fault == nil {
		fault = conflict(files)
	}
	if fault != nil {
		hold(vm.Self, before)
		return fault
	}
	hold(vm.Self, files)
	onUndo(func() {
		release(vm.Self)
		hold(vm.Self, before)
	})
	return nil
}

// describe labels a device as vCenter does.
func (c *deviceChange) describe(device types.BaseVirtualDevice) {
	d := device.GetVirtualDevice()
	label, summary := "", ""
	switch device := device.(type) {
	case *types.VirtualDisk:
		n := len(c.devices.SelectByType((*types.VirtualDisk)(nil))) + 1
		label, summary = fmt.Sprintf("Hard disk %d", n), fmt.Sprintf("%s KB", numberToString(device.CapacityInKB, ','))
	case types.BaseVirtualEthernetCard:
		label = fmt.Sprintf("Network adapter %d", d.Key-3999)
		summary = "disconnected"
		switch backing := d.Backing.(type) {
		case *types.VirtualEthernetCardNetworkBackingInfo:
			summary = backing.DeviceName
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			summary = "DVSwitch: " + backing.Port.SwitchUuid
		}
	case types.BaseVirtualSCSIController:
		label = fmt.Sprintf("SCSI controller %d", device.GetVirtualSCSIController().BusNumber)
		summary = strings.TrimSuffix(c.devices.TypeName(device.(types.BaseVirtualDevice)), "Controller")
	case *types.VirtualCdrom:
		label, summary = fmt.Sprintf("CD/DVD drive %d", d.Key-2999), "Remote device"
		if backing, ok := d.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
			summary = "ISO " + backing.GetVirtualDeviceFileBackingInfo().FileName
		}
	case *types.VirtualSerialPort:
		label, summary = fmt.Sprintf("Serial port %d", d.Key-8999), "Remote device"
		if backing, ok := d.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
			summary = "File " + backing.GetVirtualDeviceFileBackingInfo().FileName
		}
	default:
		label = c.devices.Name(device)
		summary = label
	}
	if d.DeviceInfo != nil && d.DeviceInfo.GetDescription().Label != "" {
		label = d.DeviceInfo.GetDescription().Label
	}
	d.DeviceInfo = &types.Description{Label: label, Summary: summary}
	switch device.(type) {
	case types.BaseVirtualEthernetCard, *types.VirtualCdrom, *types.VirtualFloppy, *types.VirtualSerialPort, *types.VirtualParallelPort:
		if d.Connectable == nil {
			d.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, AllowGuestControl: true, Status: "untried"}
		}
		d.Connectable.Connected = c.vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn &&
			(d.Connectable.Connected || c.spec.Operation == types.VirtualDeviceConfigSpecOperationAdd && d.Connectable.StartConnected)
	}
}

// backingFile is the local file of a device that is backed by one.
func (vm *VirtualMachine) backingFile(device types.BaseVirtualDevice) (string, bool) {
	backing, ok := device.GetVirtualDevice().Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return "", false
	}
	return vm.localFile(backing.GetVirtualDeviceFileBackingInfo().FileName)
}

// localFile is the local file of a datastore path that the machine's host can see.
func (vm *VirtualMachine) localFile(name string) (string, bool) {
	p, fault := parseDatastorePath(name)
	if fault != nil || vm.Runtime.Host == nil {
		return "", false
	}
	host := Map.Get(*vm.Runtime.Host).(*HostSystem)
	ds, ok := Map.FindByName(p.Datastore, host.Datastore).(*Datastore)
	if !ok {
		return "", false
	}
	for _, part := range strings.Split(p.Path, "/") {
		if part == ".." {
			return "", false
		}
	}
	return path.Join(ds.Info.GetDatastoreInfo().Url, p.Path), true
}
