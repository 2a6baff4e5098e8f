import { crc32 } from 'node:zlib';

/**
 * Flyway's checksum of a script: the CRC-32 of its lines in UTF-8 without their ends and without a byte order mark, as
 * a signed 32-bit integer. So a checkout with other line ends is still the same script.
 */
export function checksumOf(text: string): number {
  return crc32(withoutByteOrderMark(text).replaceAll(/[\r\n]/g, '')) | 0;
}

/** PostgreSQL would read the mark as the start of a word. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
