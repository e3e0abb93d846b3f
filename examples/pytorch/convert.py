"""Converts an NTM trained with loudinthecloud/pytorch-ntm to the parameters of Tapehead.

    python3 convert.py copy-task.model copy.safetensors

The first file is what `torch.save(net.state_dict(), path)` wrote, or the same tensors as .safetensors. For another
program, change the names in `convert`: docs/guides/pytorch.md says what to look for.
"""

import sys

import torch
from tapehead import NTM, read_safetensors


def convert(state):
    """The net of a state dict: `{name: tensor}` -> (configuration, parameters) as `NTM` takes them.

    Raises ValueError for a tensor that is missing, unknown or of another shape.
    """
    state = dict(state)

    def take(name, *shape):
        if name not in state:
            raise ValueError(f"{name} is missing; expected the state dict of an EncapsulatedNTM")
        value = state.pop(name)
        if len(value.shape) != len(shape) or any(want not in (None, size) for want, size in zip(shape, value.shape)):
            wanted = ", ".join("any" if size is None else str(size) for size in shape)
            raise ValueError(f"{name} has shape {list(value.shape)}, expected [{wanted}]")
        return value

    memory = take("memory.mem_bias", None, None)
    N, M = memory.shape
    # Every head holds the memory too, under a name of its own.
    for name in [name for name in state if name.endswith("memory.mem_bias")]:
        if not torch.equal(take(name, N, M), memory):
            raise ValueError(f"{name} differs from memory.mem_bias; expected one memory for all heads")

    # nn.LSTM: weights are [4 units, inputs], ours the transpose. Both have the gates in the order i, f, g, o. It has two
    # biases, which it adds up.
    h, c = take("ntm.controller.lstm_h_bias", None, 1, None), take("ntm.controller.lstm_c_bias", None, 1, None)
    layers, _, units = h.shape
    parameters, below = {}, None
    for l in range(layers):
        kernel = take(f"ntm.controller.lstm.weight_ih_l{l}", 4 * units, below)
        recurrent = take(f"ntm.controller.lstm.weight_hh_l{l}", 4 * units, units)
        biases = [take(f"ntm.controller.lstm.bias_{kind}_l{l}", 4 * units) for kind in ("ih", "hh")]
        parameters |= {
            f"controller.{l}.kernel": kernel.T,
            f"controller.{l}.recurrentKernel": recurrent.T,
            f"controller.{l}.bias": sum(biases),
            f"controller.{l}.h": h[l, 0],
            f"controller.{l}.c": c[l, 0],
        }
        below = units

    # Heads: read, write, read, write. Each says key, beta, gate, taps and gamma, a write head also erase and add. We have
    # all read heads first, then all write heads, then erase and add of each write head.
    heads = len({name.split(".")[2] for name in state if name.startswith("ntm.heads.")})
    if heads == 0 or heads % 2 == 1:
        raise ValueError(f"ntm.heads: expected read and write heads in pairs, got {heads} heads")
    pairs = range(heads // 2)
    look = M + 6
    reading = [linear(take, f"ntm.heads.{2 * i}.fc_read", look, units) for i in pairs]
    writing = [linear(take, f"ntm.heads.{2 * i + 1}.fc_write", look + 2 * M, units) for i in pairs]
    # Their first tap moves the focus one row on, ours one row back.
    order = [*range(M + 2), M + 4, M + 3, M + 2, M + 5]
    columns = [head[:, order] for head in reading + writing] + [head[:, look:] for head in writing]
    raw = torch.cat(columns, 1)
    parameters |= {"headKernel": raw[:-1], "headBias": raw[-1]}

    output = linear(take, "ntm.fc", None, units + len(pairs) * M)
    parameters |= {"outputKernel": output[:-1], "outputBias": output[-1], "memory": memory}
    parameters["reads"] = torch.cat([take(f"ntm.read{i}_bias", 1, M) for i in pairs])
    if state:
        raise ValueError(f"{', '.join(state)}: not known here; expected the state dict of an EncapsulatedNTM")

    config = {
        "inputSize": parameters["controller.0.kernel"].shape[0] - len(pairs) * M,
        "outputSize": output.shape[1],
        "memorySize": N,
        "memoryDim": M,
        "controllerSize": units,
        "readHeads": len(pairs),
        "writeHeads": len(pairs),
        "controller": "lstm",
        "layers": layers,
        "shifts": 3,
        "keyAndAddActivation": "linear",
        "sharpenEpsilon": 1e-16,
        "order": "in-turn",
        "initialMemory": "random",  # a buffer: training does not change it
        "initialShift": "even",
        "initialWeighting": "zero",
        "outputActivation": "sigmoid",
    }
    return config, parameters


def linear(take, name, outputs, inputs):
    """Weight [outputs, inputs] and bias of an nn.Linear as [inputs + 1, outputs]: the bias is the last row."""
    weight = take(f"{name}.weight", outputs, inputs)
    return torch.cat([weight.T, take(f"{name}.bias", weight.shape[0]).unsqueeze(0)])


def load(path):
    """The tensors of a file, without running code that is in it."""
    if path.endswith(".safetensors"):
        return read_safetensors(path)[1]
    return torch.load(path, map_location="cpu", weights_only=True)


def main(source, target):
    try:
        net = NTM(*convert(load(source)))
    except ValueError as error:
        raise SystemExit(f"{source}: {error}") from error
    net.save(target)
    print(f"{target}: {sum(value.numel() for value in net.parameters.values())} parameters")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: python3 convert.py STATE_DICT FILE.safetensors")
    main(*sys.argv[1:])
