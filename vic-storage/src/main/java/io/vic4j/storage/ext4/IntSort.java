package io.vic4j.storage.ext4;

import java.util.function.IntBinaryOperator;

/** Sorts numbers in an order of one's own, which the JDK does for objects only. */
final class IntSort {
  private static final int SMALL = 12;

  private IntSort() {}

  /** A stable merge sort of the range from {@code from} up to, not including, {@code to}. */
  static void sort(int[] numbers, int from, int to, IntBinaryOperator order) {
    if (to - from > 1) {
      sort(numbers, new int[to - from], from, to, order);
    }
  }

  private static void sort(int[] numbers, int[] spare, int from, int to, IntBinaryOperator order) {
    if (to - from <= SMALL) {
      insertionSort(numbers, from, to, order);
      return;
    }
    int middle = (from + to) >>> 1;
    sort(numbers, spare, from, middle, order);
    sort(numbers, spare, middle, to, order);
    if (order.applyAsInt(numbers[middle - 1], numbers[middle]) <= 0) {
      return;
    }
    int leftEnd = middle - from;
    System.arraycopy(numbers, from, spare, 0, leftEnd);
    int left = 0;
    int right = middle;
    int at = from;
    while (left < leftEnd) {
      if (right < to && order.applyAsInt(numbers[right], spare[left]) < 0) {
        numbers[at++] = numbers[right++];
      } else {
        numbers[at++] = spare[left++];
      }
    }
  }

  private static void insertionSort(int[] numbers, int from, int to, IntBinaryOperator order) {
    for (int i = from + 1; i < to; i++) {
      int moving = numbers[i];
      int at = i;
      while (at > from && order.applyAsInt(numbers[at - 1], moving) > 0) {
        numbers[at] = numbers[at - 1];
        at--;
      }
      numbers[at] = moving;
    }
  }
}
