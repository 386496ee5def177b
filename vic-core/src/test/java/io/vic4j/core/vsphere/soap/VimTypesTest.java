package io.vic4j.core.vsphere.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.vmware.vim25.MethodFault;
import io.vic4j.core.vsphere.soap.VimType.Kind;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VimTypesTest {
  private static final Pattern TYPE = Pattern.compile("com/vmware/vim25/(\\w+)\\.class");

  @Test
  void allTypesOfYavijava_haveTables() throws Exception {
    Path jar =
        Path.of(MethodFault.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    int count = 0;
    try (JarFile types = new JarFile(jar.toFile())) {
      for (var entry : Collections.list(types.entries())) {
        Matcher matcher = TYPE.matcher(entry.getName());
        if (!matcher.matches() || matcher.group(1).equals("VimPortType")) {
          continue;
        }
        VimType type = VimTypes.named(matcher.group(1));
        assertThat(type).as(matcher.group(1)).isNotNull();
        if (type.kind == Kind.OBJECT) {
          assertThat(type.create()).isInstanceOf(type.javaClass);
          assertThat(type.fieldsInOrder())
              .allSatisfy(field -> assertThat(field.type()).isNotNull());
        }
        count++;
      }
    }
    assertThat(count).isGreaterThan(3000);
  }

  @ParameterizedTest
  @CsvSource({
    "VirtualDevice, 'dynamicType dynamicProperty key deviceInfo backing connectable slotInfo"
        + " controllerKey unitNumber'",
    "VirtualSCSIController, 'dynamicType dynamicProperty key deviceInfo backing connectable"
        + " slotInfo controllerKey unitNumber busNumber device hotAddRemove sharedBus"
        + " scsiCtlrUnitNumber'",
    "VirtualDiskFlatVer2BackingInfo, 'dynamicType dynamicProperty fileName datastore"
        + " backingObjectId diskMode split writeThrough thinProvisioned eagerlyScrub uuid"
        + " contentId changeId parent deltaDiskFormat digestEnabled deltaGrainSize"
        + " deltaDiskFormatVariant sharing'",
    "VirtualDeviceConfigSpec, 'dynamicType dynamicProperty operation fileOperation device profile'",
    "VirtualMachineFileInfo, 'dynamicType dynamicProperty vmPathName snapshotDirectory"
        + " suspendDirectory logDirectory ftMetadataDirectory'",
    "VirtualMachineImportSpec, 'dynamicType dynamicProperty entityConfig instantiationOst"
        + " configSpec resPoolEntity'",
    "PropertyFilterSpec, 'dynamicType dynamicProperty propSet objectSet reportMissingObjectsInResults'",
    "ObjectSpec, 'dynamicType dynamicProperty obj skip selectSet'",
    "TraversalSpec, 'dynamicType dynamicProperty name type path skip selectSet'",
    "WaitOptions, 'dynamicType dynamicProperty maxWaitSeconds maxObjectUpdates'",
  })
  void fields_standInTheOrderOfTheSchema(String name, String fields) {
    assertThat(VimTypes.named(name).fieldsInOrder())
        .extracting(field -> field.name)
        .isEqualTo(List.of(fields.split(" ")));
  }

  @Test
  void namesThatYavijavaDoesNotHave_areNotKeptWithoutLimit() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(VimTypes.named("NoSuchType" + i)).isNull();
    }
    assertThat(VimTypes.named("OptionValue")).isNotNull();
    assertThat(VimTypes.named("NoSuchType1")).isNull();
  }

  @Test
  void classThatIsNoType_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> VimTypes.of(Instant.class));
    assertThatIllegalArgumentException().isThrownBy(() -> VimTypes.of(Runnable.class));
  }
}
