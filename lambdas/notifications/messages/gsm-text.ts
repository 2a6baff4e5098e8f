import anyAscii from 'any-ascii';

/** The basic alphabet of GSM 03.38. Its extension characters count twice; any other character reduces an SMS from 160 to 70 characters. */
const GSM_ALPHABET = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);

/** Transliterates a text to the GSM alphabet: é stays, ã becomes a, 王 becomes Wang. Characters without a transliteration are removed. */
export function toGsmText(text: string): string {
  return [...text.normalize('NFC')]
    .map((character) =>
      GSM_ALPHABET.has(character)
        ? character
        : [...anyAscii(character)].filter((letter) => GSM_ALPHABET.has(letter)).join(''),
    )
    .join('')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Shortens a text to at most `maxLength` characters, including the dots. Cuts inside a word only if the word is very long. */
export function truncate(maxLength: number, text: string): string {
  if (text.length <= maxLength) return text;
  const prefix = text.slice(0, Math.max(0, maxLength - 3));
  const lastSpace = prefix.lastIndexOf(' ');
  return `${(lastSpace > maxLength / 2 ? prefix.slice(0, lastSpace) : prefix).trimEnd()}...`.slice(0, maxLength);
}
