"""What the networks of `tapehead speed` share in PyTorch: the work, its passes, and weights inside a loop."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits


def glorot(rows: int, columns: int) -> nn.Parameter:
    return nn.Parameter(nn.init.xavier_uniform_(torch.empty(rows, columns)))


def zeros(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(*shape))


def copy(batch: int, length: int, width: int = 8):
    """Input [2 length + 1, batch, width + 1] and the wanted bits [length, batch, width]."""
    wanted = torch.randint(0, 2, (length, batch, width)).float()
    x = torch.zeros(2 * length + 1, batch, width + 1)
    x[:length, :, :width] = wanted
    x[length, :, width] = 1
    return x, wanted


def noise(batch: int, length: int, inputs: int = 32, bits: int = 8):
    """Random input [5 length, batch, inputs] and a random bit wanted from each output at each step."""
    steps = 5 * length
    return torch.rand(steps, batch, inputs) - 0.5, torch.randint(0, 2, (steps, batch, bits)).float()


def passes(net: nn.Module, x, wanted):
    """What is timed: a training iteration (forward, back, clipping, Graves's RMSProp), the same without clipping and
    optimizer, and a forward pass. net(x, n) gives the logits of the last n steps."""
    answer, batch = wanted.shape[:2]
    parameters = [each for each in net.parameters() if each.requires_grad]
    optimizer = torch.optim.RMSprop(
        parameters, lr=1e-4, alpha=0.95, momentum=0.9, eps=1e-4, centered=True, foreach=True)

    def gradient():
        optimizer.zero_grad(set_to_none=True)
        cost = binary_cross_entropy_with_logits(net(x, answer), wanted, reduction='sum') / batch
        cost.backward()
        return cost.item()

    def train():
        cost = gradient()
        nn.utils.clip_grad_norm_(parameters, 10.0)
        optimizer.step()
        return cost

    def infer():
        with torch.no_grad():
            return net(x, answer)

    return {'train': train, 'gradient': gradient, 'infer': infer}


class Deferred:
    """A weight that a loop multiplies rows with at every step. Its gradient is made once, after the way back, as one
    product over all steps; inside the loop it counts as a constant.

    `watch` goes over what is added to the products of all steps, [T, B, n], which has the slopes of the products as its
    own gradient. `rows` must hold, when the way back begins, what was multiplied: [T, B, k]."""

    def __init__(self, weight: torch.Tensor):
        self.weight, self.constant, self.rows = weight, weight.detach(), None

    def watch(self, added: torch.Tensor) -> torch.Tensor:
        return _Watch.apply(added, self.weight, self) if torch.is_grad_enabled() else added


class _Watch(torch.autograd.Function):
    @staticmethod
    def forward(ctx, added, weight, deferred):
        ctx.deferred = deferred
        return added.view_as(added)

    @staticmethod
    def backward(ctx, slope):
        rows = ctx.deferred.rows.flatten(0, 1)
        return slope, rows.t() @ slope.flatten(0, 1), None
