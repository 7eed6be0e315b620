#!/usr/bin/env node
import { callwright } from '../scripts/callwright.mjs';

await callwright(process.argv.slice(2));
