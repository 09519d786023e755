"""The linear text classifier itself, without Rasa around it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.features import NO_FRAMES, features
from nlu.text import Frames, read_frames

HELD_OUT = 0.2  # share of each label's texts that the temperature is chosen on

NO_BIAS: Mapping[str, float] = {}

Floats = npt.NDArray[np.float32]


@dataclass
class LinearModel:
    """A one-against-the-rest linear SVM on tf-idf weights whose scores are made probabilities.

    `weights` has a row a feature and a column a label; `temperature` divides the scores before
    the softmax and is chosen on held-out folds, so that a confidence of 0.8 is right about
    eight times in ten.
    """

    labels: list[str]
    vocabulary: dict[str, int]
    idf: Floats
    weights: npt.NDArray[np.float16]
    intercept: Floats
    temperature: float
    frames: Frames = NO_FRAMES

    def probabilities(self, text: str) -> Floats:
        """Return a probability for each label; all equal when the text has no known feature."""
        return _softmax(self._score(Counter(features(text, self.frames))) / self.temperature)

    def _score(self, count: Counter[str]) -> Floats:
        """Return the SVM's score of each label; all the same when no feature is known."""
        rows, values = _weigh(count, self.vocabulary, self.idf)
        if not len(rows):
            return np.zeros(len(self.labels), dtype=np.float32)
        scores: Floats = values @ self.weights[rows].astype(np.float32) + self.intercept
        return scores

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        min_count: int = 2,
        regularization: float = 0.3,
        temperature: float | None = None,
        frames: Frames = NO_FRAMES,
        bias: Mapping[str, float] = NO_BIAS,
    ) -> LinearModel:
        """Learn from labelled raw texts.

        Args:
            texts: customers' sentences as they typed them.
            labels: the intent of each.
            min_count: features seen in fewer sentences are dropped.
            regularization: the SVM's C; smaller is smoother.
            temperature: see the class; by default chosen on a fifth of the texts. These resemble
                the rest more than real messages do, so what is chosen is rather too sure.
            frames: polite words not to look at.
            bias: added to the scores of the labels named, for mistakes that cost more than others.

        Raises:
            ValueError: fewer than two labels, or a bias for an unknown one.
        """
        names = sorted(set(labels))
        if len(names) < 2:
            raise ValueError("The intent classifier needs examples of at least two intents.")
        if set(bias) - set(names):
            raise ValueError(f"bias: no examples of {', '.join(sorted(set(bias) - set(names)))}")
        index = {name: number for number, name in enumerate(names)}
        wanted = np.array([index[label] for label in labels])
        counts = [Counter(features(text, frames)) for text in texts]
        if temperature is None:
            train, test = _split(wanted, HELD_OUT)
            part = cls._fit_svm(
                [counts[i] for i in train], wanted[train], names, min_count, regularization
            )
            scores = np.array([part._score(counts[i]) for i in test])
            temperature = _best_temperature(scores, wanted[test]) if len(test) else 1.0
        model = cls._fit_svm(counts, wanted, names, min_count, regularization)
        model.temperature, model.frames = temperature, frames
        for name, extra in bias.items():
            model.intercept[index[name]] += extra
        return model

    @classmethod
    def _fit_svm(
        cls,
        counts: Sequence[Counter[str]],
        wanted: npt.NDArray[np.int64],
        names: list[str],
        min_count: int,
        regularization: float,
    ) -> LinearModel:
        from scipy.sparse import csr_matrix
        from sklearn.svm import LinearSVC

        seen = Counter(feature for count in counts for feature in count)
        kept = sorted(feature for feature, number in seen.items() if number >= min_count)
        vocabulary = {feature: row for row, feature in enumerate(kept)}
        frequency = np.array([seen[feature] for feature in kept], dtype=np.float32)
        idf = (np.log((1 + len(counts)) / (1 + frequency)) + 1).astype(np.float32)
        starts, columns, data = [0], [], []
        for count in counts:
            rows, values = _weigh(count, vocabulary, idf)
            columns.append(rows)
            data.append(values)
            starts.append(starts[-1] + len(rows))
        matrix = csr_matrix(
            (np.concatenate(data), np.concatenate(columns), starts),
            shape=(len(counts), len(kept)),
        )
        svm = LinearSVC(C=regularization, random_state=0).fit(matrix, wanted)
        coefficients, intercept = svm.coef_, svm.intercept_
        if len(names) == 2:  # scikit-learn keeps one row for two classes
            coefficients = np.vstack([-coefficients, coefficients])
            intercept = np.concatenate([-intercept, intercept])
        return cls(
            names,
            vocabulary,
            idf,
            coefficients.T.astype(np.float16),
            intercept.astype(np.float32),
            1.0,
        )

    def save(self, folder: Path) -> None:
        """Write the model as a JSON list of features and an .npz of numbers: no pickle, no skops.

        Rasa's own way (skops) costs 11 s at every start, see docs/dependencies.md.
        """
        named = {
            "labels": self.labels,
            "frames": {"before": self.frames.before, "between": self.frames.between},
            "features": list(self.vocabulary),
        }
        (folder / "model.json").write_text(json.dumps(named, ensure_ascii=False), encoding="utf8")
        np.savez_compressed(
            folder / "model.npz",
            idf=self.idf,
            weights=self.weights,
            intercept=self.intercept,
            temperature=self.temperature,
        )

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        """Read what `save` wrote."""
        named = json.loads((folder / "model.json").read_text(encoding="utf8"))
        vocabulary = {feature: row for row, feature in enumerate(named["features"])}
        with np.load(folder / "model.npz", allow_pickle=False) as numbers:
            return cls(
                named["labels"],
                vocabulary,
                numbers["idf"],
                numbers["weights"],
                numbers["intercept"],
                float(numbers["temperature"]),
                read_frames(named["frames"]),
            )


def _weigh(
    count: Counter[str], vocabulary: dict[str, int], idf: Floats
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the known features' rows and their tf-idf weights, scaled to length 1 by kind.

    Characters, sounds and words are scaled apart, so that none drowns the others in a long text.
    """
    by_kind: dict[str, list[tuple[int, float]]] = {}
    for feature, number in count.items():
        row = vocabulary.get(feature)
        if row is not None:
            by_kind.setdefault(feature[0], []).append((row, 1 + math.log(number)))
    rows: list[int] = []
    values: list[Floats] = []
    for pairs in by_kind.values():
        places = [row for row, _ in pairs]
        weights = np.array([weight for _, weight in pairs], dtype=np.float32) * idf[places]
        rows += places
        values.append(weights / np.linalg.norm(weights))
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    return np.array(rows, dtype=np.int64), np.concatenate(values)


def _split(
    wanted: npt.NDArray[np.int64], held_out: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the places of the training and the held-out texts, each label in the same share."""
    order = np.random.default_rng(0).permutation(len(wanted))
    test = [
        place
        for label in np.unique(wanted)
        for place in order[wanted[order] == label][: int(held_out * (wanted == label).sum())]
    ]
    return np.setdiff1d(order, test), np.array(sorted(test), dtype=np.int64)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _best_temperature(scores: Floats, wanted: npt.NDArray[np.int64]) -> float:
    """Return the temperature with the least log loss on held-out scores."""
    candidates = np.geomspace(0.05, 2, 60)
    right = np.arange(len(wanted)), wanted
    losses = [-np.log(_softmax(scores / each)[right] + 1e-12).mean() for each in candidates]
    return float(candidates[int(np.argmin(losses))])
