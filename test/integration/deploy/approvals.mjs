/**
 * Asks for approval once for each answer that a test gives, and shows what comes of it, because a
 * whole deployment for each takes seconds: `approvals.mjs PROJECT COUNT SUMMARY [--destroy]`.
 */
import { approve } from 'iex-deploy';

const [project, count, summary = '', ...flags] = process.argv.slice(2);
const destroy = flags.includes('--destroy');
const session = /** @type {import('iex-deploy').Session} */ ({
  options: { project, destroy },
  signal: new AbortController().signal,
});

for (let i = 0; i < Number(count); i++) {
  const outcome = await approve(session, JSON.parse(summary)).then(
    () => 'approved',
    (error) => error.message,
  );
  console.log(`\noutcome: ${outcome}`);
}
