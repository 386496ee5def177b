package io.vic4j.pod;

import io.vic4j.core.vm.TooManyDisksException;
import io.vic4j.storage.LayerDisk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which adjacent layers of a VM's images share a disk. For one use. */
final class SlotPlan {
  /*
   * While there are more disks than slots, two adjacent disks of a stack become one, and so they do
   * in each other stack that has them side by side. Those are chosen whose layers have the fewest
   * bytes together, of those that free a slot: where neither is needed beside another neighbour.
   * Only where there are no such, two of the largest stack are taken, and one of them may stay for
   * another image.
   *
   * So large layers, which are mostly bases of many images, stay as they are; disks come to be of
   * like sizes; and little is copied. The choices follow one from another, and nothing but the
   * layers has a say in them: two VMs of one image, of which one has a slot less, differ in one
   * pack, and VMs alike in none.
   */
  private static final Run NONE = new Run(List.of());
  private static final Run SEVERAL = new Run(List.of());

  private final List<DiskStack> stacks;
  private final List<List<Run>> runs = new ArrayList<>();

  /** Adjacent layers on one disk. One object for all places where they are. */
  private static final class Run {
    final List<LayerDisk> layers;
    final long bytes;

    Run(List<LayerDisk> layers) {
      this.layers = layers;
      this.bytes = layers.stream().mapToLong(LayerDisk::tarBytes).sum();
    }
  }

  /** Two neighbours. */
  private record Pair(Run lower, Run upper, boolean freesASlot, int stackSize) {
    boolean isBetterThan(@Nullable Pair other) {
      if (other == null || freesASlot != other.freesASlot) {
        return other == null || freesASlot;
      }
      if (!freesASlot && stackSize != other.stackSize) {
        return stackSize > other.stackSize;
      }
      return bytes() < other.bytes();
    }

    private long bytes() {
      return lower.bytes + upper.bytes;
    }
  }

  SlotPlan(List<DiskStack> stacks) {
    this.stacks = List.copyOf(stacks);
    Map<LayerDisk, Run> single = new HashMap<>();
    for (DiskStack stack : stacks) {
      List<Run> one = new ArrayList<>();
      for (LayerDisk disk : stack.layers()) {
        one.add(single.computeIfAbsent(disk, layer -> new Run(List.of(layer))));
      }
      runs.add(one);
    }
  }

  /**
   * The stacks with so few disks that all of them fit, each disk counted once.
   *
   * @param slots how many there are
   * @param others how many of them other disks take
   * @param pack makes one disk of several, lowest first
   * @throws TooManyDisksException if they do not fit however they are packed; nothing was packed
   */
  List<DiskStack> fit(int slots, int others, Function<List<LayerDisk>, LayerDisk> pack) {
    if (others + stacks.stream().mapToLong(DiskStack::count).sum() <= slots) {
      return stacks; // Even if none of them were shared.
    }
    long seams = stacks.stream().flatMap(stack -> stack.seam().stream()).distinct().count();
    int taken = Math.toIntExact(others + seams);
    for (int count = count(); taken + count > slots; count = count()) {
      Pair best = best();
      if (best == null) {
        throw new TooManyDisksException(
            taken + count,
            "even with all layers of an image on one disk: run fewer containers in one VM");
      }
      merge(best);
    }
    Map<Run, LayerDisk> packed = new HashMap<>();
    List<DiskStack> fitting = new ArrayList<>();
    for (int i = 0; i < stacks.size(); i++) {
      List<LayerDisk> disks = new ArrayList<>();
      for (Run run : runs.get(i)) {
        disks.add(
            packed.computeIfAbsent(
                run, it -> it.layers.size() == 1 ? it.layers.get(0) : pack.apply(it.layers)));
      }
      fitting.add(new DiskStack(stacks.get(i).imageId(), disks, stacks.get(i).seam()));
    }
    return fitting;
  }

  private int count() {
    return (int) runs.stream().flatMap(List::stream).distinct().count();
  }

  private @Nullable Pair best() {
    Map<Run, Run> above = new HashMap<>();
    Map<Run, Run> below = new HashMap<>();
    for (List<Run> stack : runs) {
      Run last = NONE;
      for (Run run : stack) {
        below.merge(run, last, SlotPlan::oneOrSeveral);
        above.merge(last, run, SlotPlan::oneOrSeveral);
        last = run;
      }
      above.merge(last, NONE, SlotPlan::oneOrSeveral);
    }
    Pair best = null;
    for (List<Run> stack : runs) {
      for (int i = 0; i + 1 < stack.size(); i++) {
        Run lower = stack.get(i);
        Run upper = stack.get(i + 1);
        boolean freesASlot = above.get(lower) == upper && below.get(upper) == lower;
        Pair pair = new Pair(lower, upper, freesASlot, stack.size());
        if (pair.isBetterThan(best)) {
          best = pair;
        }
      }
    }
    return best;
  }

  /** A neighbour, if it is the only one. */
  private static Run oneOrSeveral(Run one, Run other) {
    return one == other ? one : SEVERAL;
  }

  private void merge(Pair pair) {
    Run merged =
        new Run(Stream.concat(pair.lower.layers.stream(), pair.upper.layers.stream()).toList());
    for (List<Run> stack : runs) {
      for (int i = 0; i + 1 < stack.size(); i++) {
        if (stack.get(i) == pair.lower && stack.get(i + 1) == pair.upper) {
          stack.remove(i + 1);
          stack.set(i, merged);
        }
      }
    }
  }
}
