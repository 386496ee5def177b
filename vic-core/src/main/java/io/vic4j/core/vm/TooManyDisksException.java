package io.vic4j.core.vm;

/**
 * More disks than a VM has slots for: pack adjacent layers into one disk, or use fewer containers
 * and volumes.
 *
 * <p>A VM has {@value #LIMIT} slots: four PVSCSI controllers of fifteen disks each (vSphere
 * configuration maximums, "Virtual machine storage").
 */
public final class TooManyDisksException extends InvalidSpecException {
  /** How many disks a VM takes. */
  public static final int LIMIT = 60;

  private final int count;

  /**
   * More disks than there are slots.
   *
   * @param count how many disks were asked for
   * @param remedy what to do, for people
   */
  public TooManyDisksException(int count, String remedy) {
    super(
        "disks",
        count + " disks, but a VM takes " + LIMIT + " (4 PVSCSI controllers of 15); " + remedy);
    this.count = count;
  }

  /** How many disks were asked for. */
  public int count() {
    return count;
  }
}
