/** The `callwright` command. */
import { run } from './cli/program.ts';

const code = await run(process.argv.slice(2));
// A command may have set it by itself.
process.exitCode ||= code;
