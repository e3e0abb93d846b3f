// Where the parts of a workspace stand, one behind the other, each aligned to 16 bytes. Counted in floating point: the
// size of a workspace that is too large for a memory is known exactly, too, before anything is allocated.

let top: f64 = 0;

/** Starts at `workspace`; 0 where only the size is wanted. */
export function beginAt(workspace: usize): void {
  top = <f64>workspace;
}

/** Takes `count` floats off the workspace. */
export function take(count: f64): usize {
  const at = top;
  top += 16 * Math.ceil(count / 4);
  return <usize><u64>min<f64>(at, 9007199254740992.0);
}

/** The byte behind what was taken. */
export function end(): f64 {
  return top;
}
