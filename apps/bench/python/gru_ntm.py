"""The network of `tapehead speed --net gru-ntm` in PyTorch: that of ntm.py with a GRU (Cho et al. 2014) in place of its
LSTM, and the gradients of the loop's weights in one product each over all steps.

Heads address the memory before the write of their step, as in ntm.py.
"""

from typing import List, Tuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from common import Deferred, copy, glorot, passes as passes_of, zeros

N, M, U = 128, 20, 100


def sequence(x: Tensor, xc: Tensor, said: Tensor, h: Tensor, r: Tensor, w: Tensor, memory: Tensor,
             gates: Tensor, candidate: Tensor, heads: Tensor) -> Tuple[Tensor, Tensor]:
    """x [T, B, 2U] and xc [T, B, U], the input's parts of the gates and of the candidate; said [T, B, P], the bias of
    the heads. Gives [T + 1, B, U + M], h and what was read, and [T, B, U + M], reset h and what was read."""
    M, U = memory.size(1), h.size(1)
    both = torch.cat((h, r), 1)
    seen: List[Tensor] = [both]
    resets: List[Tensor] = []
    for xt, ct, st in zip(x.unbind(0), xc.unbind(0), said.unbind(0)):
        z, reset = torch.sigmoid(torch.addmm(xt, both, gates)).chunk(2, 1)
        left = torch.cat((reset * h, r), 1)
        resets.append(left)
        h = torch.lerp(torch.tanh(torch.addmm(ct, left, candidate)), h, z)

        vectors, opened, positive, shift = torch.addmm(st, h, heads).split([3 * M, M + 2, 4, 6], 1)
        key, add = torch.tanh(vectors).split([2 * M, M], 1)
        erase, gate = torch.sigmoid(opened).split([M, 2], 1)
        beta, gamma = softplus(positive).view(-1, 2, 2, 1).unbind(1)
        before, here, after = torch.softmax(shift.view(-1, 2, 3), 2).split(1, 2)

        key = key.view(-1, 2, M)
        norms = (key * key).sum(2, keepdim=True) * (memory * memory).sum(1, keepdim=True)
        content = torch.softmax(beta * torch.bmm(key, memory) * torch.rsqrt(norms + 1e-16), 2)
        gated = torch.lerp(w, content, gate.unsqueeze(2))
        shifted = torch.addcmul(torch.addcmul(gated * here, gated.roll(1, 2), after), gated.roll(-1, 2), before)
        w = torch.softmax((1 + gamma) * torch.log(shifted + 1e-16), 2)

        wr, ww = w.split(1, 1)
        r = torch.bmm(wr, memory.transpose(1, 2)).squeeze(1)
        change = torch.addcmul(add.unsqueeze(2), erase.unsqueeze(2), memory, value=-1.0)
        memory = torch.addcmul(memory, ww, change)
        both = torch.cat((h, r), 1)
        seen.append(both)
    return torch.stack(seen), torch.stack(resets)


class GruNTM(nn.Module):
    def __init__(self, input_size: int, output_size: int, script: bool):
        super().__init__()
        raw = 4 * M + 12
        self.gate_kernel, self.gates, self.gate_bias = glorot(input_size, 2 * U), glorot(U + M, 2 * U), zeros(2 * U)
        self.candidate_kernel, self.candidate, self.bias = glorot(input_size, U), glorot(U + M, U), zeros(U)
        self.head_kernel, self.head_bias = glorot(U, raw), zeros(raw)
        self.output_kernel, self.output_bias = glorot(U + M, output_size), zeros(output_size)
        self.memory = nn.Parameter((torch.rand(M, N) * 2 - 1) / (N + M) ** 0.5)
        self.weight_logits = nn.Parameter(torch.randn(2, N))
        self.reads = nn.Parameter(torch.randn(M) * 0.01)
        self.sequence = torch.jit.script(sequence) if script else sequence

    def forward(self, x: Tensor, answer: int) -> Tensor:
        T, B, _ = x.shape
        gates, candidate, heads = Deferred(self.gates), Deferred(self.candidate), Deferred(self.head_kernel)
        w = torch.softmax(self.weight_logits, 1).expand(B, -1, -1)
        seen, resets = self.sequence(
            gates.watch(x @ self.gate_kernel + self.gate_bias),
            candidate.watch(x @ self.candidate_kernel + self.bias),
            heads.watch(self.head_bias.expand(T, B, -1)),
            torch.zeros(B, U), self.reads.expand(B, -1), w, self.memory.expand(B, -1, -1),
            gates.constant, candidate.constant, heads.constant)
        gates.rows, candidate.rows, heads.rows = seen.detach()[:-1], resets.detach(), seen.detach()[1:, :, :U]
        return seen[-answer:] @ self.output_kernel + self.output_bias


def passes(batch: int, length: int, script: bool):
    x, wanted = copy(batch, length)
    return passes_of(GruNTM(x.shape[2], wanted.shape[2], script), x, wanted)
