"""The LSTM of `tapehead speed --net lstm` in PyTorch: `nn.LSTM`, or a loop for TorchScript whose recurrent weights get
their gradient in one product over all steps."""

from typing import List

import torch
from torch import Tensor, nn

from common import Deferred, glorot, noise, passes as passes_of, zeros

U = 128


def sequence(x: Tensor, h: Tensor, c: Tensor, recurrent: Tensor) -> Tensor:
    """x [T, B, 4U], the input's part of the gates → h [T + 1, B, U], before each step and after the last."""
    U = h.size(1)
    seen: List[Tensor] = [h]
    for xt in x.unbind(0):
        opened, new = torch.addmm(xt, h, recurrent).split([3 * U, U], 1)
        i, f, o = torch.sigmoid(opened).chunk(3, 1)
        c = torch.addcmul(f * c, i, torch.tanh(new))
        h = o * torch.tanh(c)
        seen.append(h)
    return torch.stack(seen)


class Loop(nn.Module):
    def __init__(self, input_size: int, output_size: int):
        super().__init__()
        self.kernel, self.recurrent, self.bias = glorot(input_size, 4 * U), glorot(U, 4 * U), zeros(4 * U)
        self.output = nn.Linear(U, output_size)
        self.sequence = torch.jit.script(sequence)

    def forward(self, x: Tensor, answer: int) -> Tensor:
        recurrent = Deferred(self.recurrent)
        zero = torch.zeros(x.shape[1], U)
        seen = self.sequence(recurrent.watch(x @ self.kernel + self.bias), zero, zero, recurrent.constant)
        recurrent.rows = seen.detach()[:-1]
        return self.output(seen[-answer:])


class Ready(nn.Module):
    def __init__(self, input_size: int, output_size: int):
        super().__init__()
        self.lstm, self.output = nn.LSTM(input_size, U), nn.Linear(U, output_size)

    def forward(self, x: Tensor, answer: int) -> Tensor:
        return self.output(self.lstm(x)[0][-answer:])


def passes(batch: int, length: int, script: bool):
    x, wanted = noise(batch, length)
    net = (Loop if script else Ready)(x.shape[2], wanted.shape[2])
    return passes_of(net, x, wanted)
