"""Small files in the formats that lib/data reads, with what NumPy, Pillow and nibabel's conventions say they hold.

Needs numpy and pillow: `python tests/refs/make-formats.py > tests/refs/formats.json`.
"""

import base64
import gzip
import io
import json
import struct

import numpy as np
from PIL import Image


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


arrays = {}
values = np.array([[0, 1, 2], [-3, 4, 100]])
for dtype in ["|i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
    arrays[dtype] = {"file": text(npy(values.astype(dtype))), "values": values.ravel().tolist(), "shape": [2, 3]}
for dtype in ["|b1", "|u1", "<u2", "<u4", "<u8"]:
    positive = np.abs(values).astype(dtype)
    arrays[dtype] = {"file": text(npy(positive)), "values": positive.ravel().astype(int).tolist(), "shape": [2, 3]}
cube = np.arange(24, dtype="<f4").reshape(2, 3, 4)
arrays["fortran"] = {"file": text(npy(np.asfortranarray(cube))), "values": cube.ravel().tolist(), "shape": [2, 3, 4]}
arrays["scalar"] = {"file": text(npy(np.float64(1.5))), "values": [1.5], "shape": []}
arrays["version 2"] = {"file": text(npy(cube, version=(2, 0))), "values": cube.ravel().tolist(), "shape": [2, 3, 4]}
halves = np.array([0, -0.5, 65504, 6e-8, np.inf], "<f2")
arrays["halves"] = {"file": text(npy(halves)), "values": halves[:4].astype(float).tolist(), "shape": [5]}

archives = {}
for name, save in [("stored", np.savez), ("deflated", np.savez_compressed)]:
    file = io.BytesIO()
    save(file, x=values.astype("<f4"), y=np.array([1, 0]))
    archives[name] = text(file.getvalue())

random = np.random.default_rng(0)
rows, columns = np.mgrid[0:24, 0:36]
smooth = np.stack([7 * columns, 10 * rows, 255 - 4 * rows - 3 * columns], -1).astype(np.uint8)
colour = Image.fromarray(smooth)
grey = colour.convert("L")
images = {
    "colour.png": (saved(colour, "PNG"), smooth),
    "grey.png": (saved(grey, "PNG"), np.array(grey)),
    "alpha.png": (saved(colour.convert("RGBA"), "PNG"), smooth),
    "palette.png": (saved(colour.quantize(16), "PNG"), np.array(colour.quantize(16).convert("RGB"))),
    "bits.png": (saved(grey.convert("1"), "PNG"), np.array(grey.convert("1")) * 255),
    "deep.png": (saved(Image.fromarray(np.array(grey).astype(np.uint16) * 257), "PNG"), np.array(grey)),
    "colour.ppm": (saved(colour, "PPM"), smooth),
    "grey.pgm": (saved(grey, "PPM"), np.array(grey)),
}
# Decoders differ in how they enlarge colour planes of less resolution; here all have the full one.
jpeg = saved(colour, "JPEG", quality=90, subsampling=0)
images["colour.jpg"] = (jpeg, np.array(Image.open(io.BytesIO(jpeg))))
jpeg = saved(grey, "JPEG", quality=90, progressive=True)
images["grey.jpg"] = (jpeg, np.array(Image.open(io.BytesIO(jpeg)).convert("RGB")))

noise = random.integers(0, 256, (13, 17, 3), np.uint8)
resized = {
    f"{height}x{width}": text(np.array(Image.fromarray(noise).resize((width, height), Image.BILINEAR)).tobytes())
    for height, width in [(5, 4), (26, 34), (7, 40)]
}


def nifti(voxels, code, order="<", slope=0.0, intercept=0.0, sform=True):
    header = bytearray(352)
    put = lambda form, at, *numbers: struct.pack_into(order + form, header, at, *numbers)
    put("i", 0, 348)
    put("8h", 40, 3, *voxels.shape, 1, 1, 1, 1)
    put("hh", 70, code, voxels.dtype.itemsize * 8)
    put("8f", 76, -1.0, 2.0, 3.0, 4.0, 0, 0, 0, 0)
    put("fff", 108, 352.0, slope, intercept)
    if sform:
        put("h", 254, 1)
        for row, numbers in enumerate([(2, 0, 0, -90), (0, 3, 0, -126), (0, 0, 4, -72)]):
            put("4f", 280 + 16 * row, *numbers)
    else:
        put("h", 252, 1)
        put("6f", 256, 0.5, 0.5, 0.5, 10, 20, 30)
    header[344:348] = b"n+1\0"
    return bytes(header) + voxels.astype(voxels.dtype.newbyteorder(order)).tobytes(order="F")


voxels = np.arange(24).reshape(2, 3, 4)
volumes = {
    "uint8": text(gzip.compress(nifti(voxels.astype("u1"), 2), mtime=0)),
    "int16, big-endian": text(nifti(voxels.astype("i2"), 4, ">")),
    "float32": text(nifti(voxels.astype("f4"), 16)),
    "scaled": text(nifti(voxels.astype("u1"), 2, slope=0.5, intercept=-1)),
    "quaternion": text(nifti(voxels.astype("u1"), 2, sform=False)),
}

print(
    json.dumps(
        {
            "arrays": arrays,
            "archives": archives,
            "images": {
                name: {"file": text(file), "values": text(np.ascontiguousarray(pixels).astype(np.uint8).tobytes())}
                for name, (file, pixels) in images.items()
            },
            "resize": {"source": text(noise.tobytes()), "results": resized},
            "volumes": volumes,
        },
        indent=1,
    )
)
