/** Called in a `before` hook: skips the suite; the title of each of its tests shows the reason. */
export function skipSuite(context: Mocha.Context, reason: string): never {
  context.test?.parent?.eachTest((test) => {
    test.title += ` (skipped: ${reason})`;
  });
  return context.skip();
}

/** Skips the calling test; its title shows the reason. */
export function skipTest(context: Mocha.Context, reason: string): never {
  if (context.test) context.test.title += ` (skipped: ${reason})`;
  return context.skip();
}
