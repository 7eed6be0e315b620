/**
 * The files of functions as modules of one version: what a file imports from the same folder is as it was when the flow
 * was loaded too, so that a changed helper is another version, and is not that of the last one.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Marks the address of a module that belongs to a version of a flow. */
const VERSION = 'callwright-flow';
const IMPORTS = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;
/** More helpers than that are no longer a flow's. */
const MOST_FILES = 200;

/**
 * The texts of the files that a file imports, directly or not, from within `home`; in the order of their first import.
 * What cannot be read is left out: loading it tells what is wrong.
 */
export function importedTexts(path: string, text: string, home: string): string[] {
  const seen = new Set([path]);
  const texts: string[] = [];
  const queue = [{ path, text }];
  for (const file of queue) {
    for (const [, , specifier = ''] of file.text.matchAll(IMPORTS)) {
      const target = join(dirname(file.path), specifier);
      if (seen.has(target) || seen.size > MOST_FILES) continue;
      seen.add(target);
      const found = textWithin(target, home);
      if (found === undefined) continue;
      texts.push(found);
      queue.push({ path: target, text: found });
    }
  }
  return texts;
}

/** Imports a file in this version, and what it imports by relative paths likewise. Rejects where that fails. */
export async function importVersion(path: string, version: string): Promise<unknown> {
  passVersionsOn();
  return await import(/* @vite-ignore */ `${pathToFileURL(path).href}?${VERSION}=${version}`);
}

let isPassingOn = false;

/** Hooks of modules are the process's: one, made for the first function. */
function passVersionsOn(): void {
  if (isPassingOn) return;
  isPassingOn = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const parent = context.parentURL ?? '';
      if (!parent.includes(`?${VERSION}=`) || !/^\.{1,2}\//.test(specifier)) return resolved;
      return { ...resolved, url: `${resolved.url}${new URL(parent).search}` };
    },
  });
}

function textWithin(path: string, home: string): string | undefined {
  try {
    const real = realpathSync(path);
    return real.startsWith(home + sep) ? readFileSync(real, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
