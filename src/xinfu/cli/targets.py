"""The targets of `xinfu get`: a path, or a place in one's own bucket."""

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
        """The name shown while data arrives."""
        return self.place


def place_of(
    target: str | None, dataset: str, endpoint: str | None, region: str | None
) -> Path | BucketTarget:
    """Return the target as a path or a place in a bucket; by default a file here, named after the dataset.

    Raises:
        InputError: `get.no-name`; `bucket.*`: an invalid `s3://` address.
    """
    if target is not None and target.lower().startswith("s3://"):
        read_place(target)
        return BucketTarget(place=target, endpoint=endpoint, region=region)
    if target is not None:
        return Path(target)
    return Path(name_of(dataset))


def check_place(place: Path | BucketTarget, dataset: str, *, force: bool) -> None:
    """Check before any negotiation that the data can be saved there.

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
