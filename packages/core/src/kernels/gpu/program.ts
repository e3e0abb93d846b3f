/**
 * A WGSL program. Its code defines `LANES` and `fn run(group: u32)`, which each workgroup runs once; it finds its buffers,
 * arrays of f32, under their names, and its uniforms as `given.NAME`.
 */
export interface GpuProgram {
  /** Tells it from all others: programs are compiled once for each device. */
  readonly key: string;
  readonly reads: readonly string[];
  /** What it reads. Default `f32`. */
  readonly readType?: 'f32' | 'i32';
  readonly writes: readonly string[];
  readonly uniforms: Readonly<Record<string, 'u32' | 'f32'>>;
  /** The invocations of a workgroup. */
  readonly lanes: number;
  /** The WGSL code; asked for once per device. */
  code(): string;
}

/** What of a program is ready to run. */
export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const compiled = new WeakMap<GPUDevice, Map<string, Compiled>>();

export function compile(device: GPUDevice, program: GpuProgram): Compiled {
  const known = compiled.get(device) ?? new Map<string, Compiled>();
  compiled.set(device, known);
  const before = known.get(program.key);
  if (before) return before;
  const layout = layoutOf(device, program);
  const made = {
    layout,
    pipeline: device.createComputePipeline({
      label: program.key,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ label: program.key, code: sourceOf(program) }) },
    }),
  };
  known.set(program.key, made);
  return made;
}

function layoutOf(device: GPUDevice, { reads, writes }: GpuProgram): GPUBindGroupLayout {
  const types: GPUBufferBindingType[] = [
    ...reads.map(() => 'read-only-storage' as const),
    ...writes.map(() => 'storage' as const),
    'uniform',
  ];
  return device.createBindGroupLayout({
    entries: types.map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    })),
  });
}

/** The whole source. A grid of more workgroups than one dimension has goes on in the second. */
export function sourceOf({ reads, readType = 'f32', writes, uniforms, lanes, code }: GpuProgram): string {
  const buffer = (access: string, type: string) => (name: string, i: number) =>
    `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${type}>;`;
  const buffers = [
    ...reads.map(buffer('read', readType)),
    ...writes.map((name, i) => buffer('read_write', 'f32')(name, reads.length + i)),
  ];
  const fields = Object.entries(uniforms).map(([name, type]) => `${name}: ${type}`);
  return `${buffers.join('\n')}
struct Given { ${fields.join(', ')} }
@group(0) @binding(${buffers.length}) var<uniform> given: Given;

const LANES = ${lanes}u;
var<private> lane: u32;
${code()}
@compute @workgroup_size(LANES)
fn main(
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) grid: vec3u,
) {
  lane = index;
  run(id.x + id.y * grid.x);
}
`;
}
