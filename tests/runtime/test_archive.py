"""Models are packed and unpacked as Rasa does it, only faster; and as safely."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rasa.engine.storage.local_model_storage as storage
from rasa.engine.graph import GraphModelConfiguration, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.data import TrainingType

from runtime import archive


@pytest.fixture(autouse=True)
def rasas() -> Iterator[Any]:
    """What Rasa opens archives with, now that ours is in its place."""
    own = storage.TarSafe
    archive.install()
    yield own
    storage.TarSafe = own


def packed(folder: Path) -> Path:
    """Pack a model of one component, as a training does."""
    (folder / "made").mkdir()
    made = LocalModelStorage.create(folder / "made")
    with made.write_to(Resource("component")) as place:
        (place / "weights.npy").write_bytes(bytes(range(256)) * 4_000)
    schema = GraphSchema({})
    configuration = GraphModelConfiguration(
        train_schema=schema,
        predict_schema=schema,
        training_type=TrainingType.BOTH,
        assistant_id="some",
        language="zh",
        spaces=None,
        core_target=None,
        nlu_target=None,
    )
    model = folder / "model.tar.gz"
    made.create_model_package(model, configuration, Domain.empty())
    return model


def test_what_was_packed_is_unpacked(tmp_path: Path) -> None:
    model = packed(tmp_path)
    (tmp_path / "found").mkdir()
    found, about = LocalModelStorage.from_model_archive(tmp_path / "found", model)
    with found.read_from(Resource("component")) as place:
        assert (place / "weights.npy").read_bytes() == bytes(range(256)) * 4_000
    assert about.domain.as_dict() == Domain.empty().as_dict()


def test_rasas_own_reads_it(tmp_path: Path, rasas: Any) -> None:
    model = packed(tmp_path)
    storage.TarSafe = rasas
    assert LocalModelStorage.metadata_from_archive(model).language == "zh"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../outside", tarfile.REGTYPE),
        ("components/../../outside", tarfile.REGTYPE),
        ("outside", tarfile.SYMTYPE),
        ("outside", tarfile.CHRTYPE),
    ],
    ids=["above", "above by a way round", "link", "device"],
)
def test_nothing_leaves_the_folder(tmp_path: Path, name: str, kind: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    model = tmp_path / "evil.tar.gz"
    with tarfile.open(model, "w:gz") as made:
        made.addfile(member, io.BytesIO())
    (tmp_path / "inside").mkdir()
    with pytest.raises(tarfile.FilterError):
        LocalModelStorage.from_model_archive(tmp_path / "inside", model)
    assert not (tmp_path / "outside").exists()
