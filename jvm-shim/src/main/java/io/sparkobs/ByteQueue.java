package io.sparkobs;

import java.util.ArrayDeque;

/**
 * A queue of bytes addressed by position since its beginning. Memory comes in blocks, taken as the queue grows and used
 * again as it moves on. Not for use by several threads.
 */
final class ByteQueue {
    private static final int BLOCK_BITS = 18;
    private static final int BLOCK = 1 << BLOCK_BITS;

    /** Free blocks that are kept; one to write, one to read, and two for bursts. The garbage collector has the others. */
    private static final int KEPT_BLOCKS = 4;

    private final byte[][] blocks;
    private final ArrayDeque<byte[]> free = new ArrayDeque<>(KEPT_BLOCKS);
    private long head;
    private long tail;

    /** @param capacity in bytes; rounded up to blocks, and one more, as neither end need lie on a block's. */
    ByteQueue(long capacity) {
        blocks = new byte[(int) ((capacity + BLOCK - 1) >>> BLOCK_BITS) + 1][];
    }

    long head() {
        return head;
    }

    long tail() {
        return tail;
    }

    /** The caller keeps {@code tail - head} within the capacity. */
    void append(byte[] source, int offset, int length) {
        while (length > 0) {
            int slot = slot(tail);
            if (blocks[slot] == null) {
                byte[] block = free.poll();
                blocks[slot] = block != null ? block : new byte[BLOCK];
            }
            int at = (int) tail & BLOCK - 1;
            int part = Math.min(length, BLOCK - at);
            System.arraycopy(source, offset, blocks[slot], at, part);
            tail += part;
            offset += part;
            length -= part;
        }
    }

    void read(long position, byte[] target, int offset, int length) {
        while (length > 0) {
            int at = (int) position & BLOCK - 1;
            int part = Math.min(length, BLOCK - at);
            System.arraycopy(blocks[slot(position)], at, target, offset, part);
            position += part;
            offset += part;
            length -= part;
        }
    }

    /** Forgets what lies before the position. */
    void release(long position) {
        while (head >>> BLOCK_BITS < position >>> BLOCK_BITS) {
            int slot = slot(head);
            if (free.size() < KEPT_BLOCKS) {
                free.push(blocks[slot]);
            }
            blocks[slot] = null;
            head = ((head >>> BLOCK_BITS) + 1) << BLOCK_BITS;
        }
        head = position;
    }

    private int slot(long position) {
        return (int) ((position >>> BLOCK_BITS) % blocks.length);
    }
}
