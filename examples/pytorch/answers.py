"""Writes what PyTorch answers, in float64, for the tests: python3 answers.py FOLDER"""

import sys
from pathlib import Path

import torch
from convert import convert
from public_ntm import SIZES, PublicNTM
from tapehead import NTM, read_safetensors, write_safetensors
from torch.nn.functional import binary_cross_entropy, softplus

HERE = Path(__file__).resolve().parent
CHECKPOINTS = HERE / "../../apps/playground/checkpoints"
LARGEST_GRADIENT = 600  # numbers: the gradients of kernels would make large fixtures


def of_checkpoints():
    """Of each trained checkpoint, for an episode of its task: outputs, bits, and gradients of the mean of softplus(logits)."""
    _, episodes = read_safetensors(HERE / "fixtures/episodes.safetensors")
    answers = {}
    for name in ["copy", "associative-recall", "priority-sort"]:
        x, target, mask = (episodes[f"{name}/{part}"].double() for part in ["input", "target", "mask"])
        net = NTM.load(CHECKPOINTS / f"{name}.safetensors", torch.float64)
        output, logits, _ = net.sequence(x)
        softplus(logits).mean().backward()
        nats = (binary_cross_entropy(output, target, reduction="none").sum(2) * mask).sum()
        answers[f"{name}/output"] = output
        answers[f"{name}/bits"] = nats / torch.tensor(2.0).log()
        for parameter, value in net.parameters.items():
            if value.numel() <= LARGEST_GRADIENT:
                answers[f"{name}/gradients.{parameter}"] = value.grad
    return answers


def of_public_net():
    """Of the public net: outputs, and gradients of the mean of their squares by our names; also with one gate shut."""
    _, state = read_safetensors(HERE / "fixtures/public.safetensors")
    x = torch.arange(11 * 3 * SIZES["inputs"]).mul(7).remainder(11).lt(5).double().reshape(11, 3, SIZES["inputs"])
    answers = {"input": x.transpose(0, 1)}
    for case in ["trained", "shut"]:
        net = PublicNTM(**SIZES).double()
        net.load_state_dict(state)
        if case == "shut":
            with torch.no_grad():
                net.ntm.heads[2].fc_read.bias[SIZES["M"] + 1] = -16
        tensors = {name: value.requires_grad_() for name, value in net.state_dict(keep_vars=True).items()}
        output = net(x)
        output.square().mean().backward()
        # The gradient of a sum of biases is that of one of them.
        second = "ntm.controller.lstm.bias_hh_l0"
        slopes = {name: torch.zeros_like(value) if name == second else value.grad for name, value in tensors.items()}
        answers[f"{case}/output"] = output.transpose(0, 1)
        for parameter, slope in convert(slopes)[1].items():
            answers[f"{case}/gradients.{parameter}"] = slope
    return answers


def main(folder):
    write_safetensors(folder / "checkpoint-answers.safetensors", of_checkpoints(), {})
    write_safetensors(folder / "imported-answers.safetensors", of_public_net(), {})
    NTM(*convert(read_safetensors(HERE / "fixtures/public.safetensors")[1])).save(folder / "imported.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
