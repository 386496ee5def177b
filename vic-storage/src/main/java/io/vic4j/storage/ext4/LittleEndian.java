package io.vic4j.storage.ext4;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in arrays of bytes, the least significant byte first. */
final class LittleEndian {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  static void putShort(byte[] target, int at, int value) {
    SHORT.set(target, at, (short) value);
  }

  static void putInt(byte[] target, int at, int value) {
    INT.set(target, at, value);
  }

  static int getShort(byte[] source, int at) {
    return (short) SHORT.get(source, at) & 0xFFFF;
  }

  static int getInt(byte[] source, int at) {
    return (int) INT.get(source, at);
  }
}
