import { callCode } from './callCode.js';
import type { CodeContext } from './element.js';
import type { PieceCode } from './folds.js';
import { loopCode } from './loopCode.js';
import { type Piece, readsOf, writesOf } from './pieces.js';
import { POOL } from './places.js';
import { productsCode } from './productCode.js';
import { joinCode, partialCode, uniformCode } from './uniformCode.js';

/** Code for levels, one behind the other, and the floats of `strands` that it needs. */
export interface LevelsCode {
  readonly code: string;
  readonly strands: number;
  /** How often the lanes wait for each other. */
  readonly barriers: number;
}

const WORKGROUP = 'workgroupBarrier();';
const STORAGE = 'storageBarrier();';

/** What levels are written with. */
export interface LevelsContext extends CodeContext {
  /** Whether a cell shares its memory with others, in turn. */
  takesTurns(cell: number): boolean;
}

/** Between two levels stands a barrier for the memory through which lanes hand each other numbers. */
export function levelsCode(levels: readonly (readonly Piece[])[], context: LevelsContext): LevelsCode {
  const lines: string[] = [];
  let strands = 0;
  let barriers = 0;
  const barrier = (code: string): void => {
    lines.push(code);
    barriers++;
  };
  const isNear = (cell: number): boolean => context.place(cell).buffer === POOL;
  /** What other lanes may not have seen yet. */
  const unseen = { near: new Set<number>(), far: new Set<number>() };
  let areStrandsRead = false;
  for (const [level, pieces] of levels.entries()) {
    if (level > 0) {
      const reads = pieces.flatMap(readsOf);
      const turns = pieces.flatMap(writesOf).filter(context.takesTurns);
      const isFar = reads.some((cell) => unseen.far.has(cell)) || turns.some((cell) => !isNear(cell));
      if (isFar) {
        barrier(STORAGE);
        unseen.far.clear();
      }
      if (!isFar || areStrandsRead || reads.some((cell) => unseen.near.has(cell)) || turns.some(isNear)) {
        barrier(WORKGROUP);
        unseen.near.clear();
      }
      areStrandsRead = false;
    }
    let at = 0;
    let ends: string[] = [];
    const finish = (): void => {
      strands = Math.max(strands, at);
      at = 0;
      if (ends.length === 0) return;
      barrier(WORKGROUP);
      lines.push(...ends);
      ends = [];
      areStrandsRead = true;
    };
    for (const piece of pieces) {
      let made = pieceCode(piece, context, at);
      if (at + made.strands > context.mostStrands) {
        finish();
        made = pieceCode(piece, context, at);
      }
      if (made.strands > 0 && areStrandsRead) {
        barrier(WORKGROUP);
        areStrandsRead = false;
      }
      lines.push(made.code);
      if (made.end !== undefined) ends.push(made.end);
      at += made.strands;
    }
    finish();
    for (const cell of pieces.flatMap(writesOf)) {
      if (!context.isUniform(cell)) unseen[isNear(cell) ? 'near' : 'far'].add(cell);
    }
  }
  return { code: lines.join('\n'), strands, barriers };
}

function pieceCode(piece: Piece, context: CodeContext, strandsAt: number): PieceCode {
  switch (piece.kind) {
    case 'loop':
      return loopCode(piece, context, strandsAt);
    case 'products':
      return productsCode(piece, context, strandsAt);
    case 'call':
      return { code: callCode(piece, context), strands: 0 };
    case 'uniform':
      return { code: uniformCode(piece, context), strands: 0 };
    case 'partial':
      return { code: partialCode(piece, context), strands: 0 };
    case 'join':
      return { code: joinCode(piece, context), strands: 0 };
  }
}
