/** A count of floats, rounded up to a multiple of eight: products write eight numbers at a time. */
export const padded8 = (count: number): number => Math.ceil(count / 8) * 8;
