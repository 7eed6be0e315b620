/**
 * The flows of a folder while the service runs: a file that changes is loaded again, without a restart. A flow that
 * fails its checks never replaces one that works, and calls go on with the version they began with.
 */
import { type FSWatcher, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { CallFlow, FlowCatalogue } from './index.ts';
import {
  type CatalogueOptions,
  type CheckedFlow,
  catalogueOf,
  checkFiles,
  flowFiles,
  loadCatalogue,
} from './loader.ts';
import { FlowError, formatProblem } from './problems.ts';
import { fileOf } from './schema-knowledge.ts';

/** Editors write a file in several steps, and people save several files at once. */
const SETTLE_MS = 300;
/** Earlier versions that calls may still be in: more than a day of edits, and little memory each. */
const MOST_VERSIONS = 100;

export interface LiveCatalogueOptions extends CatalogueOptions {
  logger: Logger;
}

/** What became of a reload. */
export interface Reload {
  /** Ids of flows with a new version, and of new flows. */
  changed: readonly string[];
  /** Ids of flows whose file is gone. */
  removed: readonly string[];
  /** In words for people; the flows of these files answer in their last good version, where there is one. */
  problems: readonly string[];
}

export class LiveCatalogue implements FlowCatalogue {
  readonly #folder: string;
  readonly #options: LiveCatalogueOptions;
  /** The flow that answers, by its file. */
  #byFile: ReadonlyMap<string, CallFlow>;
  #current: FlowCatalogue;
  /** Oldest first. */
  readonly #versions = new Map<string, CallFlow>();
  /** By folder; undefined until the folder is watched. */
  #watchers: Map<string, FSWatcher> | undefined;
  /** Folders of what flows are made of beside their own files. */
  #folders: readonly string[] = [];
  #onLoaded: (flow: CallFlow) => void = () => undefined;
  #settling: NodeJS.Timeout | undefined;
  #reloading: Promise<unknown> = Promise.resolve();
  #lastReload: (Reload & { at: string }) | undefined;

  private constructor(
    folder: string,
    options: LiveCatalogueOptions,
    current: FlowCatalogue,
    byFile: ReadonlyMap<string, CallFlow>,
  ) {
    this.#folder = folder;
    this.#options = options;
    this.#current = current;
    this.#byFile = byFile;
  }

  /** Loads the folder as `loadCatalogue` does, and throws what that throws. The caller closes what it returns. */
  static async load(folder: string, options: LiveCatalogueOptions): Promise<LiveCatalogue> {
    const current = await loadCatalogue(folder, options);
    const checked = await checkFiles(await flowFiles(folder), options.env ?? {}, options.knowledge);
    const loaded = new LiveCatalogue(folder, options, current, flowsByFile(checked, current));
    loaded.#folders = foldersOf(folder, checked);
    for (const flow of current.flows) loaded.#admit(flow);
    return loaded;
  }

  get flows(): readonly CallFlow[] {
    return this.#current.flows;
  }

  /** What became of the last reload, and when (ISO 8601, UTC); undefined where there was none. */
  get lastReload(): (Reload & { readonly at: string }) | undefined {
    return this.#lastReload;
  }

  byId(id: string, version?: string): CallFlow | undefined {
    return (
      (version === undefined ? undefined : this.#versions.get(`${id}@${version}`)) ??
      this.#current.byId(id, version)
    );
  }

  forNumber(number: string): CallFlow | undefined {
    return this.#current.forNumber(number);
  }

  /**
   * Loads again whenever a file of the folder changes, or one that a flow knows or runs, until closed. `onLoaded`: this
   * flow is new, or a new version.
   */
  watch(onLoaded: (flow: CallFlow) => void): void {
    this.#onLoaded = onLoaded;
    this.#watchers ??= new Map();
    this.#watchFolders();
  }

  /** Folders in the folder are watched only where something of a flow is in them: there may be many others. */
  #watchFolders(): void {
    const watchers = this.#watchers;
    if (watchers === undefined) return;
    for (const folder of [this.#folder, ...this.#folders]) {
      if (watchers.has(folder)) continue;
      try {
        watchers.set(folder, this.#watcherOf(folder));
      } catch (error) {
        this.#cannotWatch(error);
      }
    }
  }

  #watcherOf(folder: string): FSWatcher {
    const watcher = watch(folder, (_, name) => {
      if (name !== null && !/\.(?:ya?ml|md|markdown|txt|html?|m?[jt]s)$/i.test(name)) return;
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => void this.reload(), SETTLE_MS);
    });
    return watcher.on('error', (error) => this.#cannotWatch(error)).unref();
  }

  #cannotWatch(error: unknown): void {
    this.#options.logger.warn(
      { err: error },
      'a folder of flows cannot be watched; send the process SIGUSR2 to load it again',
    );
  }

  /** Loads the folder again; one at a time. Never rejects: what cannot be loaded is in the result and in the log. */
  reload(): Promise<Reload> {
    const next = this.#reloading.then(() => this.#reload());
    this.#reloading = next;
    return next;
  }

  /** Stops watching, and closes every version of every flow. Idempotent. */
  async close(): Promise<void> {
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers?.values() ?? []) watcher.close();
    this.#watchers = undefined;
    await this.#reloading;
    const flows = new Set([...this.#versions.values(), ...this.#current.flows]);
    await Promise.all([...flows].map((flow) => flow.close()));
  }

  async #reload(): Promise<Reload> {
    const { env = {}, defaultFlow, logger, knowledge } = this.#options;
    let checked: CheckedFlow[];
    try {
      checked = await checkFiles(await flowFiles(this.#folder), env, knowledge);
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      return this.#told({ changed: [], removed: [], problems: error.problems.map(formatProblem) });
    }
    // Of a flow that fails its checks it is not known; where it was is still watched.
    this.#folders = foldersOf(this.#folder, checked);
    this.#watchFolders();
    const before = this.#byFile;
    const byFile = new Map<string, CallFlow>();
    const problems: string[] = [];
    for (const { file, flow, problems: found } of checked) {
      const errors = found.filter(({ severity }) => severity === 'error').map(formatProblem);
      problems.push(...errors);
      const last = before.get(file);
      const isSame = last !== undefined && flow?.settings.version === last.settings.version;
      const answers = errors.length > 0 || flow === undefined || isSame ? last : flow;
      if (answers !== undefined) byFile.set(file, answers);
    }
    const flows = [...byFile.values()];
    const known = new Set(before.values());
    const changed = flows.filter((flow) => !known.has(flow));
    const ids = new Set(flows.map(({ settings }) => settings.id));
    const removed = [...known].map(({ settings }) => settings.id).filter((id) => !ids.has(id));
    if (defaultFlow !== undefined && !ids.has(defaultFlow)) {
      problems.push(`the default flow "${defaultFlow}" would be gone; nothing was changed`);
      return this.#told({ changed: [], removed: [], problems });
    }
    this.#byFile = byFile;
    this.#current = catalogueOf(flows, defaultFlow);
    for (const flow of changed) this.#admit(flow);
    for (const { settings } of changed)
      logger.info({ flow: settings.id, version: settings.version }, 'a flow has a new version');
    return this.#told({ changed: changed.map(({ settings }) => settings.id), removed, problems });
  }

  #admit(flow: CallFlow): void {
    const { id, version } = flow.settings;
    this.#versions.set(`${id}@${version}`, flow);
    for (const variant of flow.variants) this.#versions.set(`${id}@${variant.settings.version}`, variant);
    for (const [oldest, { settings }] of this.#versions) {
      if (this.#versions.size <= MOST_VERSIONS) break;
      if (this.#current.byId(settings.id, settings.version) !== undefined) continue;
      void this.#versions.get(oldest)?.close();
      this.#versions.delete(oldest);
    }
    this.#onLoaded(flow);
  }

  #told(reload: Reload): Reload {
    this.#lastReload = { ...reload, at: new Date().toISOString() };
    const { logger } = this.#options;
    for (const id of reload.removed) logger.info({ flow: id }, 'a flow is gone; it answers no new calls');
    for (const problem of reload.problems)
      logger.error(`${problem}; calls are answered by the last version that was right`);
    return reload;
  }
}

function flowsByFile(checked: readonly CheckedFlow[], { byId }: FlowCatalogue): Map<string, CallFlow> {
  return new Map(
    checked.flatMap(({ file, flow }) => {
      const same = flow && byId(flow.settings.id, flow.settings.version);
      return same === undefined ? [] : [[file, same] as const];
    }),
  );
}

/** Where the files are that these flows know, and their functions. */
function foldersOf(folder: string, checked: readonly CheckedFlow[]): string[] {
  const folders = checked.flatMap(({ compiled }) => {
    if (compiled === undefined) return [];
    const { knowledge = [], tools } = compiled.file;
    const functions = Object.values(tools).flatMap(({ function: written }) => written ?? []);
    return [
      ...knowledge.map((entry) => dirname(join(folder, fileOf(entry)))),
      ...functions.flatMap((written) => [join(folder, 'tools'), dirname(join(folder, 'tools', written))]),
    ];
  });
  return [...new Set(folders)].filter((each) => each !== folder);
}
