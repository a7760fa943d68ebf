"""Training steps in PyTorch or Keras: reads {"model", "steps"} a line, answers with the milliseconds of one step."""

import json
import sys
import time

BATCH = {"mlp": 128, "lenet": 128, "cnn": 64, "lstm": 64}
SHAPE = {"mlp": (784,), "lenet": (28, 28, 1), "cnn": (32, 32, 3), "lstm": (40, 64)}


def torch_step(name, threads):
    import torch
    from torch import nn

    torch.set_num_threads(threads)

    class Last(nn.Module):
        def forward(self, outputs):
            return outputs[0][:, -1]

    models = {
        "mlp": lambda: nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)),
        "lenet": lambda: nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        ),
        "cnn": lambda: nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(32), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(64), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 10),
        ),
        "lstm": lambda: nn.Sequential(nn.LSTM(64, 128, batch_first=True), Last(), nn.Linear(128, 10)),
    }
    model = models[name]()
    shape = SHAPE[name]
    if len(shape) == 3:
        shape = (shape[2], shape[0], shape[1])
    x = torch.randn(BATCH[name], *shape)
    y = torch.randint(0, 10, (BATCH[name],))
    optimizer = torch.optim.Adam(model.parameters())
    loss_function = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        logits = model(x)
        loss = loss_function(logits, y)
        loss.backward()
        optimizer.step()
        loss.item()
        (logits.argmax(1) == y).float().mean().item()

    return step


def keras_step(name, threads):
    import numpy
    import tensorflow
    from keras import Sequential, layers

    try:
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError:
        pass  # set with the first model
    convolution = {"padding": "same", "activation": "relu"}
    models = {
        "mlp": lambda: [layers.Dense(128, "relu")],
        "lenet": lambda: [
            layers.Conv2D(6, 5, **convolution), layers.MaxPooling2D(2), layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(120, "relu"), layers.Dense(84, "relu"),
        ],
        "cnn": lambda: [
            layers.Conv2D(32, 3, **convolution), layers.BatchNormalization(), layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, **convolution), layers.BatchNormalization(), layers.MaxPooling2D(2),
            layers.Flatten(), layers.Dense(128, "relu"),
        ],
        "lstm": lambda: [layers.LSTM(128)],
    }
    model = Sequential([layers.Input(SHAPE[name]), *models[name](), layers.Dense(10, "softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x = numpy.random.default_rng(1).normal(size=(BATCH[name], *SHAPE[name])).astype("float32")
    y = numpy.random.default_rng(1).integers(0, 10, BATCH[name])
    # A tf.data pipeline, as fit uses it; train_on_batch alone pays for checks that fit does once.
    batches = tensorflow.data.Dataset.from_tensors((x, y)).cache().repeat()

    def steps(count):
        model.fit(batches, steps_per_epoch=count, epochs=1, verbose=0)

    return steps


def main(framework, threads):
    steps = {}
    for line in sys.stdin:
        request = json.loads(line)
        name, count = request["model"], request["steps"]
        if name not in steps:
            if framework == "torch":
                step = torch_step(name, threads)
                steps[name] = lambda count, step=step: [step() for _ in range(count)]
            else:
                steps[name] = keras_step(name, threads)
            steps[name](count)
        started = time.perf_counter()
        steps[name](count)
        print((time.perf_counter() - started) * 1e3 / count, flush=True)


main(sys.argv[1], int(sys.argv[2]))
