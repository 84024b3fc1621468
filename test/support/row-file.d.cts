/** Appends a row to the file of this process in the folder. */
export function appendRow(row: object, context: { folder: string }): void;
