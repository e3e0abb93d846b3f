/**
 * The paper's cost and its slope in one workgroup, `given.unit` times
 *
 *   Σ mask (softplus(x) − x z);  d / dx = mask (σ(x) − z)
 *
 * `logits` and `targets` are `[rows, width]`, `mask` `[rows]`; `value` has one number, `slope` the shape of the logits.
 */
export const costCode = `
fn run(group: u32) {
  var sum = 0.0;
  for (var i = lane; i < given.rows * given.width; i += LANES) {
    let weight = given.unit * mask[i / given.width];
    let x = logits[i];
    let z = targets[i];
    // Where the weight is 0 too: 0 times NaN is NaN, as in the composition of ops.
    sum += weight * (softplus(x) - x * z);
    slope[i] = weight * (sigmoid(x) - z);
  }
  sum = sumOf(sum);
  if (lane == 0u) { value[0] = sum; }
}
`;
