"""basic-pitch by ONNX Runtime, in one thread, with its own settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.accuracy.comparing import Method, Run

PACKAGE = "basic-pitch"


def _notes() -> Run:
    import logging

    logging.disable(logging.WARNING)  # it names each library that it could use instead
    try:
        import onnxruntime
        from basic_pitch import FilenameSuffix, build_icassp_2022_model_path
        from basic_pitch.inference import Model, predict
    finally:
        logging.disable(logging.NOTSET)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = Model(build_icassp_2022_model_path(FilenameSuffix.onnx))
    path = str(build_icassp_2022_model_path(FilenameSuffix.onnx))
    model.model = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(wav: Path) -> Any:
        import contextlib
        import io

        with contextlib.redirect_stdout(io.StringIO()):  # it says which file it predicts
            _, _, events = predict(wav, model)
        return [(float(event[0]), float(event[1]), float(event[2])) for event in events]

    return run


NOTES = Method("basic-pitch", PACKAGE, _notes)
