import { crc32 } from 'node:zlib';

/**
 * Computes Flyway's checksum of a script: the CRC-32 of its UTF-8 text without line breaks and byte order mark, as a signed 32-bit
 * integer. A checkout with other line breaks has the same checksum.
 */
export function computeChecksum(text: string): number {
  return crc32(stripByteOrderMark(text).replaceAll(/[\r\n]/g, '')) | 0;
}

/** Removes a byte order mark, which PostgreSQL would read as part of the first word. */
export function stripByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
