"""Make explain.json: explanations of tiny networks by zennit, captum and pytorch-grad-cam, in float64.

    python3 -m venv /tmp/refs && /tmp/refs/bin/pip install torch==2.13.0 zennit==0.5.1 captum==0.9.0 grad-cam==1.5.7
    /tmp/refs/bin/python tests/refs/make-explain.py

Images are [n, height, width, channels] and weights are laid out as in TensorFlow.js, so that a test can
build the same network from what stands here.
"""

import copy
import json
import warnings
from pathlib import Path

import numpy as np
import torch

# zennit imports torchvision, and one built for another torch lacks operations that nothing here uses.
register_fake = torch.library.register_fake
torch.library.register_fake = lambda *_, **__: lambda function: function
import torchvision  # noqa: E402, F401

torch.library.register_fake = register_fake

import captum.attr as captum
from torch import nn
from zennit import composites, rules
from zennit.attribution import Gradient
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.core import Stabilizer
from zennit.layer import Sum
from zennit.types import Linear as AnyLinear

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(7)


def draw(*shape, scale=1.0, shift=0.0):
    # Few digits keep the file small, and what is written is exactly what was used.
    return torch.round((torch.randn(*shape, generator=generator) * scale + shift) * 1000) / 1000


def channels_last(tensor):
    return tensor.movedim(1, -1) if tensor.ndim > 2 else tensor


def pack(tensor, digits=9):
    array = np.asarray(tensor.detach())
    values = [float(f"{value:.{digits}g}") for value in array.ravel()]
    return {"shape": list(array.shape), "data": values}


class FlattenChannelsLast(nn.Module):
    def forward(self, x):
        return x.movedim(1, -1).flatten(1)


class Apart(nn.Module):
    """A copy. captum's DeepLift mistakes the gradient between two of its hooks on one tensor, as between a ReLU and
    the pooling right after it; its contributions then do not add up to the difference of the scores."""

    def forward(self, x):
        return x * 1


class Residual(nn.Module):
    def __init__(self, branch):
        super().__init__()
        self.branch, self.sum = branch, Sum()

    def forward(self, x):
        return self.sum(torch.stack([x, self.branch(x)], dim=-1))


class MergeBatchNorm(SequentialMergeBatchNorm):
    """zennit leaves a merged layer its epsilon, by which its output shrinks a little; here none is left."""

    @staticmethod
    def merge_batch_norm(modules, batch_norm):
        SequentialMergeBatchNorm.merge_batch_norm(modules, batch_norm)
        batch_norm.eps = 0.0


class Builder:
    """A torch module and the list of TensorFlow.js layers that are the same, side by side."""

    def __init__(self):
        self.modules, self.layers, self.last = [], [], "input"

    def _add(self, module, class_name, config, weights=(), inputs=None):
        name = f"{class_name.lower()}{len(self.layers)}"
        self.layers.append(
            {
                "class": class_name,
                "config": {"name": name, **config},
                "inputs": inputs or [self.last],
                "weights": [pack(weight) for weight in weights],
            }
        )
        if module is not None:
            self.modules.append(module)
        self.last = name
        return self

    def dense(self, inputs, units):
        module = nn.Linear(inputs, units)
        module.weight.data = draw(units, inputs, scale=inputs**-0.5)
        module.bias.data = draw(units, scale=0.2)
        return self._add(module, "Dense", {"units": units}, [module.weight.T, module.bias])

    def conv(self, inputs, filters, size=3, strides=1, padding="valid", dilation=1):
        height, width = size if isinstance(size, tuple) else (size, size)
        # With strides, only padding that is the same on both sides exists in PyTorch.
        amount = (height // 2, width // 2) if padding == "same" and strides > 1 else padding
        module = nn.Conv2d(inputs, filters, size, strides, amount, dilation)
        module.weight.data = draw(filters, inputs, height, width, scale=(inputs * height * width) ** -0.5)
        module.bias.data = draw(filters, scale=0.2)
        config = dict(filters=filters, kernelSize=size, strides=strides, padding=padding, dilationRate=dilation)
        return self._add(module, "Conv2D", config, [module.weight.permute(2, 3, 1, 0), module.bias])

    def conv1d(self, inputs, filters, size=3, strides=1, dilation=1):
        module = nn.Conv1d(inputs, filters, size, strides, dilation=dilation)
        module.weight.data = draw(filters, inputs, size, scale=(inputs * size) ** -0.5)
        module.bias.data = draw(filters, scale=0.2)
        config = dict(filters=filters, kernelSize=size, strides=strides, padding="valid", dilationRate=dilation)
        return self._add(module, "Conv1D", config, [module.weight.permute(2, 1, 0), module.bias])

    def conv3d(self, inputs, filters, size=2):
        module = nn.Conv3d(inputs, filters, size)
        module.weight.data = draw(filters, inputs, size, size, size, scale=(inputs * size**3) ** -0.5)
        module.bias.data = draw(filters, scale=0.2)
        config = dict(filters=filters, kernelSize=size, padding="valid")
        return self._add(module, "Conv3D", config, [module.weight.permute(2, 3, 4, 1, 0), module.bias])

    def depthwise(self, inputs, multiplier, size=3, strides=1, padding=0):
        module = nn.Conv2d(inputs, inputs * multiplier, size, strides, padding, groups=inputs)
        module.weight.data = draw(inputs * multiplier, 1, size, size, scale=1 / size)
        module.bias.data = draw(inputs * multiplier, scale=0.2)
        kernel = module.weight.reshape(inputs, multiplier, size, size).permute(2, 3, 0, 1)
        config = dict(
            depthMultiplier=multiplier, kernelSize=size, strides=strides, padding="same" if padding else "valid"
        )
        return self._add(module, "DepthwiseConv2D", config, [kernel, module.bias])

    def transposed(self, inputs, filters, size=3, strides=2, padding=0):
        module = nn.ConvTranspose2d(inputs, filters, size, strides, padding)
        module.weight.data = draw(inputs, filters, size, size, scale=(inputs * size) ** -0.5)
        module.bias.data = draw(filters, scale=0.2)
        config = dict(filters=filters, kernelSize=size, strides=strides, padding="same" if padding else "valid")
        return self._add(module, "Conv2DTranspose", config, [module.weight.permute(2, 3, 1, 0), module.bias])

    def batch_norm(self, channels, dimensions=2):
        module = (nn.BatchNorm2d if dimensions == 2 else nn.BatchNorm1d)(channels, eps=1e-3)
        module.weight.data = draw(channels, scale=0.3, shift=1)
        module.bias.data = draw(channels, scale=0.3)
        module.running_mean.data = draw(channels, scale=0.3)
        module.running_var.data = draw(channels, scale=0.1, shift=0.8).abs()
        weights = [module.weight, module.bias, module.running_mean, module.running_var]
        return self._add(module, "BatchNormalization", {"epsilon": 1e-3}, weights)

    def relu(self):
        return self._add(nn.ReLU(), "ReLU", {})

    def max_pool(self):
        return self._add(nn.MaxPool2d(2), "MaxPooling2D", {"poolSize": 2})

    def average_pool(self):
        return self._add(nn.AvgPool2d(2), "AveragePooling2D", {"poolSize": 2})

    def flatten(self):
        return self._add(FlattenChannelsLast(), "Flatten", {})

    def global_average(self):
        self.modules.append(nn.AdaptiveAvgPool2d(1))
        return self._add(nn.Flatten(), "GlobalAveragePooling2D", {})

    def residual(self, fill):
        start, outer = self.last, self.modules
        self.modules = []
        fill(self)
        outer.append(Residual(nn.Sequential(*self.modules)))
        self.modules = outer
        return self._add(None, "Add", {}, inputs=[start, self.last])

    def network(self):
        return nn.Sequential(*self.modules).eval()


RULES = {
    "epsilon": rules.Epsilon(),
    "epsilon 0.1": rules.Epsilon(epsilon=0.1),
    "epsilon 0.5 clipped": rules.Epsilon(epsilon=Stabilizer(epsilon=0.5, clip=True)),
    "epsilon 0.3 scaled": rules.Epsilon(epsilon=Stabilizer(epsilon=0.3, norm_scale=True)),
    "epsilon without bias": rules.Epsilon(zero_params="bias"),
    "gamma": rules.Gamma(gamma=0.25),
    "gamma 2 without bias": rules.Gamma(gamma=2.0, zero_params="bias"),
    "zPlus": rules.ZPlus(),
    "zPlus without bias": rules.ZPlus(zero_params="bias"),
    "alphaBeta": rules.AlphaBeta(alpha=2.0, beta=1.0),
    "alphaBeta 3 2": rules.AlphaBeta(alpha=3.0, beta=2.0),
    "alphaBeta 1 0 without bias": rules.AlphaBeta(alpha=1.0, beta=0.0, zero_params="bias"),
    "zBox": rules.ZBox(low=-3.0, high=3.0),
    "zBox without bias": rules.ZBox(low=-3.0, high=3.0, zero_params="bias"),
    "zPlus, stabiliser 0.1": rules.ZPlus(stabilizer=0.1),
    "wSquare": rules.WSquare(),
    "wSquare without bias": rules.WSquare(zero_params="bias"),
    "flat": rules.Flat(),
}

COMPOSITES = {
    "epsilonPlus": composites.EpsilonPlus,
    "epsilonPlusFlat": composites.EpsilonPlusFlat,
    "epsilonAlpha2Beta1": composites.EpsilonAlpha2Beta1,
    "epsilonAlpha2Beta1Flat": composites.EpsilonAlpha2Beta1Flat,
    "epsilonGammaBox": lambda **options: composites.EpsilonGammaBox(low=-3.0, high=3.0, **options),
    "excitationBackprop": composites.ExcitationBackprop,
    "guidedBackprop": composites.GuidedBackprop,
    "deconvnet": composites.DeconvNet,
    "betaSmooth": composites.BetaSmooth,
}


def single_layers():
    layers = {
        "dense": (Builder().dense(7, 5), (2, 7)),
        "conv": (Builder().conv(2, 3), (2, 2, 5, 4)),
        "conv, same": (Builder().conv(2, 3, padding="same"), (2, 2, 4, 4)),
        "conv, stride 2": (Builder().conv(2, 3, strides=2), (2, 2, 6, 5)),
        "conv, dilation 2": (Builder().conv(2, 3, dilation=2), (2, 2, 6, 7)),
        "conv, dilation 2, same": (Builder().conv(1, 2, dilation=2, padding="same"), (1, 1, 6, 5)),
        "depthwise": (Builder().depthwise(2, 2), (2, 2, 5, 4)),
        "transposed": (Builder().transposed(2, 2), (1, 2, 3, 3)),
        "transposed, same": (Builder().transposed(2, 2, size=4, padding=1), (1, 2, 2, 3)),
        "conv, stride 2, same": (Builder().conv(2, 2, strides=2, padding="same"), (1, 2, 5, 7)),
        "conv, 1 × 1": (Builder().conv(3, 2, size=1), (2, 3, 2, 3)),
        "conv, 2 × 3": (Builder().conv(1, 2, size=(2, 3)), (1, 1, 4, 4)),
        "depthwise, stride 2, same": (Builder().depthwise(2, 1, strides=2, padding=1), (1, 2, 5, 5)),
        "conv of steps": (Builder().conv1d(2, 3), (2, 2, 6)),
        "conv of steps, stride 2": (Builder().conv1d(2, 2, strides=2), (1, 2, 7)),
        "conv of steps, dilation 2": (Builder().conv1d(2, 2, dilation=2), (1, 2, 7)),
        "conv of volumes": (Builder().conv3d(1, 2), (1, 1, 3, 3, 3)),
    }
    for name, (builder, shape) in layers.items():
        network, x = builder.network(), draw(*shape)
        explained = {}
        for rule, hook in RULES.items():
            composite = composites.LayerMapComposite([(AnyLinear, hook)])
            with Gradient(model=network, composite=composite) as attributor:
                output, relevance = attributor(x, lambda y: y)
            explained[rule] = pack(channels_last(relevance))
        yield {
            "name": name,
            "input": pack(channels_last(x)),
            "layers": builder.layers,
            "output": pack(channels_last(output)),
            "rules": explained,
        }


def conv_net():
    builder = Builder().conv(2, 4, padding="same").relu().max_pool().conv(4, 5, size=2).relu()
    return builder.flatten().dense(20, 6).relu().dense(6, 4)


def batch_norm_net():
    builder = Builder().conv(2, 4).batch_norm(4).relu().average_pool().flatten()
    return builder.dense(16, 5).batch_norm(5, dimensions=1).relu().dense(5, 3)


def residual_net():
    builder = Builder().conv(2, 4, padding="same").batch_norm(4).relu()
    builder.residual(
        lambda b: b.conv(4, 4, padding="same").batch_norm(4).relu().conv(4, 4, padding="same").batch_norm(4)
    )
    return builder.relu().conv(4, 5, size=2).relu().global_average().dense(5, 4)


NETWORKS = {"conv net": conv_net, "batch-norm net": batch_norm_net, "residual net": residual_net}


def networks():
    for name, make in NETWORKS.items():
        builder = make()
        network, x = builder.network(), draw(2, 2, 6, 6)
        target = network(x).argmax(1)
        eye = torch.eye(network(x).shape[1])
        explained = {}
        for composite, make_composite in COMPOSITES.items():
            is_gradient = composite in ("guidedBackprop", "deconvnet", "betaSmooth")
            start = (lambda y: eye[target]) if is_gradient else (lambda y: y * eye[target])
            chosen = make_composite(canonizers=[MergeBatchNorm()])
            with Gradient(model=copy.deepcopy(network), composite=chosen) as attributor:
                _, relevance = attributor(x, start)
            explained[composite] = pack(channels_last(relevance))
        yield {
            "name": name,
            "input": pack(channels_last(x)),
            "layers": builder.layers,
            "output": pack(network(x)),
            "target": target.tolist(),
            "composites": explained,
            "gradients": gradients(network, x, target),
            "cams": cams(network, x, target, builder),
        }


def gradients(network, x, target):
    baseline = torch.full_like(x, 0.1)
    shared = dict(target=target)
    relu = next(module for module in network.modules() if isinstance(module, nn.ReLU))
    found = {
        "saliency": captum.Saliency(network).attribute(x, **shared, abs=False),
        "inputXGradient": captum.InputXGradient(network).attribute(x, **shared),
        "integratedGradients": captum.IntegratedGradients(network).attribute(
            x, baseline, **shared, n_steps=50, method="gausslegendre"
        ),
        "integratedGradients, right": captum.IntegratedGradients(network).attribute(
            x, baseline, **shared, n_steps=20, method="riemann_right"
        ),
        "occlusion": captum.Occlusion(network).attribute(
            x, sliding_window_shapes=(2, 3, 3), strides=(2, 2, 2), baselines=0.1, **shared
        ),
        "guidedBackprop": captum.GuidedBackprop(network).attribute(x, **shared),
        "deconvnet": captum.Deconvolution(network).attribute(x, **shared),
        "guidedGradCam": captum.GuidedGradCam(network, relu).attribute(x, **shared),
    }
    apart = nn.Sequential(
        *(part for module in network for part in ([Apart()] if isinstance(module, nn.MaxPool2d) else []) + [module])
    )
    found["deepLift"] = captum.DeepLift(apart).attribute(x, baseline, **shared)
    return {name: pack(channels_last(value)) for name, value in found.items()}


def cams(network, x, target, builder):
    from pytorch_grad_cam import (
        EigenCAM,
        EigenGradCAM,
        GradCAM,
        GradCAMElementWise,
        GradCAMPlusPlus,
        HiResCAM,
        LayerCAM,
        XGradCAM,
    )
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    relus = [module for module in network if isinstance(module, nn.ReLU)]
    names = [layer["config"]["name"] for layer in builder.layers if layer["class"] == "ReLU"]
    with torch.no_grad():
        maps = {}
        for module in network:
            maps[module] = (network[: list(network).index(module) + 1])(x)
    layer = [module for module in relus if maps[module].ndim == 4][-1]
    shape = maps[layer].shape
    # The ReLU within a residual block is not in the list of the outer ones.
    inner = sum(isinstance(module, nn.ReLU) for module in network.modules()) - len(relus)
    name = names[relus.index(layer) + inner]
    methods = {
        "gradcam": GradCAM,
        "gradcam++": GradCAMPlusPlus,
        "hirescam": HiResCAM,
        "layercam": LayerCAM,
        "xgradcam": XGradCAM,
        "elementwise": GradCAMElementWise,
        "eigencam": EigenCAM,
        "eigengradcam": EigenGradCAM,
    }
    found, maps_of_image = {}, {}
    targets = [ClassifierOutputTarget(int(one)) for one in target]
    for method, make in methods.items():
        with make(model=network, target_layers=[layer]) as cam:
            cam.forward(x, targets)
            activations = cam.activations_and_grads.activations[0].cpu().numpy()
            gradients = cam.activations_and_grads.gradients
            grads = gradients[0].cpu().numpy() if gradients else None
            raw = cam.get_cam_image(x, layer, targets, activations, grads, False)
            found[method] = pack(torch.tensor(np.asarray(raw)))
            if method in ("gradcam", "layercam"):
                maps_of_image[method] = pack(torch.tensor(cam(x, targets)), digits=7)
    return {"layer": name, "shape": list(shape), "raw": found, "map": maps_of_image}


class Shared(nn.Module):
    """Two inputs through one layer, side by side; copies, as a hook of zennit remembers one call of a module."""

    def __init__(self, layer, head):
        super().__init__()
        self.branches, self.head = nn.ModuleList([nn.Sequential(copy.deepcopy(layer), nn.ReLU()) for _ in "ab"]), head

    def forward(self, x):
        parts = x.tensor_split(2, dim=1)
        return self.head(torch.cat([branch(part) for branch, part in zip(self.branches, parts)], 1))


def shared_layer():
    """What no sequence of layers is: inputs 3 + 3, one dense layer for both, joined, and a head."""
    builder = Builder().dense(3, 4).relu().dense(8, 5).relu().dense(5, 3)
    layer, _, *head = builder.modules
    network = Shared(layer, nn.Sequential(*head)).eval()
    x = draw(2, 6)
    target = network(x).argmax(1)
    explained = {}
    for name, rule in RULES.items():
        composite = composites.LayerMapComposite([(AnyLinear, rule), (nn.ReLU, rules.Pass())])
        with Gradient(model=network, composite=composite) as attributor:
            _, relevance = attributor(x, lambda y: y * torch.eye(3)[target])
        explained[name] = [pack(part) for part in relevance.tensor_split(2, dim=1)]
    weights = [part for layer in builder.layers for part in layer["weights"]]
    inputs = [pack(part) for part in x.tensor_split(2, dim=1)]
    return {"inputs": inputs, "weights": weights, "output": pack(network(x)), "rules": explained}


def captum_lrp():
    """Rules of captum, on an input from 0 on, where its forms for such inputs are the general ones."""
    from captum.attr import LRP
    from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule

    builder = conv_net()
    network, x = builder.network(), draw(2, 2, 6, 6).abs()
    target = network(x).argmax(1)
    explained = {}
    for name, rule in {
        "epsilon": EpsilonRule(epsilon=1e-6),
        "alphaBeta 1 0 without bias": Alpha1_Beta0_Rule(set_bias_to_zero=True),
    }.items():
        rules_of = copy.deepcopy(network)
        for module in rules_of:
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                module.rule = copy.deepcopy(rule)
            elif isinstance(module, FlattenChannelsLast):
                module.rule = EpsilonRule(epsilon=1e-12)
        explained[name] = pack(channels_last(LRP(rules_of).attribute(x, target=target)))
    return {
        "input": pack(channels_last(x)),
        "layers": builder.layers,
        "output": pack(network(x)),
        "target": target.tolist(),
        "rules": explained,
    }


def main():
    result = {
        "about": "Made by make-explain.py with zennit, captum and pytorch-grad-cam in float64.",
        "single": list(single_layers()),
        "networks": list(networks()),
        "shared": shared_layer(),
        "captum": captum_lrp(),
    }
    path = Path(__file__).with_name("explain.json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(f"{path}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
