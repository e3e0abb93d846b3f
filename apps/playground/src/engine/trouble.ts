/** Why training cannot go on. */
export interface Trouble {
  readonly kind: 'not finite' | 'GPU lost' | 'out of memory' | 'other';
  readonly message: string;
}

/** What an error of training means. */
export function troubleOf(error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(error, message), message };
}

function kindOf(error: unknown, message: string): Trouble['kind'] {
  if (error instanceof Error && 'code' in error && error.code === 'non-finite') return 'not finite';
  if (/device.*lost|lost.*device|GPUDevice|DXGI_ERROR/i.test(message)) return 'GPU lost';
  if (
    /out of memory|\boom\b|allocation failed|enlarge memory|memory\.grow|invalid (typed )?array length/i.test(
      message,
    )
  )
    return 'out of memory';
  return 'other';
}
