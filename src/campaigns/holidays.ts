/** Public holidays of 200 countries and their states. The data take 30 MB and a third of a second to load, so late. */
import type Holidays from 'date-holidays';

/** Asked thousands of times a second; what was worked out is kept. */
export interface HolidayCalendar {
  /**
   * The name of the public holiday on a day, in the language of the country; undefined where it is none.
   *
   * @param country ISO 3166-1, such as `US`.
   * @param region its state, such as `AL`; those it does not know have the country's.
   * @param date YYYY-MM-DD.
   */
  nameOf(country: string, region: string | undefined, date: string): string | undefined;
}

/** A calendar without holidays. */
export const NO_HOLIDAYS: HolidayCalendar = { nameOf: () => undefined };

/** Loads the data; later calls share them. */
export async function openHolidayCalendar(): Promise<HolidayCalendar> {
  opened ??= import('date-holidays').then(({ default: Calendar }) => new PublicHolidays(Calendar));
  return await opened;
}

let opened: Promise<HolidayCalendar> | undefined;

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

class PublicHolidays implements HolidayCalendar {
  readonly #Calendar: typeof Holidays;
  /** By country, state and year: names by day. As many as campaigns have states and years. */
  readonly #years = new Map<string, ReadonlyMap<string, string>>();

  constructor(Calendar: typeof Holidays) {
    this.#Calendar = Calendar;
  }

  nameOf(country: string, region: string | undefined, date: string): string | undefined {
    const year = date.slice(0, 4);
    const key = `${country}-${region ?? ''}-${year}`;
    let days = this.#years.get(key);
    if (days === undefined) {
      days = this.#read(country, region, Number(year));
      this.#years.set(key, days);
    }
    return days.get(date);
  }

  #read(country: string, region: string | undefined, year: number): ReadonlyMap<string, string> {
    const calendar = region === undefined ? new this.#Calendar(country) : new this.#Calendar(country, region);
    const days = new Map<string, string>();
    // Not an array where the country is unknown.
    const holidays = [calendar.getHolidays(year)].flat().filter(({ type }) => type === 'public');
    for (const { date, name, start, end } of holidays) {
      // An hour more or less where clocks change on that day.
      const length = Math.max(1, Math.round((end.getTime() - start.getTime()) / HOUR_MS / DAY_HOURS));
      for (let day = 0; day < length; day++) days.set(dayAfter(date.slice(0, 10), day), name);
    }
    return days;
  }
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_HOURS * HOUR_MS).toISOString().slice(0, 10);
}
