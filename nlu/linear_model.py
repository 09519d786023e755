"""The linear text classifier itself, without Rasa around it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu import arrays
from nlu.features import KINDS, NO_FRAMES, Numbers, Words, features
from nlu.text import Frames, read_frames

_ARRAYS = ("vocabulary", "idf", "weights", "intercept")
HELD_OUT = 0.2  # share of each label's texts that the temperature is chosen on

NO_BIAS: Mapping[str, float] = {}

Floats = npt.NDArray[np.float32]
Counts = tuple[Numbers, npt.NDArray[np.intp], npt.NDArray[np.intp]]


@dataclass
class LinearModel:
    """A one-against-the-rest linear SVM on tf-idf weights whose scores are made probabilities.

    `vocabulary` holds the features' numbers, ascending; `weights` has a row for each of them and a
    column a label; `temperature` divides the scores before
    the softmax and is chosen on held-out folds, so that a confidence of 0.8 is right about
    eight times in ten.
    """

    labels: list[str]
    vocabulary: Numbers
    idf: Floats
    weights: npt.NDArray[np.float16]
    intercept: Floats
    temperature: float
    frames: Frames = NO_FRAMES

    def probabilities(self, text: str) -> Floats:
        """Return a probability for each label; all equal when the text has no known feature."""
        return softmax(self.scores(text))

    def scores(self, text: str, cut: Words | None = None) -> Floats:
        """Return a score for each label, of which softmax makes probabilities."""
        found = features(text, self.frames, cut)
        return self._score(_count(*found)) / np.float32(self.temperature)

    def _score(self, count: Counts) -> Floats:
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
        counts = [_count(*features(text, frames)) for text in texts]
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
        counts: Sequence[Counts],
        wanted: npt.NDArray[np.int64],
        names: list[str],
        min_count: int,
        regularization: float,
    ) -> LinearModel:
        from scipy.sparse import csr_matrix
        from sklearn.svm import LinearSVC

        known, seen = np.unique(
            np.concatenate([numbers for numbers, _, _ in counts]), return_counts=True
        )
        vocabulary = known[seen >= min_count]
        frequency = seen[seen >= min_count].astype(np.float32)
        idf = (np.log((1 + len(counts)) / (1 + frequency)) + 1).astype(np.float32)
        starts, columns, data = [0], [], []
        for count in counts:
            rows, values = _weigh(count, vocabulary, idf)
            columns.append(rows)
            data.append(values)
            starts.append(starts[-1] + len(rows))
        matrix = csr_matrix(
            (np.concatenate(data), np.concatenate(columns), starts),
            shape=(len(counts), len(vocabulary)),
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
        """Write the model as JSON and NumPy arrays: no pickle, no skops.

        Rasa's own way (skops) costs 11 s at every start, see docs/dependencies.md.
        """
        named = {
            "labels": self.labels,
            "frames": {"before": self.frames.before, "between": self.frames.between},
            "temperature": self.temperature,
        }
        (folder / "model.json").write_text(json.dumps(named, ensure_ascii=False), encoding="utf8")
        numbers = {name: getattr(self, name) for name in _ARRAYS}
        arrays.save(folder / "linear", numbers)

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        """Read what `save` wrote."""
        named = json.loads((folder / "model.json").read_text(encoding="utf8"))
        return cls(
            named["labels"],
            temperature=named["temperature"],
            frames=read_frames(named["frames"]),
            **arrays.load(folder / "linear"),
        )


def _count(numbers: Numbers, kinds: npt.NDArray[np.intp]) -> Counts:
    """Return each different feature once: its number, its kind, and how often it occurs."""
    different, first, times = np.unique(numbers, return_index=True, return_counts=True)
    return different, kinds[first], times


def _weigh(count: Counts, vocabulary: Numbers, idf: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the known features' rows and their tf-idf weights, scaled to length 1 by kind.

    Characters, sounds and words are scaled apart, so that none drowns the others in a long text.
    """
    numbers, kinds, times = count
    rows = vocabulary.searchsorted(numbers)
    rows[rows == len(vocabulary)] = 0
    known = vocabulary[rows] == numbers
    rows, kinds = rows[known], kinds[known]
    weights = (1 + np.log(times[known])) * idf[rows]
    lengths = np.sqrt(np.bincount(kinds, weights * weights, len(KINDS)))
    values: Floats = (weights / lengths[kinds]).astype(np.float32)
    return rows, values


def _split(
    wanted: npt.NDArray[np.int64], held_out: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the positions of the training and the held-out texts, stratified by label."""
    order = np.random.default_rng(0).permutation(len(wanted))
    test = [
        place
        for label in np.unique(wanted)
        for place in order[wanted[order] == label][: int(held_out * (wanted == label).sum())]
    ]
    return np.setdiff1d(order, test), np.array(sorted(test), dtype=np.int64)


def softmax(scores: Floats) -> Floats:
    """Return probabilities, a row for each row of scores."""
    raised: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _best_temperature(scores: Floats, wanted: npt.NDArray[np.int64]) -> float:
    """Return the temperature with the least log loss on held-out scores."""
    candidates = np.geomspace(0.05, 2, 60)
    right = np.arange(len(wanted)), wanted
    losses = [-np.log(softmax(scores / each)[right] + 1e-12).mean() for each in candidates.tolist()]
    return float(candidates[int(np.argmin(losses))])
