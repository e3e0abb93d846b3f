"""The DNC of `tapehead speed --net dnc` (Graves, Wayne et al. 2016) in PyTorch, as fast as its own operations make it.

One write head, R read heads, N rows of M, an LSTM of U. Memory stands as [B, M, N] and links as [B, N, N]. One product
for the gates and one for all that the heads are told per step; the input's part of the gates and the outputs come once
for all steps; the gradients of the loop's weights are one product each over all steps.
"""

from typing import List

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from common import Deferred, copy, glorot, passes as passes_of, zeros

N, M, R, U = 128, 20, 4, 100


def sequence(x: Tensor, said: Tensor, h: Tensor, c: Tensor, reads: Tensor, memory: Tensor, recurrent: Tensor,
             interface: Tensor, R: int) -> Tensor:
    """x [T, B, 4U], the input's part of the gates; said [T, B, P], the bias of the interface.
    Gives [T + 1, B, U + R M], what the controller says and what was read, before each step and after the last."""
    B, U, M, N = x.size(1), h.size(1), memory.size(1), memory.size(2)
    usage = torch.zeros(B, N)
    written = torch.zeros(B, N)
    precedence = torch.zeros(B, N)
    weights = torch.zeros(B, R, N)
    links = torch.zeros(B, N, N)
    others = 1 - torch.eye(N)
    tiny = 1e-6
    sizes = [(R + 1) * M, R + 1, 3 * R, M + R + 2, M]
    both = torch.cat((h, reads), 1)
    seen: List[Tensor] = [both]
    lengths = memory.norm(2, 1, True)
    for xt, st in zip(x.unbind(0), said.unbind(0)):
        opened, new = torch.addmm(xt, both, recurrent).split([3 * U, U], 1)
        i, f, o = torch.sigmoid(opened).chunk(3, 1)
        c = torch.addcmul(f * c, i, torch.tanh(new))
        h = o * torch.tanh(c)

        keys, betas, modes, gates, add = torch.addmm(st, h, interface).split(sizes, 1)
        keys = keys.view(B, R + 1, M)
        sizes_of_keys = keys.norm(2, 2, True)
        strengths = (1 + softplus(betas)).unsqueeze(2)
        erase, write_gate, allocation_gate, free = torch.sigmoid(gates).split([M, 1, 1, R], 1)
        modes = torch.softmax(modes.view(B, R, 3), 2)

        # Usage, and the row used least: (1 - u) times the product of all smaller ones.
        kept = (1 - free.unsqueeze(2) * weights).prod(1)
        usage = (usage + written - usage * written) * kept
        rising, order = torch.sort(usage * (1 - tiny) + tiny, 1)
        logs = torch.log(rising)
        allocation = torch.zeros_like(usage).scatter(1, order, (1 - rising) * torch.exp(torch.cumsum(logs, 1) - logs))

        # Write.
        likeness = torch.bmm(keys[:, :1], memory) / (sizes_of_keys[:, :1] * lengths + 1e-8)
        found = torch.softmax(strengths[:, :1] * likeness, 2).squeeze(1)
        written = write_gate * torch.lerp(found, allocation, allocation_gate)
        change = torch.addcmul(add.unsqueeze(2), erase.unsqueeze(2), memory, value=-1.0)
        memory = torch.addcmul(memory, written.unsqueeze(1), change)
        lengths = memory.norm(2, 1, True)

        # Links: L[i, j] = (1 - w[i] - w[j]) L[i, j] + w[i] p[j], and 0 on the diagonal.
        rows = written.unsqueeze(2)
        links = torch.addcmul(rows * precedence.unsqueeze(1), (1 - rows) - written.unsqueeze(1), links) * others
        precedence = torch.addcmul(written, 1 - written.sum(1, keepdim=True), precedence)

        # Read.
        likeness = torch.bmm(keys[:, 1:], memory) / (sizes_of_keys[:, 1:] * lengths + 1e-8)
        content = torch.softmax(strengths[:, 1:] * likeness, 2)
        back, by_content, on = modes.split(1, 2)
        backward = torch.bmm(weights, links)
        forward = torch.bmm(weights, links.transpose(1, 2))
        weights = torch.addcmul(torch.addcmul(back * backward, by_content, content), on, forward)
        reads = torch.bmm(weights, memory.transpose(1, 2)).view(B, R * M)
        both = torch.cat((h, reads), 1)
        seen.append(both)
    return torch.stack(seen)


class DNC(nn.Module):
    def __init__(self, input_size: int, output_size: int, script: bool):
        super().__init__()
        told = (R + 1) * (M + 1) + 3 * R + M + R + 2 + M
        self.kernel = glorot(input_size, 4 * U)
        self.recurrent = glorot(U + R * M, 4 * U)
        self.bias = zeros(4 * U)
        self.interface = glorot(U, told)
        self.interface_bias = zeros(told)
        self.output_kernel = glorot(U + R * M, output_size)
        self.output_bias = zeros(output_size)
        self.cell = zeros(2, U)
        self.sequence = torch.jit.script(sequence) if script else sequence

    def forward(self, x: Tensor, answer: int) -> Tensor:
        """x [T, B, I] → logits [answer, B, O] of the last steps."""
        T, B, _ = x.shape
        recurrent, interface = Deferred(self.recurrent), Deferred(self.interface)
        gates = recurrent.watch(x @ self.kernel + self.bias)
        said = interface.watch(self.interface_bias.expand(T, B, -1))
        start = self.cell[0].expand(B, -1), self.cell[1].expand(B, -1), torch.zeros(B, R * M)
        seen = self.sequence(gates, said, *start, torch.zeros(B, M, N), recurrent.constant, interface.constant, R)
        recurrent.rows, interface.rows = seen.detach()[:-1], seen.detach()[1:, :, :U]
        return seen[-answer:] @ self.output_kernel + self.output_bias


def passes(batch: int, length: int, script: bool):
    x, wanted = copy(batch, length)
    return passes_of(DNC(x.shape[2], wanted.shape[2], script), x, wanted)
