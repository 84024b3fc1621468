/**
 * Ends this process when its parent has ended, however that happened: nobody would end this process
 * or get its messages any more.
 */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit());
  // The parent may have ended while this process was loading its modules.
  if (!process.connected) process.exit();
}
