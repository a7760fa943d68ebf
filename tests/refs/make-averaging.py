"""Reference numbers for stochastic weight averaging: `python make-averaging.py` writes averaging.json beside this file.

Made with PyTorch 2.13 (torch.optim.swa_utils). Its running variances are unbiased; here they are made biased, as Keras and
TensorFlow.js keep them, before the predictions are made.
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, update_bn

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
batch, epochs, start = 8, 6, 3
x = torch.randn(24, 3).float().double()
y = (x.sum(1, keepdim=True) ** 2).float().double()
batches = [(x[i : i + batch], y[i : i + batch]) for i in range(0, 24, batch)]
net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)).float().double()


def weights(model):
    """In the order of tfjs: kernels transposed, moving mean and variance last."""
    dense, normal, _, last = model
    columns = [dense.weight.T, dense.bias, normal.weight, normal.bias, last.weight.T, last.bias]
    return [each.tolist() for each in columns]


result = {"x": x.tolist(), "y": y.tolist(), "batchSize": batch, "epochs": epochs, "startEpoch": start, "initial": weights(net)}
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
average = AveragedModel(net)
for epoch in range(1, epochs + 1):
    for part, target in batches:
        optimizer.zero_grad()
        nn.functional.mse_loss(net(part), target).backward()
        optimizer.step()
    if epoch >= start:
        average.update_parameters(net)
update_bn(batches, average)
normal = average.module[1]
normal.running_var *= (batch - 1) / batch
average.eval()
result |= {
    "averaged": weights(average.module),
    "mean": normal.running_mean.tolist(),
    "variance": normal.running_var.tolist(),
    "predicted": average(x).tolist(),
}
path = Path(__file__).with_name("averaging.json")
path.write_text(json.dumps(result) + "\n")
