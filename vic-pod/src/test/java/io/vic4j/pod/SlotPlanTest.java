package io.vic4j.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.Digest;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.TooManyDisksException;
import io.vic4j.storage.LayerDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SlotPlanTest {
  private final List<String> packs = new ArrayList<>();

  /** A disk of layers that have one letter each, and in upper case a thousand times the bytes. */
  private record Disk(String letters) implements LayerDisk {
    @Override
    public Digest diffId() {
      return Digest.sha256(letters);
    }

    @Override
    public List<Digest> layers() {
      return letters.chars().mapToObj(letter -> Digest.sha256("" + (char) letter)).toList();
    }

    @Override
    public DatastorePath path() {
      return DatastorePath.parse(letters);
    }

    @Override
    public DatastorePath extentPath() {
      return DatastorePath.parse(letters);
    }

    @Override
    public UUID fileSystemUuid() {
      return new UUID(0, letters.hashCode());
    }

    @Override
    public long capacityBytes() {
      return tarBytes();
    }

    @Override
    public long tarBytes() {
      return letters.chars().mapToLong(letter -> Character.isUpperCase(letter) ? 1000 : 1).sum();
    }

    @Override
    public long entries() {
      return 1;
    }

    @Override
    public long impliedDirectories() {
      return 0;
    }
  }

  private static DiskStack stack(String letters) {
    List<LayerDisk> disks =
        letters.chars().mapToObj(letter -> (LayerDisk) new Disk("" + (char) letter)).toList();
    return new DiskStack(Digest.sha256(letters), disks, Optional.empty());
  }

  private LayerDisk pack(List<LayerDisk> disks) {
    Disk pack =
        new Disk(disks.stream().map(disk -> ((Disk) disk).letters()).collect(Collectors.joining()));
    packs.add(pack.letters());
    return pack;
  }

  /** Stacks as words, one for each disk. */
  private List<String> fit(int slots, int others, DiskStack... stacks) {
    return new SlotPlan(List.of(stacks))
        .fit(slots, others, this::pack).stream()
            .map(
                stack ->
                    stack.all().stream()
                        .map(disk -> ((Disk) disk).letters())
                        .collect(Collectors.joining(" ")))
            .toList();
  }

  @Test
  void whatFits_staysAsItIs() {
    assertThat(fit(6, 2, stack("abcd"))).containsExactly("a b c d");
    assertThat(packs).isEmpty();
  }

  @Test
  void packs_areOfLikeSizes() {
    assertThat(fit(6, 2, stack("abcdefgh"))).containsExactly("ab cd ef gh");
    assertThat(fit(4, 2, stack("abcdefgh"))).containsExactly("abcd efgh");
  }

  @Test
  void largeLayers_stayAlone() {
    assertThat(fit(4, 0, stack("AbcdEfgh"))).containsExactly("A bcd E fgh");
  }

  @Test
  void oneSlotLess_changesOnePackOnly() {
    assertThat(fit(5, 0, stack("abcdefgh"))).containsExactly("ab cd ef g h");
    assertThat(fit(4, 0, stack("abcdefgh"))).containsExactly("ab cd ef gh");
  }

  @Test
  void layersOfSeveralImages_countOnceAndStayShared() {
    assertThat(fit(4, 0, stack("abcx"), stack("abcy"))).containsExactly("ab c x", "ab c y");
    assertThat(fit(3, 0, stack("abcx"), stack("abcy"))).containsExactly("abc x", "abc y");
    assertThat(packs).containsExactly("ab", "abc");
  }

  @Test
  void imageThatIsTheBaseOfAnother_staysShared() {
    assertThat(fit(3, 0, stack("ab"), stack("abcde"))).containsExactly("ab", "ab cd e");
  }

  @Test
  void sharedLayers_arePackedWithOthersWhereNothingElseHelps() {
    assertThat(fit(2, 0, stack("abx"), stack("aby"))).containsExactly("abx", "aby");
  }

  @Test
  void sameLayerTwiceInAnImage_isPackedToo() {
    assertThat(fit(1, 0, stack("aabaa"))).containsExactly("aabaa");
  }

  @Test
  void seams_takeSlotsAndStayOnTop() {
    LayerDisk seam = new Disk("s");
    DiskStack seamed = new DiskStack(Digest.sha256("x"), stack("abc").layers(), Optional.of(seam));
    assertThat(fit(3, 1, seamed)).containsExactly("abc s");
  }

  @Test
  void whatCannotFit_isRefusedBeforeAnythingIsPacked() {
    assertThatThrownBy(() -> fit(3, 2, stack("ab"), stack("cd")))
        .isInstanceOfSatisfying(
            TooManyDisksException.class, e -> assertThat(e.count()).isEqualTo(4));
    assertThat(packs).isEmpty();
  }
}
