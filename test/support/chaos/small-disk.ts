import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SIZE_MB = 192;

/** A folder on a small disk in memory, which can be filled. Only root can mount one. */
export class SmallDisk {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns undefined if this user or machine cannot mount a disk */
  static mount(folder: string): SmallDisk | undefined {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', folder], {
        stdio: 'ignore',
      });
      return new SmallDisk(folder);
    } catch {
      return undefined;
    }
  }

  /** Leaves no byte free. */
  fill(): void {
    const file = openSync(join(this.#folder, 'ballast'), 'w');
    try {
      for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 16)) {
        const block = Buffer.alloc(size);
        writeWhilePossible(file, block);
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.#folder, 'ballast'), { force: true });
  }

  /** Unmounts it, and keeps what is on it in a folder. */
  unmount(kept: string): void {
    cpSync(this.#folder, kept, { recursive: true });
    execFileSync('umount', ['--lazy', this.#folder], { stdio: 'ignore' });
  }
}

function writeWhilePossible(file: number, block: Buffer): void {
  try {
    while (writeSync(file, block) === block.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
