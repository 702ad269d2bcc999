// The codes of labels, as `labels/src/code.rs` reads them: for a phone that cannot ask the server.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;
const CHECK_SUM = 0b10110;
const CHECK_WEIGHTED = 0b01101;
// Spaces, and all that keyboards give where a person means a hyphen.
const SEPARATOR = /[\s\-_\u00AD\u2010-\u2015\u2212\u2500\u30FC\uFE58\uFE63\uFF0D\uFF3F\uFF70]/gu;
const FULL_WIDTH = /[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A]/gu;
const LOOKS_LIKE = new Map([['O', '0'], ['I', '1'], ['L', '1']]);

/** Twice an element of GF(32), the polynomials over GF(2) modulo x⁵ + x² + 1. */
const twice = (value) => ((value << 1) ^ (value & 0b10000 ? 0b100101 : 0)) & 31;

/** The twelve characters of a code as somebody types it, or null where they are none or do not belong together. */
export function labelCode(text) {
  const narrow = text.replace(FULL_WIDTH, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0));
  const letters = [...narrow.replace(SEPARATOR, '')].map((char) => {
    // Only ASCII letters: others may become ASCII when they are made capitals.
    const capital = /^[a-z]$/.test(char) ? char.toUpperCase() : char;
    return LOOKS_LIKE.get(capital) ?? capital;
  });
  const values = letters.map((char) => ALPHABET.indexOf(char));
  if (values.length !== LENGTH || values.includes(-1)) return null;
  const sum = values.reduce((sum, value) => sum ^ value, 0);
  const weighted = values.reduce((sum, value) => twice(sum) ^ value, 0);
  return sum === CHECK_SUM && weighted === CHECK_WEIGHTED ? letters.join('') : null;
}
