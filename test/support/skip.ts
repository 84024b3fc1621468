/** Skips the suite whose `before` hook asks for it; the reason shows in the title of each of its tests. */
export function skipSuite(context: Mocha.Context, reason: string): never {
  context.test?.parent?.eachTest((test) => {
    test.title += ` (skipped: ${reason})`;
  });
  return context.skip();
}
