import { obstacleTo } from '@tapehead/core/kernels';
import { ntmOp } from './fused/op.js';
import type { NtmConfig } from './options.js';

/** Why a net has no kernels on the current backend. */
export function obstacleToNtm({ controller }: NtmConfig): string | undefined {
  if (controller === 'own') return 'kernels know the controllers of the paper, not your own; use reference';
  return obstacleTo(ntmOp);
}
