/**
 * Interpolation (Graves et al. 2014, equation 7)
 *
 *   w_g(i) = g w_c(i) + (1 − g) w_prev(i)
 *
 * Two products, not w_prev + g (w_c − w_prev), which can round below 0. Backward: dw_c = g dw_g,
 * dw_prev = (1 − g) dw_g and dg = Σ dw_g (w_c − w_prev), of which `interpolationSlope` is a term.
 */
export const interpolation = `
fn interpolate(content: f32, previous: f32, gate: f32) -> f32 { return gate * content + (1.0 - gate) * previous; }
fn interpolationSlope(dGated: f32, content: f32, previous: f32) -> f32 { return dGated * (content - previous); }
`;
