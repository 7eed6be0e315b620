/** Which currency a country's prices are in. */

/** ISO 4217 by ISO 3166, where it is not the euro's or the dollar's. */
const CURRENCIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK'
      .split(' ')
      .map((country) => [country, 'EUR']),
  ),
  GB: 'GBP',
  CA: 'CAD',
  AU: 'AUD',
  NZ: 'NZD',
  CH: 'CHF',
  LI: 'CHF',
  IN: 'INR',
  JP: 'JPY',
  MX: 'MXN',
  BR: 'BRL',
  AR: 'ARS',
  CL: 'CLP',
  CO: 'COP',
  SE: 'SEK',
  NO: 'NOK',
  DK: 'DKK',
  PL: 'PLN',
  CZ: 'CZK',
  HU: 'HUF',
  ZA: 'ZAR',
  SG: 'SGD',
  HK: 'HKD',
};

/** What prices are in there. `country`: ISO 3166. */
export function currencyOf(country: string): string {
  return CURRENCIES[country] ?? 'USD';
}
