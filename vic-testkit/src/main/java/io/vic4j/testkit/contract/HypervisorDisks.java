package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.testkit.BlankDisks;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The part of {@link HypervisorContract} about the disks of VMs. */
abstract class HypervisorDisks extends HypervisorFixture {
  @Test
  void createWithoutItsDisk_isNotFound_andMakesNothing() {
    DiskAttachment missing =
        DiskAttachment.layer(DatastorePath.parse("no/such.vmdk"), new UUID(9, 9));
    assertThatThrownBy(() -> hypervisor.create(definition("web", missing)))
        .isInstanceOf(NotFoundException.class);
    assertThat(hypervisor.list(SCOPE)).isEmpty();
  }

  @Test
  void scratchDiskOfAnotherVm_isRefused() {
    DiskAttachment scratch = scratch("web");
    hypervisor.create(definition("web", scratch));
    assertThatThrownBy(() -> hypervisor.create(definition("other", scratch)))
        .isInstanceOf(ConflictException.class);
  }

  @Test
  void layer_isSharedByVmsThatAreOn() {
    for (String name : List.of("a", "b", "c")) {
      hypervisor.powerOn(hypervisor.create(definition(name, layer(), scratch(name))).id());
    }
    assertThat(hypervisor.list(SCOPE)).allMatch(vm -> vm.power() == PowerState.ON);
  }

  @Test
  void volume_isWrittenByOneVmAtATime() {
    DiskAttachment volume = DiskAttachment.volume(VOLUME, new UUID(1, 2));
    String first = hypervisor.create(definition("first", volume)).id();
    String second = hypervisor.create(definition("second", volume)).id();
    hypervisor.powerOn(first);
    assertThatThrownBy(() -> hypervisor.powerOn(second)).isInstanceOf(ConflictException.class);
    assertThat(hypervisor.find(second).orElseThrow().power()).isEqualTo(PowerState.OFF);
    hypervisor.powerOff(first);
    assertThat(hypervisor.powerOn(second).power()).isEqualTo(PowerState.ON);
    hypervisor.powerOff(second);
  }

  @Test
  void volume_isReadByMany_butNotWhileOneWrites() {
    DiskAttachment read = DiskAttachment.readOnlyVolume(VOLUME, new UUID(1, 2));
    DiskAttachment write = DiskAttachment.volume(VOLUME, new UUID(1, 2));
    hypervisor.powerOn(hypervisor.create(definition("a", read)).id());
    hypervisor.powerOn(hypervisor.create(definition("b", read)).id());
    String writer = hypervisor.create(definition("writer", write)).id();
    assertThatThrownBy(() -> hypervisor.powerOn(writer)).isInstanceOf(ConflictException.class);
  }

  @Test
  void remove_takesTheVmsOwnDisks_andLeavesTheOthers() {
    DatastorePath files = DatastorePath.parse("containers/web-files/files.vmdk");
    BlankDisks.write(datastore, files, new UUID(2, 2));
    VmDefinition definition =
        definition(
            "web",
            layer(),
            scratch("web"),
            DiskAttachment.files(files, new UUID(2, 2)),
            DiskAttachment.volume(VOLUME, new UUID(1, 2)));
    hypervisor.create(definition);
    hypervisor.remove(definition.id());
    assertThat(hypervisor.find(definition.id())).isEmpty();
    assertThat(hypervisor.findByName(SCOPE, "web")).isEmpty();
    assertThat(datastore.stat(scratchPath("web").parent())).isEmpty();
    assertThat(datastore.stat(files.parent())).isEmpty();
    assertThat(datastore.stat(LAYER)).isPresent();
    assertThat(datastore.stat(VOLUME)).isPresent();
    hypervisor.create(definition("web", scratch("web"))); // The name and the place are free again.
  }

  @Test
  void plug_givesDisksToAVm_onOrOff_eachOnce() {
    DiskAttachment one = furtherLayer(1);
    DiskAttachment two = furtherLayer(2);
    VmRecord created = hypervisor.create(definition("web", layer(), scratch("web")));
    VmRecord off = hypervisor.plug(created.id(), List.of(one));
    assertThat(off.changeVersion()).isNotEqualTo(created.changeVersion());
    assertThat(hypervisor.plug(created.id(), List.of(one, layer()))).isEqualTo(off);
    VmRecord on = hypervisor.powerOn(created.id());
    hypervisor.plug(created.id(), List.of(one, two));
    VmRecord plugged = hypervisor.find(created.id()).orElseThrow();
    assertThat(plugged.power()).isEqualTo(PowerState.ON);
    assertThat(plugged.bootTime()).isEqualTo(on.bootTime());
    assertThat(plugged.variables()).isEqualTo(on.variables());
    hypervisor.powerOff(created.id());
    hypervisor.powerOn(created.id());
    hypervisor.powerOff(created.id());
    hypervisor.remove(created.id());
    assertThat(datastore.stat(one.vmdk())).isPresent();
    assertThat(datastore.stat(scratchPath("web"))).isEmpty();
  }

  @Test
  void plug_ofADiskThatIsNotThere_isNotFound_andPlugsNone() {
    VmRecord created = hypervisor.create(definition("web"));
    DiskAttachment gone =
        DiskAttachment.layer(DatastorePath.parse("layers/gone/layer.vmdk"), new UUID(1, 9));
    assertThatThrownBy(() -> hypervisor.plug(created.id(), List.of(furtherLayer(1), gone)))
        .isInstanceOf(NotFoundException.class);
    assertThat(hypervisor.find(created.id())).contains(created);
    assertThatThrownBy(() -> hypervisor.plug("f".repeat(64), List.of(layer())))
        .isInstanceOf(NotFoundException.class);
  }

  private DiskAttachment furtherLayer(int number) {
    UUID id = new UUID(3, number);
    DatastorePath disk = DatastorePath.parse("layers/further-" + number + "/layer.vmdk");
    if (datastore.stat(disk).isEmpty()) {
      BlankDisks.write(datastore, disk, id);
    }
    return DiskAttachment.layer(disk, id);
  }
}
