"""python3 -m unittest test_tapehead"""

import json
import tempfile
import unittest
from pathlib import Path

import torch
from tapehead import NTM, read_safetensors, write_safetensors
from torch.nn.functional import binary_cross_entropy

HERE = Path(__file__).resolve().parent


class Equations(unittest.TestCase):
    def test_values_and_gradients_of_the_golden_vectors(self):
        """Sequences of a direct transcription of the paper, in float64: all options of addressing, 1 to 3 heads."""
        cases = json.loads((HERE / "../../packages/ntm/fixtures/ntm.json").read_text())
        self.assertGreater(len(cases), 5)
        for number, golden in enumerate(cases):
            with self.subTest(number):
                self.same_as(golden)

    def same_as(self, golden):
        names = ["inputSize", "outputSize", "memorySize", "memoryDim", "controllerSize", "readHeads", "writeHeads"]
        names += ["shifts", "controller", "keyAndAddActivation", "order"]
        config = {**{name: golden[name] for name in names}, "layers": 1, "outputActivation": "sigmoid"}
        config["controller"] = "lstm" if golden["controller"] == "lstm" else "feedforward"
        own = ["headKernel", "headBias", "outputKernel", "outputBias", "memory", "readWeightLogits", "writeWeightLogits", "reads"]

        def named(values):
            return {name if name in own else f"controller.0.{name}": numbers(value) for name, value in values.items()}

        net = NTM(config, named(golden["parameters"]))
        output, _, state = net.sequence(numbers(golden["input"]))
        close(output, golden["outputProbabilities"], "output")
        close(state["memory"], numbers(golden["trace"]["memory"])[:, -1], "memory")
        close(torch.stack(state["writeWeights"], 1), numbers(golden["trace"]["writeWeights"])[:, -1], "write weights")
        nats = (binary_cross_entropy(output, numbers(golden["target"]), reduction="none").sum(2) * numbers(golden["mask"])).sum()
        (nats / torch.tensor(2.0).double().log() / golden["batch"]).backward()
        for name, wanted in named(golden["gradients"]).items():
            close(net.parameters[name].grad, wanted, f"gradient of {name}")


def numbers(values):
    return torch.tensor(values, dtype=torch.float64)


def close(actual, wanted, what):
    """Both are float64, so only the order of sums differs; the JSON has as many digits."""
    wanted = wanted if isinstance(wanted, torch.Tensor) else numbers(wanted)
    torch.testing.assert_close(actual, wanted, rtol=0, atol=1e-8, msg=lambda message: f"{what}: {message}")


class Files(unittest.TestCase):
    def test_a_net_that_is_saved_is_the_same_net(self):
        net = NTM.load(HERE / "fixtures/imported.safetensors")
        with tempfile.TemporaryDirectory() as folder:
            net.save(Path(folder, "net.safetensors"))
            again = NTM.load(Path(folder, "net.safetensors"))
        self.assertEqual(again.config, net.config)
        for name, value in net.parameters.items():
            self.assertTrue(torch.equal(again.parameters[name], value), name)

    def test_says_what_is_wrong(self):
        metadata, tensors = read_safetensors(HERE / "fixtures/imported.safetensors")
        config = json.loads(metadata["model"])

        def refused(message, config=config, tensors=tensors):
            with self.assertRaisesRegex(ValueError, message):
                NTM(config, tensors)

        refused("does not know the options topology", {**config, "topology": "ring"})
        refused("it lacks order", {name: value for name, value in config.items() if name != "order"})
        refused("config.order: expected one of write-first, read-first, in-turn, got any", {**config, "order": "any"})
        refused("config.controller: expected one of lstm, feedforward, got own", {**config, "controller": "own"})
        refused("config.layers: expected an integer of at least 1, got 0", {**config, "layers": 0})
        refused("config.clipHeads: expected a number above 0, got -1", {**config, "clipHeads": -1})
        refused("headBias of shape .* is missing", tensors={n: v for n, v in tensors.items() if n != "headBias"})
        refused("extra is not in a net", tensors={**tensors, "extra": torch.zeros(1)})
        refused("outputBias has shape .4., expected .3.", tensors={**tensors, "outputBias": torch.zeros(4)})

    def test_says_that_a_file_holds_no_net(self):
        with tempfile.TemporaryDirectory() as folder:
            write_safetensors(Path(folder, "other.safetensors"), {"a": torch.zeros(2)}, {})
            with self.assertRaisesRegex(ValueError, "its metadata has no model"):
                NTM.load(Path(folder, "other.safetensors"))


if __name__ == "__main__":
    unittest.main()
