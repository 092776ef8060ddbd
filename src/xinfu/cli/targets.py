"""Where `xinfu get` puts what it gets: a path, or a place in a bucket of one's own."""

from pathlib import Path

import msgspec

from xinfu.client.files import check_folder, check_free
from xinfu.client.saving import name_of
from xinfu.s3 import read_place


class BucketTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a bucket."""

    place: str
    endpoint: str | None
    region: str | None

    @property
    def name(self) -> str:
        """As it is told while data comes."""
        return self.place


def place_of(
    target: str | None, dataset: str, endpoint: str | None, region: str | None
) -> Path | BucketTarget:
    """Where a target is that was given; by default here, under the name of the dataset.

    Raises:
        InputError: `get.no-name`; `bucket.*`: an `s3://` that is none.
    """
    if target is not None and target.lower().startswith("s3://"):
        read_place(target)
        return BucketTarget(place=target, endpoint=endpoint, region=region)
    if target is not None:
        return Path(target)
    return Path(name_of(dataset))


def check_place(place: Path | BucketTarget, dataset: str, *, force: bool) -> None:
    """See that it can be saved there, before anything is agreed on.

    Raises:
        InputError: `save.exists`, `save.no-folder`, `get.no-name`.
    """
    if not isinstance(place, Path):
        return
    check_folder(place)
    if place.is_dir():
        name_of(dataset)
    else:
        check_free(place, overwrite=force)
