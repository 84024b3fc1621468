/** Skips the suite whose `before` hook asks for it; the reason shows in the title of each of its tests. */
export function skipSuite(context: Mocha.Context, reason: string): never {
  context.test?.parent?.eachTest((test) => {
    test.title += ` (skipped: ${reason})`;
  });
  return context.skip();
}

/** Skips the test that asks for it; the reason shows in its title. */
export function skipTest(context: Mocha.Context, reason: string): never {
  if (context.test) context.test.title += ` (skipped: ${reason})`;
  return context.skip();
}
