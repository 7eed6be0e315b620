/**
 * Keeps the process from ending in the middle of a run. onnxruntime-node aborts the whole process ("terminate called
 * after throwing an instance of 'Napi::Error'") if its thread is ended while the model runs, which an exit without
 * `close()` would do. So the main thread, before it exits, forbids new runs and waits out the one going on.
 */
const RUNNING = 0;
const FORBIDDEN = 1;
/** A run of all live calls takes some 10 ms. */
const WAIT_MS = 500;

export class RunGuard {
  /** Shared by both threads. */
  readonly flags: Int32Array;

  constructor(flags: Int32Array = new Int32Array(new SharedArrayBuffer(8))) {
    this.flags = flags;
  }

  /** The model's thread: may it run now? If so, `leave` must follow. */
  enter(): boolean {
    // First "running", then the question: the other side does it the other way round, so one of the two sees the other.
    Atomics.store(this.flags, RUNNING, 1);
    if (Atomics.load(this.flags, FORBIDDEN) === 0) return true;
    this.leave();
    return false;
  }

  /** The model's thread: the run is over. */
  leave(): void {
    Atomics.store(this.flags, RUNNING, 0);
    Atomics.notify(this.flags, RUNNING);
  }

  /** The main thread: no run from here on. Blocks until the one going on is over; for use at exit only. */
  forbid(): void {
    Atomics.store(this.flags, FORBIDDEN, 1);
    Atomics.wait(this.flags, RUNNING, 1, WAIT_MS);
  }
}
