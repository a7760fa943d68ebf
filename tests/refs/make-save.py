"""Make save/ and save.json: small models as Keras 3 and TensorFlow write them, and what they answer.

    python3 -m venv /tmp/refs && /tmp/refs/bin/pip install tensorflow-cpu==2.21.0 keras==3.15.1 safetensors==0.8.0
    /tmp/refs/bin/python tests/refs/make-save.py
"""

import json
import os
import shutil
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from safetensors.numpy import save_file

folder = Path(__file__).parent / "save"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
keras.utils.set_random_seed(1)
random = np.random.default_rng(1)


def image_model():
    """Branches, batch normalization, and layers whose classes come twice in another order than their names."""
    image = keras.Input((8, 8, 2), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="second")(image)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(max_value=6)(x)
    left = layers.Conv2D(3, 3, strides=2, padding="same", activation="swish", name="first")(x)
    right = layers.MaxPooling2D()(layers.SeparableConv2D(3, 3, padding="same", activation="elu")(x))
    x = layers.Concatenate()([left, right])
    x = layers.DepthwiseConv2D(3, activation="gelu")(x)
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Conv2DTranspose(3, 2, strides=2, padding="same")(x)
    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
    x = layers.LayerNormalization()(x)
    return keras.Model(image, layers.Dense(3, activation="softmax")(x), name="image_model")


def sequence_model():
    model = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(7, 4),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(4, return_sequences=True, reset_after=False),
            layers.TimeDistributed(layers.Dense(4, activation="tanh")),
            layers.SimpleRNN(3),
            layers.Dense(2),
        ],
        name="sequence_model",
    )
    return model


def nested_model():
    """Two inputs through a model of their own, two outputs."""
    inner = keras.Sequential(
        [keras.Input((5,)), layers.Dense(4, activation="relu"), layers.Dense(4)], name="inner"
    )
    a, b = keras.Input((5,), name="a"), keras.Input((5,), name="b")
    x, y = inner(a), inner(b)
    product = layers.Multiply()([x, y])
    total = layers.Dense(2, name="total")(layers.Add()([x, y]))
    return keras.Model([a, b], [layers.Dense(1, activation="sigmoid", name="product")(product), total], name="nested")


def answers(model):
    inputs = [
        random.integers(0, 7, (2, *each.shape[1:])).astype("int32")
        if each.dtype == "int32"
        else random.random((2, *each.shape[1:])).astype("float32")
        for each in model.inputs
    ]
    outputs = model(inputs if len(inputs) > 1 else inputs[0])
    describe = lambda array: {"shape": list(array.shape), "values": np.asarray(array, "float64").ravel().round(8).tolist()}
    return {
        "inputs": [{"dtype": str(each.dtype), **describe(each)} for each in inputs],
        "outputs": [describe(each) for each in (outputs if isinstance(outputs, (list, tuple)) else [outputs])],
    }


expected = {}
for make in (image_model, sequence_model, nested_model):
    model = make()
    for layer in model.layers:
        # Fresh biases and statistics are zeros and ones, which hide mistakes.
        layer.set_weights([w + random.normal(0, 0.1, w.shape) ** 2 for w in layer.get_weights()])
    name = make.__name__.replace("_", "-")
    expected[name] = answers(model)
    model.save(folder / f"{name}.keras")
    model.save(folder / f"{name}.h5")
    model.save_weights(folder / f"{name}.weights.h5")
    if name == "nested-model":
        model.export(folder / "saved-model", verbose=False)

hard = keras.Sequential([keras.Input((2,)), layers.Dense(1, activation="hard_sigmoid", name="hard")])
hard.save(folder / "hard-sigmoid.keras")
grouped = keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2D(2, 3, groups=2, name="grouped")])
grouped.save(folder / "grouped.keras")

save_file(
    {"half": np.array([1.5, -2], "float16"), "long": np.array([[5], [-6]]), "flags": np.array([True, False])},
    folder / "tensors.safetensors",
)
(folder.parent / "save.json").write_text(json.dumps(expected) + "\n")


class Machine(tf.Module):
    """Two functions by name, one with two inputs and two outputs, and a variable."""

    def __init__(self):
        self.scale = tf.Variable([2.0, 3.0])

    @tf.function(input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None, 2], tf.int32)])
    def both(self, x, n):
        return {"sum": x * self.scale + tf.cast(n, tf.float32), "double": n * 2}

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def greet(self, name):
        return tf.strings.join(["hello ", name])


machine = Machine()
tf.saved_model.save(machine, str(folder / "functions"), {"both": machine.both, "greet": machine.greet})
