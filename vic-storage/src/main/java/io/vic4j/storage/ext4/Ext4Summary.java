package io.vic4j.storage.ext4;

/**
 * A finished file system in numbers.
 *
 * @param sizeBytes how long the image is, holes included
 * @param usedBytes how much of it the file system has in use, its own structures included
 * @param inodes how many inodes are in use, the reserved ones not counted
 * @param freeInodes how many are left
 */
public record Ext4Summary(long sizeBytes, long usedBytes, long inodes, long freeInodes) {}
