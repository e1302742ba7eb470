from __future__ import annotations

import io
import pickle
import random
import re
import struct
import time
import zipfile

import pytest
import torch
from torch import nn

from app.audacitorch.archive.scan import scan_archive
from app.audacitorch.torchscript import freeze, open_archive, script
from app.errors import ModelFormatError
from tests.audacitorch import published
from tests.audacitorch.models import EFFECT, Bands, Gain, save
from tests.fixtures.models.catalogue import bad_models
from tests.fixtures.models.making import rewrite

MADE_OF_FILES = [
    "deflate_bomb",
    "huge_code",
    "leads_elsewhere",
    "nested_code",
    "nested_pickle",
    "one_name_in_two_cases",
    "overlapping_records",
    "payload_in_the_pickle",
    "plain_pickle",
    "promises_too_many_elements",
    "trailing_data",
    "truncated",
    "weights_only",
]


def refused(path):
    with pytest.raises(ModelFormatError) as caught:
        scan_archive(path)
    message = caught.value.message
    assert "\n" not in message and str(path.parent) not in message and len(message) < 300
    return message


@pytest.fixture
def model(tmp_path):
    return save(Gain(), EFFECT, tmp_path) / "model.pt"


class Ramp(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.linspace(0.0, 1.0, x.shape[1])


def test_an_operator_for_which_torch_writes_the_version_elsewhere_is_fine(tmp_path):
    path = save(Ramp(), EFFECT, tmp_path) / "model.pt"
    assert "model/.data/version" in zipfile.ZipFile(path).namelist()
    scan_archive(path)


@pytest.mark.parametrize("name", MADE_OF_FILES)
def test_what_is_malformed_or_does_harm_is_refused_with_the_reason_at_once(tmp_path, name):
    bad = bad_models()[name]
    bad.make(tmp_path, None)
    begin = time.process_time()
    assert re.fullmatch(bad.sentence, refused(tmp_path / "model.pt"))
    assert time.process_time() - begin < 5


class Quantised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", torch.quantize_per_tensor(torch.ones(9, 4), 0.1, 0, torch.qint8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.table.dequantize()[0, 0]


class Odd(nn.Module):
    """Tensors of every kind that a pickle names in a way of its own, and attributes of every type."""

    def __init__(self) -> None:
        super().__init__()
        whole = torch.arange(60.0).reshape(6, 10)
        self.register_buffer("view", whole[1:5:2, 3:].t())
        self.register_buffer("spread", torch.ones(1, 1).expand(4, 7))
        self.register_buffer("nothing", torch.zeros(0, 5))
        self.register_buffer("scalar", torch.tensor(2.0))
        self.register_buffer("brief", torch.ones(3, dtype=torch.bfloat16))
        self.register_buffer("phases", torch.ones(3, dtype=torch.complex64))
        self.register_buffer("flags", torch.ones(3, dtype=torch.bool))
        self.names = {"one": 1, "two": 2}
        self.sizes = [1, 2**40, -3]
        self.pair = (0.5, "text")
        self.rates = [0.1, 0.2]
        self.weights = [torch.ones(2), torch.zeros(3)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scalar


@pytest.mark.parametrize(
    "module",
    [
        Gain(),
        Bands(),
        published.TwoGains(nn.Conv1d(1, 1, 3, padding=1)),
        published.Stereo(nn.Identity()),
        published.Speech(nn.Identity()),
        nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, batch_first=True), 3),
        nn.LSTM(4, 4, 2),
        Odd(),
    ],
)
def test_what_torch_wrote_passes(tmp_path, module):
    scan_archive(save(module, EFFECT, tmp_path) / "model.pt")


@pytest.mark.filterwarnings("ignore:.*quantiz.*")
def test_quantised_weights_pass(tmp_path):
    scan_archive(save(Quantised(), EFFECT, tmp_path) / "model.pt")


def test_constants_and_a_module_of_many_weights_pass(tmp_path):
    many = nn.Sequential(*[nn.Linear(2, 2) for _ in range(500)])
    scan_archive(save(many, EFFECT, tmp_path / "many") / "model.pt")
    frozen = freeze(script(nn.Conv1d(1, 4, 9).eval()))
    scan_archive(save(frozen, EFFECT, tmp_path / "constants") / "model.pt")


def test_a_model_that_was_packed_anew_passes(model):
    rewrite(model, lambda name, content: content)
    scan_archive(model)
    assert open_archive(model, torch.device("cpu"))(torch.ones(1, 4)).sum() == 2


def test_strings_and_comments_are_no_nesting(model):
    text = b'    return torch.mul(x, 0.5) if "' + b"(" * 5000 + b'" != "" else x  # ' + b"[" * 5000 + b"\n"
    rewrite(model, lambda name, content: content + text if name.endswith(".py") else content)
    scan_archive(model)


@pytest.mark.parametrize(
    "code",
    [
        b"(" * 5000 + b")" * 5000,
        b"x" + b" + x" * 30_000,
        b"not " * 30_000 + b"x",
        b"f" + b"(x)" * 30_000,
        b"\n".join(b" " * depth + b"if x:" for depth in range(2000)),
    ],
)
def test_code_that_would_crash_the_parser_is_refused(model, code):
    rewrite(model, lambda name, content: content + b"\n" + code + b"\n" if name.endswith(".py") else content)
    assert "is nested more than 250 deep" in refused(model)


@pytest.mark.parametrize("size, stride, offset", [((3, 99), (1, 1), 0), ((2,), (2**40,), 0), ((1,), (1,), 99)])
def test_a_tensor_that_reaches_out_of_its_storage_is_refused(tmp_path, size, stride, offset):
    path = save(nn.Linear(2, 2), EFFECT, tmp_path) / "model.pt"

    class Tensor:
        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (Storage(), offset, size, stride, False, None)

    class Storage:
        pass

    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            return ("storage", torch.FloatStorage, "0", "cpu", 4) if isinstance(item, Storage) else None

    written = io.BytesIO()
    Pickler(written, protocol=2).dump(Tensor())
    rewrite(path, lambda name, content: written.getvalue() if name.endswith("/data.pkl") else content)
    assert "larger than what is stored of it" in refused(path)


def test_lists_that_hold_each_other_do_not_hang_the_scan(model):
    circle = b"\x80\x02]q\x00h\x00a."
    rewrite(model, lambda name, content: circle if name.endswith("constants.pkl") else content)
    scan_archive(model)


def test_a_wrong_content_is_noticed(model):
    with zipfile.ZipFile(model) as archive:
        entry = next(item for item in archive.infolist() if item.filename.endswith("constants.pkl"))
    content = bytearray(model.read_bytes())
    start = entry.header_offset + 30 + sum(struct.unpack_from("<2H", content, entry.header_offset + 26))
    content[start] ^= 0xFF
    model.write_bytes(content)
    assert "“constants.pkl” is not what was written" in refused(model)


def test_too_many_records_are_refused(model):
    with zipfile.ZipFile(model, "a") as archive:
        for number in range(65_600):
            archive.writestr(f"gain/data/{number}", b"")
    assert "at most 65535 are opened" in refused(model)


def test_whatever_is_damaged_ends_in_one_sentence(model):
    whole = model.read_bytes()
    chance = random.Random(0)
    for _ in range(600):
        content = bytearray(whole)
        for _ in range(chance.choice([1, 1, 3, 9])):
            place = chance.randrange(len(content))
            if chance.random() < 0.5:  # the table stands at the end
                place = len(content) - 1 - chance.randrange(min(len(content), 1200))
            kind = chance.randrange(4)
            if kind == 0:
                content[place] = chance.randrange(256)
            elif kind == 1:
                content[place : place + 4] = b"\xff\xff\xff\xff"
            elif kind == 2:
                del content[place : place + chance.randrange(1, 60)]
            else:
                content[place:place] = bytes(chance.randrange(1, 60))
        model.write_bytes(content)
        try:
            scan_archive(model)
        except ModelFormatError as error:
            assert re.fullmatch(r"[^\n]{20,280}\.", error.message)


@pytest.mark.parametrize(
    "head, part",
    [
        (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0", "it is an ONNX model;"),
        (b"\x08\x0a:\x8f\x03\n\x05", "it is an ONNX model;"),
        (
            b'\x50\0\0\0\0\0\0\0{"weight":{"dtype":"F32"',
            "it holds weights without a program, in the safetensors format;",
        ),
        (b"\x1c\0\0\0ET12\x14\0", "it is a .pte file of ExecuTorch;"),
        (b"\x1c\0\0\0TFL3\x14\0", "it is a TensorFlow Lite model;"),
        (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file"),
        (257 * b"\0" + b"ustar", "it is a tar archive;"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "it is a sound file;"),
        (b"<!DOCTYPE html>\n<html lang=en>", "model.pt is a web page or a server's answer"),
        (b"\xef\xbb\xbf\n <html>", "model.pt is a web page or a server's answer"),
        (b'{"error":"Repository not found"}', "model.pt is a web page or a server's answer"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is only a Git LFS pointer"),
        (b"just some words", "it is no zip file;"),
        (b"", "it is empty;"),
    ],
)
def test_a_well_known_other_file_is_called_what_it_is(tmp_path, head, part):
    (tmp_path / "model.pt").write_bytes(head + (bytes(2000) if head else b""))
    assert part in refused(tmp_path / "model.pt")


def test_an_exported_program_is_called_what_it_is(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:  # as torch.export.save of torch 2.13 begins
        for name, content in (("archive_format", b"pt2"), ("models/model.json", b"{}"), ("byteorder", b"little")):
            archive.writestr(f"model/{name}", content)
    assert "it was written by torch.export;" in refused(tmp_path / "model.pt")
