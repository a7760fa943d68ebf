"""The models in PyTorch, and a training step as one writes it there."""

import math

import torch
from torch import nn
from torch.nn import functional


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


class Last(nn.Module):
    def forward(self, outputs):
        return outputs[0][:, -1]


def autoencoder():
    halving = {"kernel_size": 3, "stride": 2, "padding": 1}
    return nn.Sequential(
        nn.Conv2d(1, 16, **halving), nn.ReLU(), nn.BatchNorm2d(16),
        nn.Conv2d(16, 32, **halving), nn.ReLU(), nn.BatchNorm2d(32),
        nn.ConvTranspose2d(32, 16, output_padding=1, **halving), nn.ReLU(), nn.BatchNorm2d(16),
        nn.ConvTranspose2d(16, 1, output_padding=1, **halving), nn.Sigmoid(),
    )


def twice(before, filters):
    def one(before):
        return [nn.Conv2d(before, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()]

    return nn.Sequential(*one(before), *one(filters))


class Unet(nn.Module):
    """Gives logits, as PyTorch's loss takes them."""

    def __init__(self, filters=16, levels=3):
        super().__init__()
        sizes = [filters * 2**level for level in range(levels + 1)]
        self.down = nn.ModuleList(twice(before, size) for before, size in zip([3, *sizes], sizes))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * size, size, 2, stride=2) for size in sizes[-2::-1])
        self.joined = nn.ModuleList(twice(2 * size, size) for size in sizes[-2::-1])
        self.head = nn.Conv2d(filters, 1, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.max_pool2d(x, 2))
            skips.append(x)
        skips.pop()
        for up, joined in zip(self.up, self.joined):
            x = joined(torch.cat([skips.pop(), up(x)], 1))
        return self.head(x)


class Transformer(nn.Module):
    def __init__(self, vocabulary=128, width=128, layers=4, heads=4, classes=10, steps=64):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        position = torch.arange(steps)[:, None]
        rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000) / width))
        self.register_buffer("positions", torch.stack([torch.sin(position * rate), torch.cos(position * rate)], 2).flatten(1))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        return self.head(self.encoder(self.embedding(tokens) + self.positions).mean(1))


MODELS = {
    "mlp": lambda: nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)),
    "lenet": lenet,
    "lenet32": lenet,
    "cnn": lambda: nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(32), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(64), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 10),
    ),
    "lstm": lambda: nn.Sequential(nn.LSTM(64, 128, batch_first=True), Last(), nn.Linear(128, 10)),
    "autoencoder": autoencoder,
    "unet": Unet,
    "transformer": Transformer,
}


def make_steps(name, batch, shape, targets, tokens):
    """A function that runs so many training steps; loss and accuracy are read after each."""
    model = MODELS[name]()
    if len(shape) == 3:
        shape = [shape[2], *shape[:2]]
    x = torch.randint(0, tokens, (batch, *shape)) if tokens else torch.randn(batch, *shape)
    y, loss_function = {
        "classes": lambda: (torch.randint(0, 10, (batch,)), nn.CrossEntropyLoss()),
        "inputs": lambda: (torch.sigmoid(x), nn.MSELoss()),
        "masks": lambda: (torch.randint(0, 2, (batch, 1, *shape[1:])).float(), nn.BCEWithLogitsLoss()),
    }[targets]()
    optimizer = torch.optim.Adam(model.parameters())

    def step():
        optimizer.zero_grad()
        outputs = model(x)
        loss = loss_function(outputs, y)
        loss.backward()
        optimizer.step()
        loss.item()
        if targets == "classes":
            (outputs.argmax(1) == y).float().mean().item()

    def steps(count):
        for _ in range(count):
            step()

    return steps


class Augmented(torch.utils.data.Dataset):
    """Images shifted by up to 2 pixels and mirrored, one by one as in a Dataset of PyTorch."""

    def __init__(self, images, labels):
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels).long()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = functional.pad(self.images[index], (2, 2, 2, 2))
        top, left = torch.randint(0, 5, (2,)).tolist()
        image = image[top : top + 28, left : left + 28]
        if torch.rand(()) < 0.5:
            image = image.flip(1)
        return image[None].float() / 255, self.labels[index]


def make_epochs(images, labels, batch):
    """A function that trains for so many epochs."""
    model = lenet()
    optimizer = torch.optim.Adam(model.parameters())
    loss_function = nn.CrossEntropyLoss()
    loader = torch.utils.data.DataLoader(
        Augmented(images, labels), batch_size=batch, shuffle=True, num_workers=2, persistent_workers=True
    )

    def epochs(count):
        for _ in range(count):
            for x, y in loader:
                optimizer.zero_grad()
                logits = model(x)
                loss = loss_function(logits, y)
                loss.backward()
                optimizer.step()
                loss.item()
                (logits.argmax(1) == y).float().mean().item()

    return epochs


def set_threads(count):
    torch.set_num_threads(count)
