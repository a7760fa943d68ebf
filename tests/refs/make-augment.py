"""Reference images for the tests of lib/data/augment: `python make-augment.py` writes augment.json beside this file.

Made with torchvision 0.28 (transforms.v2.functional) and PyTorch 2.13 from pip. Images are written as height × width ×
channels, flat.
"""

import json
import re
import sys
from pathlib import Path

import torch

# A torchvision without its compiled operators is enough: none of the functions used here needs them.
library = torch.library.Library("torchvision", "FRAGMENT")
while True:
    try:
        from torchvision import tv_tensors
        from torchvision.transforms import InterpolationMode
        from torchvision.transforms.v2 import functional as F

        break
    except RuntimeError as error:
        missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
        if not missing:
            raise
        library.define(missing[1] + "(Tensor input) -> Tensor")
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]

beside = Path(__file__).parent
generator = torch.Generator().manual_seed(11)


def picture(height, width, channels):
    """Smooth colours with noise: neither flat nor wild, and not using all values."""
    y, x = torch.meshgrid(torch.linspace(0, 3, height), torch.linspace(0, 3, width), indexing="ij")
    waves = torch.stack([torch.sin(x * (1 + c) + y) + torch.cos(y * (2 - c)) for c in range(channels)])
    noise = torch.rand((channels, height, width), generator=generator)
    return (20 + 50 * (waves + 2) + 30 * noise).clamp(0, 255).to(torch.uint8)


def flat(image):
    return image.permute(1, 2, 0).reshape(-1).tolist()


def numbers(image):
    values = flat(image)
    return values if image.dtype == torch.uint8 else [float(f"{value:.7g}") for value in values]


bilinear, nearest = InterpolationMode.BILINEAR, InterpolationMode.NEAREST
still = {"angle": 0, "translate": [0, 0], "scale": 1, "shear": [0, 0]}


def affine(**parts):
    return lambda image: F.affine(image, **{**still, **parts}, interpolation=bilinear)


def cases():
    """Our name and options, and the same by torchvision."""
    yield "horizontalFlip", {}, F.horizontal_flip
    yield "verticalFlip", {}, F.vertical_flip
    for size in ([5, 4], [4, 5], [12, 15], [5, 14]):
        yield "centerCrop", {"size": size}, lambda image, size=size: F.center_crop(image, size)
    yield "pad", {"padding": [1, 2, 3, 0]}, lambda image: F.pad(image, [1, 2, 3, 0])
    for mode in ("edge", "reflect", "symmetric"):
        yield "pad", {"padding": [1, 2, 3, 0], "mode": mode}, lambda image, mode=mode: F.pad(
            image, [1, 2, 3, 0], padding_mode=mode
        )
    for size in ([5, 6], [4, 17], [20, 25], [9, 11]):
        yield "resize", {"size": size}, lambda image, size=size: F.resize(image, size, antialias=True)
    # No 30 degrees: places halfway between two pixels would be decided by rounding noise.
    for angle in (31, -75, 180):
        yield "rotate", {"degrees": [angle, angle]}, lambda image, angle=angle: F.rotate(image, angle, bilinear)
        yield "rotate", {"degrees": [angle, angle], "interpolation": "nearest", "fill": 0.2}, (
            lambda image, angle=angle: F.rotate(
                image, angle, nearest, fill=[51 if image.dtype == torch.uint8 else 0.2] * image.shape[0]
            )
        )
    yield "translate", {"x": [2 / 11, 2 / 11], "y": [-3 / 9, -3 / 9]}, affine(translate=[2, -3])
    yield "shear", {"x": [20, 20], "y": [-10, -10]}, affine(shear=[20, -10])
    yield "zoom", {"scale": [1.3, 1.3]}, affine(scale=1.3)
    yield "zoom", {"scale": [0.6, 0.6]}, affine(scale=0.6)
    yield "affine", {"degrees": [25, 25], "translate": 0, "scale": [0.9, 0.9], "shear": [12, 12]}, affine(
        angle=25, scale=0.9, shear=[12, 0]
    )
    for factor in (0, 0.3, 1.7):
        options = {"factor": [factor, factor]}
        yield "brightness", options, lambda image, factor=factor: F.adjust_brightness(image, factor)
        yield "contrast", options, lambda image, factor=factor: F.adjust_contrast(image, factor)
        yield "saturation", options, lambda image, factor=factor: F.adjust_saturation(image, factor)
        yield "sharpness", options, lambda image, factor=factor: F.adjust_sharpness(image, factor)
    for shift in (-0.4, 0.1, 0.5):
        yield "hue", {"shift": [shift, shift]}, lambda image, shift=shift: F.adjust_hue(image, shift)
    start, end = [[0, 0], [10, 0], [10, 8], [0, 8]], [[1, 2], [9, 0], [8, 7], [2, 8]]
    yield "perspective", {"corners": end}, lambda image: F.perspective(image, start, end, bilinear)
    yield "gray", {}, lambda image: F.rgb_to_grayscale(image, image.shape[0])
    yield "invert", {}, F.invert
    yield "solarize", {"threshold": 0.4}, lambda image: F.solarize(image, 102 if image.dtype == torch.uint8 else 0.4)
    for bits in (1, 3, 8):
        yield "posterize", {"bits": bits}, lambda image, bits=bits: F.posterize(image, bits)
    yield "autocontrast", {}, F.autocontrast
    yield "equalize", {}, F.equalize
    for size, sigma in ((3, 0.5), (5, 1.5)):
        yield "blur", {"sigma": [sigma, sigma], "size": size}, lambda image, size=size, sigma=sigma: F.gaussian_blur(
            image, [size, size], [sigma, sigma]
        )


def boxes_part():
    """Boxes under geometry: left, top, right, bottom."""
    corners = [[1.0, 2.0, 6.0, 7.0], [0.0, 0.0, 11.0, 9.0], [8.0, 1.0, 10.5, 3.5]]
    boxes = tv_tensors.BoundingBoxes(corners, format="XYXY", canvas_size=(9, 11))
    moved = {
        "horizontalFlip": ({}, F.horizontal_flip(boxes)),
        "verticalFlip": ({}, F.vertical_flip(boxes)),
        "rotate": ({"degrees": [30, 30]}, F.rotate(boxes, 30)),
        "shear": ({"x": [20, 20], "y": [-10, -10]}, F.affine(boxes, **{**still, "shear": [20, -10]})),
        "zoom": ({"scale": [0.6, 0.6]}, F.affine(boxes, **{**still, "scale": 0.6})),
        "pad": ({"padding": [1, 2, 3, 0]}, F.pad(boxes, [1, 2, 3, 0])),
        "resize": ({"size": [20, 33]}, F.resize(boxes, [20, 33])),
        "centerCrop": ({"size": [7, 8]}, F.center_crop(boxes, [7, 8])),
    }
    return {
        "boxes": corners,
        "moved": {name: {"options": options, "boxes": found.tolist()} for name, (options, found) in moved.items()},
    }


def main():
    images = {
        "colour": picture(9, 11, 3),
        "gray": picture(9, 11, 1),
        "float": picture(9, 11, 3).to(torch.float32) / 255,
    }
    found = []
    for name, options, function in cases():
        for kind, image in images.items():
            if kind == "gray" and name in ("saturation", "hue", "gray"):
                continue
            result = function(image)
            found.append(
                {"name": name, "options": options, "image": kind, "shape": result.shape[1:], "data": numbers(result)}
            )
    content = {
        "images": {kind: {"shape": image.shape[1:], "data": numbers(image)} for kind, image in images.items()},
        "cases": found,
        "boxes": boxes_part(),
    }
    (beside / "augment.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
