"""The network of `tapehead speed` in PyTorch, as fast as PyTorch's own operations make it.

Vectorised over batch and heads: what the inputs give the controller is one product for all steps, both heads are
addressed together, memory stands as [B, M, N] so that everything runs along N, and the output layer and the cost on
logits come once for all steps. Heads address the memory before the write of their step, which lets PyTorch do both in
one go; Tapehead, by default, lets the read head address what was just written, and pays for two.

B batch, T steps, N locations of M components, U units, two heads: read, write.
"""

from typing import List

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from common import copy, glorot, passes as passes_of

N, M, U = 128, 20, 100


def sequence(x: Tensor, h: Tensor, c: Tensor, r: Tensor, w: Tensor, memory: Tensor,
             recurrent: Tensor, head_kernel: Tensor, head_bias: Tensor, is_lstm: bool) -> Tensor:
    """x [T, B, gates], already times its kernel → [T, B, U + M]: what the controller says and what was read."""
    single = x.size(1) == 1
    M = memory.size(1)
    U = h.size(1)
    seen: List[Tensor] = []
    for xt in x.unbind(0):
        if is_lstm:
            gates = torch.addmm(xt, torch.cat((h, r), 1), recurrent)
            open_, new = gates.split([3 * U, U], 1)
            i, f, o = torch.sigmoid(open_).chunk(3, 1)
            c = torch.addcmul(f * c, i, torch.tanh(new))
            h = o * torch.tanh(c)
        else:
            h = torch.tanh(torch.addmm(xt, r, recurrent))
        raw = torch.addmm(head_bias, h, head_kernel)
        vectors, opened, positive, shift = raw.split([3 * M, M + 2, 4, 6], 1)
        key, add = torch.tanh(vectors).split([2 * M, M], 1)
        erase, gate = torch.sigmoid(opened).split([M, 2], 1)
        beta, gamma = softplus(positive).view(-1, 2, 2, 1).unbind(1)
        before, here, after = torch.softmax(shift.view(-1, 2, 3), 2).split(1, 2)

        # Content: β cos(key, M(i)). A product of matrices is faster for one sequence, broadcasting for many.
        key = key.view(-1, 2, M)
        dot = torch.bmm(key, memory) if single else (key.unsqueeze(3) * memory.unsqueeze(1)).sum(2)
        norms = (key * key).sum(2, keepdim=True) * (memory * memory).sum(1, keepdim=True)
        content = torch.softmax(beta * dot * torch.rsqrt(norms + 1e-16), 2)
        # Location: gate, shift, sharpen
        gated = torch.lerp(w, content, gate.unsqueeze(2))
        shifted = torch.addcmul(torch.addcmul(gated * here, gated.roll(1, 2), after), gated.roll(-1, 2), before)
        w = torch.softmax((1 + gamma) * torch.log(shifted + 1e-16), 2)

        wr, ww = w.split(1, 1)
        r = torch.bmm(memory, wr.transpose(1, 2)).squeeze(2) if single else (wr * memory).sum(2)
        change = torch.addcmul(add.unsqueeze(2), erase.unsqueeze(2), memory, value=-1.0)
        memory = torch.addcmul(memory, ww, change)
        seen.append(torch.cat((h, r), 1))
    return torch.stack(seen)


class NTM(nn.Module):
    def __init__(self, input_size: int, output_size: int, controller: str, script: bool):
        super().__init__()
        self.is_lstm = controller == 'lstm'
        gates, below = (4 * U, U + M) if self.is_lstm else (U, M)
        raw = 4 * M + 12
        self.kernel = glorot(input_size, gates)
        self.recurrent = glorot(below, gates)
        self.bias = nn.Parameter(torch.zeros(gates))
        self.head_kernel = glorot(U, raw)
        self.head_bias = nn.Parameter(torch.zeros(raw))
        self.output_kernel = glorot(U + M, output_size)
        self.output_bias = nn.Parameter(torch.zeros(output_size))
        self.memory = nn.Parameter((torch.rand(M, N) * 2 - 1) / (N + M) ** 0.5)
        self.weight_logits = nn.Parameter(torch.randn(2, N))
        self.reads = nn.Parameter(torch.randn(M) * 0.01)
        self.cell = nn.Parameter(torch.zeros(2, U), requires_grad=self.is_lstm)
        self.sequence = torch.jit.script(sequence) if script else sequence

    def forward(self, x: Tensor, answer: int) -> Tensor:
        """x [T, B, I] → logits [answer, B, O] of the last steps."""
        B = x.shape[1]
        w = torch.softmax(self.weight_logits, 1).expand(B, -1, -1)
        start = self.cell[0].expand(B, -1), self.cell[1].expand(B, -1), self.reads.expand(B, -1), w
        seen = self.sequence(x @ self.kernel + self.bias, *start, self.memory.expand(B, -1, -1),
                             self.recurrent, self.head_kernel, self.head_bias, self.is_lstm)
        return seen[-answer:] @ self.output_kernel + self.output_bias


def passes(controller: str, batch: int, length: int, script: bool):
    x, wanted = copy(batch, length)
    return passes_of(NTM(x.shape[2], wanted.shape[2], controller, script), x, wanted)
