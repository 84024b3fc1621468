export function textBytes(text: string): Uint8Array;
