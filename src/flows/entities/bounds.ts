/** The first and last day or time that a slot accepts, as a flow writes them. */
import { localTime } from '../local-time.ts';

const DISTANCE = /^(?:today\s*)?([+-])\s*(\d{1,4})\s*([dwmy])$/i;
const MONTHS_A_YEAR = 12;
const DAYS_A_WEEK = 7;

/** YYYY-MM-DD; undefined for what is no day. `now`: ISO 8601, UTC. */
export function dayBound(
  written: string,
  { now, timeZone }: { now: string; timeZone: string },
): string | undefined {
  const text = written.trim().toLowerCase();
  if (isDay(text)) return text;
  if (/^\d{4}-\d{2}-\d{2}t/.test(text)) return localTime(written.trim(), timeZone)?.date;
  const today = localTime(now, timeZone)?.date;
  if (today === undefined) return undefined;
  if (text === 'today') return today;
  if (text === 'tomorrow') return moved(today, 1, 'd');
  if (text === 'yesterday') return moved(today, -1, 'd');
  const [, sign, count, unit = 'd'] = DISTANCE.exec(text) ?? [];
  return count === undefined ? undefined : moved(today, Number(count) * (sign === '-' ? -1 : 1), unit);
}

/** HH:MM; undefined for what is no time of day. */
export function timeBound(written: string, { timeZone }: { timeZone: string }): string | undefined {
  const text = written.trim();
  const [, hour = '', minute = ''] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hour !== '')
    return Number(hour) < 24 && Number(minute) < 60 ? `${hour.padStart(2, '0')}:${minute}` : undefined;
  return /^\d{4}-\d{2}-\d{2}T/.test(text) ? localTime(text, timeZone)?.time : undefined;
}

/** YYYY-MM-DD, and in the calendar. */
export function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
  );
}

/** A day of a month that has no such day is its last: a month after January 31 is February 28. */
function moved(day: string, count: number, unit: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  if (unit === 'd' || unit === 'w')
    date.setUTCDate(date.getUTCDate() + count * (unit === 'w' ? DAYS_A_WEEK : 1));
  else {
    const wanted = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + count * (unit === 'y' ? MONTHS_A_YEAR : 1));
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(wanted, last));
  }
  return date.toISOString().slice(0, 10);
}
