/** Appends a row to the file of this process in the folder. */
export function appendRow(row: object, context: { folder: string }): void;
/** By this name workers find the module. */
export const MODULE: string;
