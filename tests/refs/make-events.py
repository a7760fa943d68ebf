"""Reference bytes for the tests of lib/train/callbacks/event-file: `python make-events.py` writes events.json beside this
file.

Made with TensorBoard 2.21 from pip: its own protocol buffers in its own records.
"""

import base64
import io
import json
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.summary.writer.record_writer import RecordWriter

histogram = HistogramProto(
    min=-1.5, max=2, num=6, sum=1.25, sum_squares=7.5, bucket_limit=[-0.5, 0.25, 2], bucket=[1, 0, 5]
)
summary = Summary(
    value=[
        Summary.Value(tag="epoch_loss", simple_value=0.3),
        Summary.Value(tag="zero ∅", simple_value=0),
        Summary.Value(tag="dense/kernel", histo=histogram),
    ]
)
events = [
    Event(wall_time=1700000000.25, step=0, file_version="brain.Event:2"),
    Event(wall_time=1700000001.5, step=300, summary=summary),
]
stream = io.BytesIO()
writer = RecordWriter(stream)
for event in events:
    writer.write(event.SerializeToString())
Path(__file__).with_name("events.json").write_text(json.dumps(base64.b64encode(stream.getvalue()).decode()) + "\n")
