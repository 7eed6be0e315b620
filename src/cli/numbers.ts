/** Numbers as people write them after an option. Each throws what Commander shows next to the option's name. */
import { InvalidArgumentError } from 'commander';

/** A whole number from 1. */
export function parseCount(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(value);
}

/** One or more whole numbers from 1, with commas between them. */
export function parseCounts(value: string): number[] {
  return value.split(',').map(parseCount);
}

/** A port; 0 asks for any that is free. */
export function parsePort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535)
    throw new InvalidArgumentError('It must be a port number (0–65535).');
  return port;
}
