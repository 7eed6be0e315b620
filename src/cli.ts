/** The `callwright` command. */
import { run } from './cli/program.ts';

// Whoever reads the output may stop reading, as `head` does: that ends the command, and is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const code = await run(process.argv.slice(2));
// A command may have set it by itself.
process.exitCode ||= code;
