/**
 * Replaces a program on the path: records its calls, and behaves as the test has specified.
 *
 *     node stand-in.mjs FOLDER PROGRAM ARGUMENT...
 *
 * FOLDER/answers.json holds the answers (see harness.ts); FOLDER/calls.jsonl takes the calls.
 */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [folder = '', program = '', ...args] = process.argv.slice(2);

/** @param {object} call */
const note = (call) =>
  appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify({ program, args, ...call })}\n`);

const signals = ['SIGINT', 'SIGTERM'];
const received = Promise.race(
  signals.map(
    (name) =>
      new Promise((resolve) => {
        process.on(name, () => {
          note({ event: name });
          resolve(name);
        });
      }),
  ),
);
// Typed input is for the question, and not for a program that runs at the same time.
note({ event: 'start', input: process.stdin.isTTY ? 'terminal' : readFileSync(0, 'utf8') });

/** @type {import('./harness.ts').Answer[]} */
const answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'));
const answer = answers.findLast(
  (candidate) =>
    candidate.program === program && candidate.args.every((argument) => args.includes(argument)),
);
if (!answer) {
  console.error(`stand-in: no answer for ${program} ${args.join(' ')}`);
  process.exit(99);
}
if (answer.isReal) {
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => entry !== folder);
  const env = { ...process.env, PATH: path.join(delimiter) };
  process.exit(spawnSync(program, args, { env, stdio: 'inherit' }).status ?? 98);
}
process.stderr.write(answer.stderr ?? '');
if (answer.startsChild) {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], {
    stdio: 'ignore',
  });
  note({ event: 'child', pid: child.pid });
}
if (answer.waits) {
  // Keeps the process alive as well.
  const name = await Promise.race([received, delay(60_000, 'nothing')]);
  if (answer.waits === 'stubbornly') await delay(60_000);
  process.stdout.write(`Interrupt received. Gracefully shutting down... (${name})\n`);
  await delay(300);
  note({ event: 'end' });
  process.exit(1);
}
await delay(answer.takesMs ?? 0);
const planFile = args.find((argument) => argument.startsWith('-out='))?.slice('-out='.length);
if (planFile) writeFileSync(planFile, answer.plan ?? '');
process.stdout.write(answer.stdout ?? '');
note({ event: 'end' });
process.exitCode = answer.code ?? 0;
