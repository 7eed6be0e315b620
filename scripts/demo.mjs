import { callwright } from './callwright.mjs';

await callwright(['demo', ...process.argv.slice(2)]);
