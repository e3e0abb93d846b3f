import { signal } from '@preact/signals';

/** The cell of the memory that was clicked last: what Play offers to change. */
export const picked = signal<{ row: number; cell: number } | undefined>(undefined);
