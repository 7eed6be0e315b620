import { callwright } from './callwright.mjs';

await callwright(['simulate', ...process.argv.slice(2)]);
