/**
 * The package that holds eSpeak NG. It is GPL-3.0, so it comes with no installation of the service: whoever wants it
 * installs it, and it is loaded only then.
 */

/** In a variable: what is optional is resolved when it is asked for, not when the program is checked. */
export const PACKAGE: string = '@echogarden/espeak-ng-emscripten';

/** What to do where it is missing. */
export const HOW_TO_INSTALL = `npm install ${PACKAGE} (eSpeak NG in WebAssembly; its licence is GPL-3.0)`;

export function isEspeakInstalled(): boolean {
  try {
    import.meta.resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
}
