"""The models in Keras on TensorFlow, trained by its own fit."""

import numpy
import tensorflow
from keras import Model, Sequential, layers, ops

SAME = {"padding": "same", "activation": "relu"}
HALVING = {"kernel_size": 3, "strides": 2, **SAME}


def lenet():
    return [
        layers.Conv2D(6, 5, **SAME), layers.MaxPooling2D(2), layers.Conv2D(16, 5, activation="relu"),
        layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(120, "relu"), layers.Dense(84, "relu"),
        layers.Dense(10, "softmax"),
    ]


def unet(x, filters=16, levels=3):
    def twice(x, count):
        for _ in range(2):
            x = layers.Conv2D(count, 3, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return x

    skips = []
    for level in range(levels):
        x = twice(x, filters * 2**level)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = twice(x, filters * 2**levels)
    for level in reversed(range(levels)):
        up = layers.Conv2DTranspose(filters * 2**level, 2, strides=2)(x)
        x = twice(layers.Concatenate()([skips[level], up]), filters * 2**level)
    return layers.Conv2D(1, 1, activation="sigmoid")(x)


def transformer(tokens, vocabulary=128, width=128, depth=4, heads=4, steps=64):
    rate = numpy.exp(numpy.arange(0, width, 2) * (-numpy.log(10000) / width))
    angle = numpy.arange(steps)[:, None] * rate
    positions = numpy.stack([numpy.sin(angle), numpy.cos(angle)], 2).reshape(1, steps, width)
    x = layers.Embedding(vocabulary, width)(tokens) + ops.convert_to_tensor(positions, "float32")
    for _ in range(depth):
        attended = layers.MultiHeadAttention(heads, width // heads, dropout=0.1)(x, x)
        x = layers.LayerNormalization(epsilon=1e-5)(x + layers.Dropout(0.1)(attended))
        hidden = layers.Dense(width)(layers.Dense(4 * width, "relu")(x))
        x = layers.LayerNormalization(epsilon=1e-5)(x + layers.Dropout(0.1)(hidden))
    return layers.Dense(10, "softmax")(layers.GlobalAveragePooling1D()(x))


CHAINS = {
    "mlp": lambda: [layers.Dense(128, "relu"), layers.Dense(10, "softmax")],
    "lenet": lenet,
    "lenet32": lenet,
    "cnn": lambda: [
        layers.Conv2D(32, 3, **SAME), layers.BatchNormalization(), layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, **SAME), layers.BatchNormalization(), layers.MaxPooling2D(2),
        layers.Flatten(), layers.Dense(128, "relu"), layers.Dense(10, "softmax"),
    ],
    "lstm": lambda: [layers.LSTM(128), layers.Dense(10, "softmax")],
    "autoencoder": lambda: [
        layers.Conv2D(16, **HALVING), layers.BatchNormalization(),
        layers.Conv2D(32, **HALVING), layers.BatchNormalization(),
        layers.Conv2DTranspose(16, **HALVING), layers.BatchNormalization(),
        layers.Conv2DTranspose(1, **{**HALVING, "activation": "sigmoid"}),
    ],
}
GRAPHS = {"unet": unet, "transformer": transformer}
LOSSES = {"classes": "sparse_categorical_crossentropy", "inputs": "mse", "masks": "binary_crossentropy"}


def build(name, shape, targets, tokens):
    x = layers.Input(shape, dtype="int32" if tokens else "float32")
    model = Model(x, GRAPHS[name](x)) if name in GRAPHS else Sequential([x, *CHAINS[name]()])
    metrics = ["accuracy"] if targets == "classes" else []
    model.compile(optimizer="adam", loss=LOSSES[targets], metrics=metrics)
    return model


def make_steps(name, batch, shape, targets, tokens):
    """A function that runs so many training steps."""
    model = build(name, shape, targets, tokens)
    random = numpy.random.default_rng(1)
    if tokens:
        x = random.integers(0, tokens, (batch, *shape))
    else:
        x = random.normal(size=(batch, *shape)).astype("float32")
    y = {
        "classes": lambda: random.integers(0, 10, batch),
        "inputs": lambda: 1 / (1 + numpy.exp(-x)),
        "masks": lambda: random.integers(0, 2, (batch, *shape[:-1], 1)).astype("float32"),
    }[targets]()
    # A tf.data pipeline, as fit uses it; train_on_batch alone pays for checks that fit does once.
    batches = tensorflow.data.Dataset.from_tensors((x, y)).cache().repeat()
    return lambda count: model.fit(batches, steps_per_epoch=count, epochs=1, verbose=0)


def make_epochs(images, labels, batch):
    """A function that trains for so many epochs."""
    model = build("lenet", [28, 28, 1], "classes", None)

    def augment(image, label):
        image = tensorflow.image.random_crop(tensorflow.pad(image, [[2, 2], [2, 2]]), [28, 28])
        image = tensorflow.image.random_flip_left_right(image[..., None])
        return tensorflow.cast(image, "float32") / 255, label

    data = tensorflow.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(labels))
    data = data.map(augment, num_parallel_calls=tensorflow.data.AUTOTUNE).batch(batch)
    data = data.prefetch(tensorflow.data.AUTOTUNE)
    return lambda count: model.fit(data, epochs=count, verbose=0)


def set_threads(count):
    tensorflow.config.threading.set_intra_op_parallelism_threads(count)
