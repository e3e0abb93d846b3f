"""A small net with the parameter names and the behaviour of the most used public NTM for PyTorch.

It stands in for that program, loudinthecloud/pytorch-ntm (`EncapsulatedNTM`), in the tests of the converter. It shares no
code with it. Run it to train the net of the tests: python3 public_ntm.py fixtures/public.safetensors
"""

import sys

import torch
from tapehead import write_safetensors
from torch import nn
from torch.nn.functional import binary_cross_entropy, cosine_similarity, softmax, softplus


class Memory(nn.Module):
    """What the memory holds at the start: a buffer, which training does not change."""

    def __init__(self, N, M):
        super().__init__()
        reach = (N + M) ** -0.5
        self.register_buffer("mem_bias", torch.empty(N, M).uniform_(-reach, reach))


class Controller(nn.Module):
    """An LSTM with a learned start."""

    def __init__(self, inputs, units, layers):
        super().__init__()
        self.lstm = nn.LSTM(inputs, units, layers)
        self.lstm_h_bias = nn.Parameter(0.05 * torch.randn(layers, 1, units))
        self.lstm_c_bias = nn.Parameter(0.05 * torch.randn(layers, 1, units))

    def start(self, batch):
        return tuple(value.repeat(1, batch, 1) for value in (self.lstm_h_bias, self.lstm_c_bias))

    def forward(self, u, state):
        h, state = self.lstm(u.unsqueeze(0), state)
        return h.squeeze(0), state


class Head(nn.Module):
    """A head says key, beta, gate, three taps and gamma; a write head also erase and add. Key and add are linear."""

    def __init__(self, memory, units, kind):
        super().__init__()
        self.memory, self.kind = memory, kind
        M = memory.mem_bias.shape[1]
        self.add_module(f"fc_{kind}", nn.Linear(units, M + 6 + (2 * M if kind == "write" else 0)))

    def forward(self, h, memory, previous):
        M = memory.shape[2]
        said = getattr(self, f"fc_{self.kind}")(h)
        key, beta, gate, taps, gamma, rest = said.split([M, 1, 1, 3, 1, said.shape[1] - M - 6], 1)
        alike = cosine_similarity(memory + 1e-16, key.unsqueeze(1) + 1e-16, dim=2)
        content = softmax(softplus(beta) * alike, 1)
        gated = torch.lerp(previous, content, torch.sigmoid(gate))
        # A correlation, not a convolution: the first tap moves the focus one row on.
        on, stay, back = softmax(taps, 1).split(1, 1)
        shifted = on * gated.roll(1, 1) + stay * gated + back * gated.roll(-1, 1)
        powers = shifted ** (1 + softplus(gamma))
        return powers / (powers.sum(1, keepdim=True) + 1e-16), rest


class Core(nn.Module):
    def __init__(self, inputs, outputs, units, layers, heads, memory):
        super().__init__()
        M = memory.mem_bias.shape[1]
        self.controller = Controller(inputs + heads * M, units, layers)
        self.memory = memory
        self.heads = nn.ModuleList(Head(memory, units, kind) for _ in range(heads) for kind in ("read", "write"))
        self.fc = nn.Linear(units + heads * M, outputs)
        for i in range(heads):
            self.register_buffer(f"read{i}_bias", 0.01 * torch.randn(1, M))


class PublicNTM(nn.Module):
    """`heads` pairs of heads that act in turn: each read head reads, then the write head after it writes."""

    def __init__(self, inputs, outputs, units, layers, heads, N, M):
        super().__init__()
        memory = Memory(N, M)
        self.ntm = Core(inputs, outputs, units, layers, heads, memory)
        self.memory = memory

    def forward(self, x):
        """x [time, batch, inputs] -> outputs [time, batch, outputs]"""
        batch, core, N = x.shape[1], self.ntm, self.memory.mem_bias.shape[0]
        state, memory = core.controller.start(batch), self.memory.mem_bias.expand(batch, -1, -1)
        reads = [getattr(core, f"read{i}_bias").expand(batch, -1) for i in range(len(core.heads) // 2)]
        weightings = [x.new_zeros(batch, N) for _ in core.heads]
        outputs = []
        for x_t in x:
            h, state = core.controller(torch.cat([x_t, *reads], 1), state)
            reads = []
            for i, head in enumerate(core.heads):
                w, rest = head(h, memory, weightings[i])
                weightings[i] = w
                if head.kind == "read":
                    reads.append(torch.einsum("bn,bnm->bm", w, memory))
                else:
                    erase, add = rest.unsqueeze(1).chunk(2, 2)
                    memory = memory * (1 - w.unsqueeze(2) * torch.sigmoid(erase)) + w.unsqueeze(2) * add
            outputs.append(torch.sigmoid(core.fc(torch.cat([h, *reads], 1))))
        return torch.stack(outputs)


SIZES = dict(inputs=4, outputs=3, units=16, layers=1, heads=2, N=8, M=5)


def copy_task(length, batch, width=3):
    """Vectors, a delimiter in a channel of its own, and silence while the answer is wanted. [time, batch, …]"""
    vectors = torch.randint(0, 2, (length, batch, width)).float()
    x = torch.zeros(2 * length + 1, batch, width + 1)
    x[:length, :, :width] = vectors
    x[length, :, width] = 1
    return x, vectors


def train(seed=1, updates=4000):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    net = PublicNTM(**SIZES)
    optimizer = torch.optim.RMSprop(net.parameters(), lr=2e-3, alpha=0.95, momentum=0.9)
    wrong = 1.0
    for update in range(updates):
        x, vectors = copy_task(int(torch.randint(1, 6, ())), batch=16)
        answer = net(x)[-len(vectors) :]
        optimizer.zero_grad()
        binary_cross_entropy(answer, vectors).backward()
        nn.utils.clip_grad_value_(net.parameters(), 10)
        optimizer.step()
        wrong += 0.01 * (((answer > 0.5) != (vectors > 0.5)).float().mean().item() - wrong)
        if (update + 1) % 500 == 0:
            print(f"{update + 1} updates, {100 * wrong:.2f} % wrong bits")
    return net


if __name__ == "__main__":
    write_safetensors(sys.argv[1], train().state_dict(), {})
