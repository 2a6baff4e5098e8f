import anyAscii from 'any-ascii';

/** The alphabet of GSM 03.38 without its second table, whose characters count twice. One letter beyond it, and an SMS holds 70 characters and not 160. */
const ALPHABET = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);

/** The same in letters that an SMS has: é stays, ã becomes a, 王 becomes Wang. What cannot be written with them is left out. */
export function toGsm(text: string): string {
  return [...text.normalize('NFC')]
    .map((character) =>
      ALPHABET.has(character) ? character : [...anyAscii(character)].filter((one) => ALPHABET.has(one)).join(''),
    )
    .join('')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Cuts at the end of a word, or in the middle of one that is too long, so that with its dots it has `length` characters at most. */
export function cutTo(length: number, text: string): string {
  if (text.length <= length) return text;
  const room = text.slice(0, Math.max(0, length - 3));
  const word = room.lastIndexOf(' ');
  return `${(word > length / 2 ? room.slice(0, word) : room).trimEnd()}...`.slice(0, length);
}
