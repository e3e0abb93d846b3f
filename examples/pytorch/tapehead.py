"""A Neural Turing Machine (Graves, Wayne & Danihelka 2014, arXiv:1410.5401) in PyTorch, for checkpoints of Tapehead.

    from tapehead import NTM

    net = NTM.load("copy.safetensors")
    output, logits, state = net.sequence(x)  # x [batch, time, inputSize]

Equation numbers are those of the paper. R read heads, W write heads, N rows of M cells, S taps of the shift.
"""

import json
import struct

import torch
from torch.nn.functional import softmax, softplus

TYPES = {"F64": torch.float64, "F32": torch.float32, "I32": torch.int32}
SQUASH = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda raw: raw}
ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softmax": lambda logits: softmax(logits, -1),
    "linear": lambda logits: logits,
}
SIZES = ["inputSize", "outputSize", "memorySize", "memoryDim", "controllerSize", "readHeads", "writeHeads", "layers", "shifts"]
CHOICES = {
    "controller": ["lstm", "feedforward"],
    "keyAndAddActivation": ["tanh", "linear"],
    "order": ["write-first", "read-first", "in-turn"],
    "outputActivation": list(ACTIVATIONS),
}
# Options that a configuration may leave out.
MORE_CHOICES = {
    "initialWeighting": ["scattered", "together", "zero"],
    "controllerActivation": ["tanh", "relu"],
    "headInput": ["output", "cell"],
    "keyActivation": ["tanh", "linear"],
    "addActivation": ["tanh", "linear"],
}
# Numbers above 0; without one, weightings sum to 1, and nothing is clipped.
BOUNDS = ["sharpenEpsilon", "clipController", "clipHeads", "clipLogits"]
# How a fresh net starts, and what training may change. A trained net has these values in its parameters.
ONLY_FOR_FRESH_NETS = ["initialMemory", "initialShift", "seed"]


class NTM:
    """The net of a configuration and its parameters: tensors by name, which collect gradients."""

    def __init__(self, config, parameters):
        """`config` is `ntm.config` of JavaScript, `parameters` are tensors by the names of `ntm.parameters`.

        Raises ValueError for an option that this file does not know, and for a parameter that is missing, unknown or of
        another shape.
        """
        check_config(config)
        check_parameters(config, parameters)
        self.config = config
        self.parameters = {name: value.detach().clone().requires_grad_() for name, value in parameters.items()}

    @staticmethod
    def load(path, dtype=torch.float32):
        """The net in a checkpoint of training, or in a file of `save`."""
        metadata, tensors = read_safetensors(path)
        if "model" not in metadata:
            raise ValueError(f"{path}: its metadata has no model; it was not written by Tapehead")
        prefix = "parameters." if metadata.get("format") == "tapehead.training" else ""
        parameters = {name[len(prefix) :]: value.to(dtype) for name, value in tensors.items() if name.startswith(prefix)}
        return NTM(json.loads(metadata["model"]), parameters)

    def save(self, path):
        """Writes the parameters and the configuration, for `decodeSafetensors` and `restoreParameters`."""
        write_safetensors(path, self.parameters, {"model": json.dumps(self.config)})

    def initial_state(self, batch):
        """What the net carries from step to step, before the first one. Everything in it is learned."""
        p, config = self.parameters, self.config

        def each(value):  # the same for all sequences of a batch
            return value.expand(batch, *value.shape)

        def weights(kind):
            if config.get("initialWeighting") == "zero":
                return [p["memory"].new_zeros(batch, config["memorySize"])] * config[f"{kind}Heads"]
            return [each(softmax(logits, 0)) for logits in p[f"{kind}WeightLogits"]]

        layers = range(config["layers"] if config["controller"] == "lstm" else 0)
        return {
            "cells": [(each(p[f"controller.{l}.h"]), each(p[f"controller.{l}.c"])) for l in layers],
            "memory": each(p["memory"]),
            "reads": [each(read) for read in p["reads"]],
            "readWeights": weights("read"),
            "writeWeights": weights("write"),
        }

    def sequence(self, x, state=None):
        """x [batch, time, inputSize] -> output and logits [batch, time, outputSize], the state after the last step."""
        state = self.initial_state(x.shape[0]) if state is None else state
        logits = []
        for x_t in x.unbind(1):
            logits_t, state = self.step(x_t, state)
            logits.append(logits_t)
        logits = torch.stack(logits, 1)
        return ACTIVATIONS[self.config["outputActivation"]](logits), logits, state

    def step(self, x, state):
        """One time step (figure 1). x [batch, inputSize] -> logits [batch, outputSize], next state."""
        p = self.parameters
        h, cells = self.control(torch.cat([x, *state["reads"]], 1), state["cells"])
        driving = cells[-1][1] if self.config.get("headInput") == "cell" else h
        raw = self.clip(driving @ p["headKernel"] + p["headBias"], "clipHeads")
        moved = self.move_heads(raw, state)
        logits = torch.cat([h, *moved["reads"]], 1) @ p["outputKernel"] + p["outputBias"]
        return self.clip(logits, "clipLogits"), {"cells": cells, **moved}

    def control(self, u, cells):
        """The controller: layers without a state, or an LSTM. u [batch, inputSize + R M] -> h [batch, controllerSize], cells."""
        p, config, h, after = self.parameters, self.config, u, []
        for l in range(config["layers"]):
            z = h @ p[f"controller.{l}.kernel"] + p[f"controller.{l}.bias"]
            if config["controller"] == "feedforward":
                h = SQUASH[config.get("controllerActivation", "tanh")](z)
                continue
            before, c = cells[l]
            i, f, g, o = (z + before @ p[f"controller.{l}.recurrentKernel"]).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            after.append((self.clip(h, "clipController"), self.clip(c, "clipController")))
        return self.clip(h, "clipController"), after

    def move_heads(self, raw, state):
        """All heads address the memory, write it and read it. raw [batch, R (M + S + 3) + W (3M + S + 3)]."""
        config, memory = self.config, state["memory"]
        R, W, M = config["readHeads"], config["writeHeads"], config["memoryDim"]
        look = M + config["shifts"] + 3
        raw_heads, what = raw.split([(R + W) * look, W * 2 * M], 1)
        where = raw_heads.split(look, 1)  # of each read head, then of each write head
        readers = list(zip(where[:R], state["readWeights"]))
        writers = list(zip(where[R:], state["writeWeights"], what.split(2 * M, 1)))

        reads, writes = [], []  # of each head that acted: its weighting; of a read head, what it read
        if config["order"] == "in-turn":
            for i in range(max(R, W)):
                reads += self.read(memory, readers[i : i + 1])
                memory, wrote = self.write(memory, writers[i : i + 1])
                writes += wrote
        else:
            before = memory
            memory, writes = self.write(memory, writers)
            reads = self.read(memory if config["order"] == "write-first" else before, readers)
        return {
            "memory": memory,
            "reads": [read for _, read in reads],
            "readWeights": [w for w, _ in reads],
            "writeWeights": writes,
        }

    def read(self, memory, heads):
        """(2): r = sum_i w(i) M(i). Of each head a weighting [batch, N] and what it reads, [batch, M]."""
        weights = [self.address(raw, previous, memory) for raw, previous in heads]
        return [(w, (w.unsqueeze(1) @ memory).squeeze(1)) for w in weights]

    def write(self, memory, heads):
        """All heads address the memory; then all erases, then all adds. The new memory, of each head a weighting."""
        weights = [self.address(raw, previous, memory) for raw, previous, _ in heads]
        said = [what.unsqueeze(1).chunk(2, 2) for _, _, what in heads]  # [batch, 1, M] twice
        for w, (erase, _) in zip(weights, said):
            memory = memory * (1 - w.unsqueeze(2) * torch.sigmoid(erase))  # (3)
        for w, (_, add) in zip(weights, said):
            memory = memory + w.unsqueeze(2) * self.squash(add, "addActivation")  # (4)
        return memory, weights

    def address(self, raw, previous, memory):
        """Where one head looks (section 3.3). raw [batch, M + S + 3], previous [batch, N] -> weighting [batch, N]."""
        S = self.config["shifts"]
        key, beta, gate, shift, gamma = raw.split([memory.shape[2], 1, 1, S, 1], 1)
        key = self.squash(key, "keyActivation")
        beta, gate = softplus(beta), torch.sigmoid(gate)
        shift, gamma = softmax(shift, 1), 1 + softplus(gamma)

        content = softmax(beta * cosine(key, memory), 1)  # (5)
        gated = gate * content + (1 - gate) * previous  # (7)
        # (8): tap k moves the focus by k - (S - 1) / 2 rows, modulo N.
        shifted = sum(shift[:, [k]] * gated.roll(k - S // 2, 1) for k in range(S))
        # (9): w^gamma / sum w^gamma, by logarithms, which do not underflow.
        epsilon = self.config.get("sharpenEpsilon", 0)
        if epsilon == 0:
            return softmax(gamma * shifted.clamp(min=1e-30).log(), 1)
        powers = shifted**gamma
        return powers / (powers.sum(1, keepdim=True) + epsilon)

    def squash(self, raw, option):
        """What bounds keys and added vectors: the paper does not say."""
        return SQUASH[self.config.get(option, self.config["keyAndAddActivation"])](raw)

    def clip(self, value, option):
        bound = self.config.get(option)
        return value if bound is None else value.clamp(-bound, bound)


def cosine(key, memory):
    """(6): K[k, M(i)] = k . M(i) / (|k| |M(i)|), norms at least 1e-8. [batch, M], [batch, N, M] -> [batch, N]"""
    norm = lambda x: (x * x).sum(-1).clamp(min=1e-16).sqrt()
    return (memory @ key.unsqueeze(2)).squeeze(2) / (norm(key).unsqueeze(1) * norm(memory))


def check_config(config):
    choices = {**CHOICES, **{name: known for name, known in MORE_CHOICES.items() if name in config}}
    unknown = [name for name in config if name not in [*SIZES, *choices, *BOUNDS, *ONLY_FOR_FRESH_NETS]]
    if unknown:
        raise ValueError(f"config: this file does not know the options {', '.join(unknown)}")
    for name in [*SIZES, *CHOICES]:
        if name not in config:
            raise ValueError(f"config: it lacks {name}")
    for name in SIZES:
        if not isinstance(config[name], int) or config[name] < 1:
            raise ValueError(f"config.{name}: expected an integer of at least 1, got {config[name]}")
    for name, known in choices.items():
        if config[name] not in known:
            raise ValueError(f"config.{name}: expected one of {', '.join(known)}, got {config[name]}")
    for name in BOUNDS:
        if name in config and not config[name] > 0:
            raise ValueError(f"config.{name}: expected a number above 0, got {config[name]}")


def shapes_of(config):
    """The shape of each parameter of a net, by name."""
    N, M, S, R, W = (config[name] for name in ["memorySize", "memoryDim", "shifts", "readHeads", "writeHeads"])
    units, below, lstm = config["controllerSize"], config["inputSize"] + R * M, config["controller"] == "lstm"
    shapes = {}
    for l in range(config["layers"]):
        wide = 4 * units if lstm else units
        layer = {"kernel": (below, wide), "bias": (wide,)}
        if lstm:
            layer |= {"recurrentKernel": (units, wide), "h": (units,), "c": (units,)}
        shapes |= {f"controller.{l}.{name}": shape for name, shape in layer.items()}
        below = units
    raw = R * (M + S + 3) + W * (3 * M + S + 3)
    if config.get("initialWeighting") != "zero":
        shapes |= {"readWeightLogits": (R, N), "writeWeightLogits": (W, N)}
    return shapes | {
        "headKernel": (units, raw),
        "headBias": (raw,),
        "outputKernel": (units + R * M, config["outputSize"]),
        "outputBias": (config["outputSize"],),
        "memory": (N, M),
        "reads": (R, M),
    }


def check_parameters(config, parameters):
    shapes = shapes_of(config)
    for name in [*shapes, *parameters]:
        if name not in parameters:
            raise ValueError(f"parameters: {name} of shape {list(shapes[name])} is missing")
        if name not in shapes:
            raise ValueError(f"parameters: {name} is not in a net of this configuration")
        if tuple(parameters[name].shape) != shapes[name]:
            raise ValueError(f"parameters: {name} has shape {list(parameters[name].shape)}, expected {list(shapes[name])}")


def read_safetensors(path):
    """The metadata and the tensors of a file, by name (https://github.com/huggingface/safetensors)."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in TYPES:
            raise ValueError(f"{path}: {name} has the number type {entry['dtype']}, expected one of {', '.join(TYPES)}")
        part = data[slice(*entry["data_offsets"])]
        tensors[name] = torch.frombuffer(part, dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return metadata, tensors


def write_safetensors(path, tensors, metadata):
    """Writes tensors as float32."""
    header, data = {"__metadata__": metadata}, b""
    for name, value in tensors.items():
        numbers = value.detach().cpu().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(numbers)]}
        data += numbers
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
