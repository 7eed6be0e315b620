import { callwright } from './callwright.mjs';

await callwright(['bench', ...process.argv.slice(2)]);
