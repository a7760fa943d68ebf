# Files as Python's pickle module with NumPy, and pydicom, write them: python tests/refs/make-published.py
# (NumPy 2.4, pydicom 3.0).

import base64
import io
import json
import pathlib
import pickle

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
    RLELossless,
)

generator = np.random.default_rng(0)


def text(content):
    return base64.b64encode(content).decode()


def curves(protocol, old_names):
    arrays = {
        "x": generator.normal(size=(4, 3)).round(3),
        "y": np.array([1, 0, 2, 1]),
        "x_test": np.asfortranarray(generator.normal(size=(2, 3)).round(3)),
        "y_test": np.array([2, 0]),
        "t": np.linspace(0, 1, 3),
    }
    content = pickle.dumps({**arrays, "templates": {"x": arrays["t"], "scale": np.float64(2)}}, protocol=protocol)
    # What NumPy 1 calls numpy.core is numpy._core in NumPy 2.
    if old_names:
        content = content.replace(b"numpy._core", b"numpy.core")
    return {"file": text(content), "values": {name: array.flatten().tolist() for name, array in arrays.items()}}


def image(syntax, signed, bits=16):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = syntax
    data = FileDataset(
        None,
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax == ImplicitVRLittleEndian,
        is_little_endian=syntax != ExplicitVRBigEndian,
    )
    data.SOPClassUID = MRImageStorage
    data.SOPInstanceUID = "1.2.3"
    data.PatientName = "nobody"
    data.Rows, data.Columns, data.SamplesPerPixel = 3, 5, 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = bits
    data.HighBit = bits - 1
    data.PixelRepresentation = int(signed)
    data.InstanceNumber = 7
    data.PixelSpacing = [1.5, 1.25]
    data.RescaleSlope, data.RescaleIntercept = 2, -1000
    low, high = (-1000, 1000) if signed else (0, 200)
    values = generator.integers(low, high, size=(3, 5))
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    kind = ("i" if signed else "u") + str(bits // 8)
    content = values.astype(order + kind).tobytes()
    data.PixelData = content + b"\0" * (len(content) % 2)
    data["PixelData"].VR = "OW"
    if syntax == RLELossless:
        data.PixelData = b""
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.PixelData = content
        data.compress(RLELossless)
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return {"file": text(file.getvalue()), "values": (values * 2 - 1000).flatten().tolist()}


result = {
    "pickles": {
        "protocol 2, NumPy 1": curves(2, True),
        "protocol 3, NumPy 1": curves(3, True),
        "protocol 4, NumPy 2": curves(4, False),
    },
    "images": {
        "implicit": image(ImplicitVRLittleEndian, False),
        "explicit, signed": image(ExplicitVRLittleEndian, True),
        "big endian": image(ExplicitVRBigEndian, True),
        "bytes": image(ExplicitVRLittleEndian, False, 8),
    },
    "compressed": image(RLELossless, False)["file"],
}
path = pathlib.Path(__file__).parent / "published.json"
path.write_text(json.dumps(result, indent=1) + "\n")
