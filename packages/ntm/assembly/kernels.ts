// All kernels of the package, as one module.
export { sequenceBackward, sequenceForward, sequenceTrace, workspaceBytes } from './sequence';
export { baselineBackward, baselineForward, baselineWorkspaceBytes } from './baseline/sequence';
