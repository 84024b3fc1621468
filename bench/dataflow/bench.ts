import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PipelineRun } from './pipeline-run.js';

const RUN = fileURLToPath(new URL('pipeline-run.ts', import.meta.url));
const SIZES = [1_000, 10_000, 100_000];
const ROWS_PER_QUOTE = 6 + 30 + 90;

/**
 * Quotes into rows of all resolutions in a DuckDB file: by the pipeline on Beam's direct runner, and by a plain loop that
 * makes the same rows. Every run has a process of its own, so that its peak of memory is its own too.
 */
export async function benchPipeline(): Promise<void> {
  for (const quotes of SIZES) {
    const beam = run('beam', quotes);
    const loop = run('loop', quotes);
    for (const [name, { seconds, peakMegabytes }] of [
      ['Beam direct runner', beam],
      ['plain loop', loop],
    ] as const) {
      const rate = quotes / seconds;
      console.log(
        [
          `${quotes.toLocaleString('en').padStart(9)} quotes`,
          name.padEnd(18),
          `${Math.round(rate).toLocaleString('en').padStart(7)} quotes/s`,
          `${Math.round(rate * ROWS_PER_QUOTE)
            .toLocaleString('en')
            .padStart(9)} rows/s`,
          `peak ${Math.round(peakMegabytes)} MB`,
        ].join('   '),
      );
    }
    console.log(
      `${' '.repeat(16)}   the loop is ${(beam.seconds / loop.seconds).toFixed(1)} times as fast`,
    );
  }
}

function run(mode: 'beam' | 'loop', quotes: number): PipelineRun {
  const args = ['--import', 'tsx', RUN, mode, String(quotes)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as PipelineRun;
}
