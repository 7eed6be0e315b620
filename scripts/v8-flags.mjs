/**
 * The flags of V8 under which every `callwright` command runs, and the benchmark with its service, so that what is
 * measured is what runs.
 *
 * Calls make garbage all the time, and a caller waits for whoever stands still to collect it. By itself V8 collects the
 * whole heap again and again to keep it small; `heap-growing-percent` lets it grow to four times what lives, and with
 * `max-semi-space-size` (MB; 16 by itself) more of it dies young. Measured side by side on two busy cores, two services
 * with 40 calls each for 25 s: 10 collections of the whole heap (1.3 s together) without the flags, none with them (7 of
 * the young part, 0.26 s), the event loop's lateness at p99 435 and 250 ms. The price is memory: 930 MB for 770.
 */
export const V8_FLAGS = Object.freeze([
  '--max-semi-space-size=64',
  '--heap-growing-percent=300',
  // Audio is buffers, outside of that heap: by itself V8 collects all of it for every 64 MB of new ones, at 200 calls every
  // five seconds (100 to 200 ms of marking each; none with the flag, in 20 s).
  '--external-memory-accounted-in-global-limit',
  // The lock on code pages (processors with protection keys, such as AMD EPYC) loses track of WebAssembly that comes and
  // goes in threads, as PGlite's does, and V8 then ends the process: "Check failed: jit_page.has_value()" (nodejs/node#64500).
  '--no-memory-protection-keys',
]);
