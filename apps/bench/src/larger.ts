import { TapeheadError } from '@tapehead/core';
import { NTM, withMemorySize } from '@tapehead/ntm';
import type { Net } from './net.js';

/**
 * The net with a larger tape. It replaces the trained one, which is disposed.
 * @param rows N; undefined leaves the net as it is
 * @throws TapeheadError `range` for fewer rows than the net has, `argument` for a net without rows
 */
export function enlarged(net: Net, rows: number | undefined): Net {
  if (rows === undefined) return net;
  if (!(net instanceof NTM)) {
    throw new TapeheadError(
      'argument',
      '--memory-size: expected a checkpoint of an NTM, got one of a net without rows',
    );
  }
  const larger = withMemorySize(net, rows);
  net.dispose();
  return larger;
}
