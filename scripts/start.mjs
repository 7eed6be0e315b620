import { callwright } from './callwright.mjs';

await callwright(['serve', ...process.argv.slice(2)]);
