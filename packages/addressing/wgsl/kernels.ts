import {
  batched,
  constants,
  from,
  lanesCode,
  type Place,
  share,
  sums,
  turned,
  type WorkgroupLimits,
} from '@tapehead/core/kernels';
import { addressing, addressingBackward, addressingFunctions, type HeadPlaces } from './address.js';
import { inputSizes, type RowSizes, rowSizes } from './sizes.js';

const ofHead = (place: Place, size: string): Place => from(place, `h * ${size}`);

function constantsOf({ H, N, M, S }: RowSizes): string {
  return constants({ H, N, M, S, HALF: (S - 1) / 2 });
}

/** Where everything of sequence `b` stands in the workspace, which begins with the inputs. */
const rowOf = (sizes: RowSizes) => batched('workspace', rowSizes(sizes));

type Row = ReturnType<typeof rowOf>;

/** What head h works on; [key M, β, g, shift S, γ], which stand apart in the row, stand together in `head`. */
function headPlaces(row: Row, head: Place, gated: Place): HeadPlaces {
  return {
    head,
    gated,
    memory: turned(row.memory),
    inverses: row.inverses,
    previous: ofHead(row.previous, 'N'),
    weights: ofHead(row.weights, 'N'),
    similarity: ofHead(row.similarity, 'N'),
    content: ofHead(row.content, 'N'),
    shifted: ofHead(row.shifted, 'N'),
  };
}

/** Copies between the parts of head h and [key M, β, g, shift S, γ]. */
function eachParameter(head: Place, parts: HeadParts, copy: (part: string, whole: string) => string): string {
  return `
    for (var m = lane; m < M; m += LANES) { ${copy(ofHead(parts.key, 'M')('m'), head('m'))} }
    for (var k = lane; k < S; k += LANES) { ${copy(ofHead(parts.shift, 'S')('k'), head('M + 2u + k'))} }
    if (lane == 0u) {
      ${copy(parts.beta('h'), head('M'))}
      ${copy(parts.gate('h'), head('M + 1u'))}
      ${copy(parts.gamma('h'), head('M + 2u + S'))}
    }`;
}

type HeadParts = Readonly<Record<'key' | 'beta' | 'gate' | 'shift' | 'gamma', Place>>;

const receive = (head: Place, parts: HeadParts): string =>
  eachParameter(head, parts, (part, whole) => `${whole} = ${part};`);

/** Addressing of all heads, a workgroup a sequence, one head after the other. */
export function addressHeadsCode(sizes: RowSizes, limits: WorkgroupLimits): string {
  const { N, M, S } = sizes;
  const row = rowOf(sizes);
  const { at, declarations, scratch } = share({ head: M + S + 3, gated: N }, limits, row.scratch);
  return `${constantsOf(sizes)}
${lanesCode(limits.lanes, scratch > 0)}
${addressingFunctions}
${declarations}
fn run(b: u32) {
  if (b >= given.B) { return; }
  for (var i = lane; i < N; i += LANES) {
    var squares = 0.0;
    for (var m = 0u; m < M; m++) { squares += smallSquare(${turned(row.memory)('m * N + i')}); }
    ${row.inverses('i')} = inverseRoot(squares);
  }
  for (var h = 0u; h < H; h++) {
    ${receive(at.head, row)}
    meet();
    ${addressing(headPlaces(row, at.head, at.gated))}
    meet();
  }
}
`;
}

/** The gradients of the inputs, one behind the other as these, a workgroup a sequence. */
export function addressHeadsBackwardCode(sizes: RowSizes, limits: WorkgroupLimits): string {
  const { N, M, S } = sizes;
  const row = rowOf(sizes);
  const to = batched('gradients', inputSizes(sizes));
  const sharedSizes = { head: M + S + 3, dHead: M + S + 3, gated: N, dShifted: N, dots: N };
  const { at, declarations, scratch } = share(sharedSizes, limits, row.scratch);
  const places = headPlaces(row, at.head, at.gated);
  const dMemory = turned(to.memory);
  const dRow = ofHead(to.previous, 'N');
  return `${constantsOf(sizes)}
${lanesCode(limits.lanes, scratch > 0)}
${addressingFunctions}
${declarations}
fn run(b: u32) {
  if (b >= given.B) { return; }
  for (var i = lane; i < N; i += LANES) {
    for (var m = 0u; m < M; m++) { ${dMemory('m * N + i')} = 0.0; }
  }
  for (var h = 0u; h < H; h++) {
    ${receive(at.head, row)}
    for (var i = lane; i < N; i += LANES) { ${dRow('i')} = dWeights[(b * H + h) * N + i]; }
    meet();
    ${addressingBackward(
      places,
      { dHead: at.dHead, dWeights: dRow, dMemory, dShifted: at.dShifted, dots: at.dots },
      (store) =>
        sums(
          limits.lanes,
          M,
          [{ depth: N, term: `${at.dots('k')} * ${places.memory('j * N + k')}` }],
          store,
          'terms',
        ),
    )}
    ${eachParameter(at.dHead, to, (part, whole) => `${part} = ${whole};`)}
    meet();
  }
}
`;
}
