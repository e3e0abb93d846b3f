"""python3 -m unittest test_convert"""

import tempfile
import unittest
from pathlib import Path

import convert
import torch
from public_ntm import SIZES, PublicNTM
from tapehead import NTM


def public_net(**sizes):
    torch.manual_seed(5)
    net = PublicNTM(**{**SIZES, **sizes}).double()
    for value in net.parameters():
        torch.nn.init.normal_(value, std=0.5)
    return net


def bits(inputs):
    return torch.arange(9 * 3 * inputs).mul(7).remainder(11).lt(5).double().reshape(9, 3, inputs)


class Convert(unittest.TestCase):
    def same_numbers(self, net):
        ours = NTM(*convert.convert(net.state_dict()))
        x = bits(ours.config["inputSize"])
        wanted = net(x)
        output, _, _ = ours.sequence(x.transpose(0, 1))
        torch.testing.assert_close(output.transpose(0, 1), wanted, rtol=0, atol=1e-12)

    def test_same_numbers_for_each_size(self):
        for sizes in [{}, {"heads": 1}, {"heads": 3, "layers": 2}, {"N": 3, "M": 1, "outputs": 1}]:
            with self.subTest(sizes):
                self.same_numbers(public_net(**sizes))

    def test_same_numbers_where_no_content_gets_through_the_gates(self):
        net = public_net()
        with torch.no_grad():
            for head in net.ntm.heads:
                getattr(head, f"fc_{head.kind}").bias[SIZES["M"] + 1] = -30
        self.same_numbers(net)

    def test_same_gradients(self):
        net = public_net(layers=2)
        x = bits(SIZES["inputs"])
        net(x).square().sum().backward()
        config, parameters = convert.convert(net.state_dict())
        ours = NTM(config, parameters)
        ours.sequence(x.transpose(0, 1))[0].square().sum().backward()
        wanted = {name: value.grad for name, value in net.named_parameters()}
        lstm = "ntm.controller.lstm"
        for l in range(2):
            # The gradient of a sum is that of each of its terms.
            torch.testing.assert_close(wanted[f"{lstm}.bias_ih_l{l}"], wanted[f"{lstm}.bias_hh_l{l}"])
            wanted[f"{lstm}.bias_hh_l{l}"] = torch.zeros_like(wanted[f"{lstm}.bias_hh_l{l}"])
        buffers = {name: value for name, value in net.state_dict().items() if name not in wanted}
        _, converted = convert.convert({**wanted, **buffers})
        for name, value in ours.parameters.items():
            if name not in ("memory", "reads"):  # buffers there
                torch.testing.assert_close(value.grad, converted[name], rtol=1e-10, atol=1e-10, msg=name)

    def refused(self, change, message):
        state = public_net().state_dict()
        change(state)
        with self.assertRaisesRegex(ValueError, message):
            convert.convert(state)

    def test_says_what_does_not_fit(self):
        def replace(name, *shape):
            return lambda state: state.update({name: torch.zeros(*shape)})

        self.refused(lambda state: state.pop("ntm.fc.bias"), "ntm.fc.bias is missing")
        self.refused(replace("ntm.attention.weight", 2, 2), "ntm.attention.weight: not known here")
        self.refused(replace("ntm.heads.1.fc_write.weight", 24, 16), r"fc_write.weight has shape \[24, 16\], expected \[21, 16\]")
        self.refused(replace("ntm.heads.2.memory.mem_bias", 8, 5), "ntm.heads.2.memory.mem_bias differs")
        self.refused(replace("ntm.heads.4.fc_read.weight", 11, 16), "in pairs, got 5 heads")
        self.refused(replace("ntm.controller.lstm.weight_ih_l1", 64, 16), "weight_ih_l1: not known here")

    def test_reads_what_torch_saves(self):
        net = public_net().float()
        with tempfile.TemporaryDirectory() as folder:
            source, target = str(Path(folder, "net.pt")), str(Path(folder, "net.safetensors"))
            torch.save(net.state_dict(), source)
            convert.main(source, target)
            x = bits(SIZES["inputs"]).float()
            output, _, _ = NTM.load(target).sequence(x.transpose(0, 1))
            torch.testing.assert_close(output.transpose(0, 1), net(x), rtol=0, atol=1e-5)


if __name__ == "__main__":
    unittest.main()
