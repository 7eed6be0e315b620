import { describeModel } from './conformance.ts';
import { VENDORS } from './testing-vendors.ts';

for (const vendor of Object.values(VENDORS)) describeModel(vendor);
