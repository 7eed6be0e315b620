/** Check digits: what tells a number from one that was misheard or mistyped. */

export type Checksum = 'luhn' | 'mod97' | 'mod11' | 'ean';

/** True where the digits end in the check digits that the others ask for. */
export function fulfils(checksum: Checksum, digits: string): boolean {
  if (!/^\d{2,}$/.test(digits)) return false;
  switch (checksum) {
    case 'luhn':
      // ISO/IEC 7812-1: every second digit from the right is doubled, and its digits are added.
      return (
        sumFromRight(digits, (digit, place) => (place % 2 === 0 ? digit : (CROSS_SUM[digit] ?? 0))) % 10 === 0
      );
    case 'ean':
      // GS1: weights 1 and 3 from the right.
      return sumFromRight(digits, (digit, place) => digit * (place % 2 === 0 ? 1 : 3)) % 10 === 0;
    case 'mod11':
      // As NHS numbers: weights 1, 2, 3, … from the right.
      return sumFromRight(digits, (digit, place) => digit * (place + 1)) % 11 === 0;
    case 'mod97':
      // ISO 7064 MOD 97-10: the number leaves 1.
      return BigInt(digits) % 97n === 1n;
  }
}

/** Twice a digit, its own digits added. */
const CROSS_SUM = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];

function sumFromRight(digits: string, weigh: (digit: number, place: number) => number): number {
  return [...digits].reverse().reduce((sum, digit, place) => sum + weigh(Number(digit), place), 0);
}
