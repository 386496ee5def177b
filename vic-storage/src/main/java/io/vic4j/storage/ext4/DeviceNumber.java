package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;

/** Device numbers in the kernel's newer form: 12 bits of major, 20 of minor number. */
final class DeviceNumber {
  private static final int MAX_MAJOR = (1 << 12) - 1;
  private static final int MAX_MINOR = (1 << 20) - 1;

  private DeviceNumber() {}

  /**
   * Major and minor as one number.
   *
   * @throws Ext4LimitException if one has more bits than there are
   */
  static int of(int major, int minor) {
    if (major < 0 || major > MAX_MAJOR || minor < 0 || minor > MAX_MINOR) {
      throw new Ext4LimitException(
          Limit.DEVICE_NUMBER,
          "device " + major + ":" + minor + " is out of range: ext4 keeps up to 4095:1048575");
    }
    return (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12);
  }

  static int major(int number) {
    return (number >>> 8) & MAX_MAJOR;
  }

  static int minor(int number) {
    return (number & 0xFF) | ((number >>> 12) & 0xFFF00);
  }
}
