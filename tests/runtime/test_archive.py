"""Models are packed and unpacked as Rasa does it, only faster; and as safely."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import rasa.engine.storage.local_model_storage as storage
from rasa.engine.graph import GraphModelConfiguration, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.data import TrainingType

from runtime import archive


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    rasas = storage.TarSafe
    archive.install()
    yield
    storage.TarSafe = rasas


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


def test_rasas_own_reads_it(tmp_path: Path) -> None:
    from tarsafe import TarSafe

    model = packed(tmp_path)
    storage.TarSafe = TarSafe
    assert LocalModelStorage.metadata_from_archive(model).language == "zh"


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../outside"),
        tarfile.TarInfo("components/../../outside"),
        "a link",
        "a device",
    ],
    ids=str,
)
def test_nothing_leaves_the_folder(tmp_path: Path, member: tarfile.TarInfo | str) -> None:
    if isinstance(member, str):
        kind = tarfile.SYMTYPE if member == "a link" else tarfile.CHRTYPE
        member = tarfile.TarInfo("outside")
        member.type, member.linkname = kind, "/etc/passwd"
    model = tmp_path / "evil.tar.gz"
    with tarfile.open(model, "w:gz") as made:
        made.addfile(member, io.BytesIO())
    (tmp_path / "inside").mkdir()
    with pytest.raises(tarfile.FilterError):
        LocalModelStorage.from_model_archive(tmp_path / "inside", model)
    assert not (tmp_path / "outside").exists()
