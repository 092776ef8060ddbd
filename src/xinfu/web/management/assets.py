"""Assets."""

from typing import Any, Final

from msgspec import structs

from xinfu.dsp import GRADE_KEY
from xinfu.errors import ConflictError, NotFoundError
from xinfu.odrl.control.grades import read_grade
from xinfu.ports.query import Quotient
from xinfu.ports.records import ASSETS, Asset
from xinfu.ports.sources import AddressSource, FileSource, FolderSource, Source
from xinfu.services.offering import assets
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.criteria import asset_fields
from xinfu.services.sources import secrets
from xinfu.web.management import apis, buckets
from xinfu.web.management.expanded_object import ExpandedObject, address_of
from xinfu.web.management.faults import conflict, invalid, missing
from xinfu.web.management.identifiers import given_or_new, id_response
from xinfu.web.management.names import EDC
from xinfu.web.management.query import Entity, page, read_query
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import Version

_FILES: Final[dict[str, type[FileSource | FolderSource]]] = {"File": FileSource, "Folder": FolderSource}
"""Types of data address that name a file or folder of this node, in `path`."""
ENTITY: Final = Entity(
    name="Asset", fields={"createdAt": Quotient(ASSETS.created, 1000)}, lookup=asset_fields
)


async def create(call: ManagementCall) -> dict[str, Any]:
    form = await _sealed(call, _form(call.given, given_or_new(call)))
    try:
        saved = await assets.save_asset(call.parts, call.context.id, form, new=True)
    except ConflictError as error:
        raise conflict(f"Asset with ID {form.id} already exists") from error
    return id_response(call, saved.id, saved.created)


async def replace(call: ManagementCall) -> None:
    form = await _sealed(call, _form(call.given, call.given.id() or ""))
    try:
        await assets.save_asset(call.parts, call.context.id, form, new=False)
    except NotFoundError as error:
        raise missing("Asset", form.id) from error


async def show(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        asset = await view.of(ASSETS).get(call.id)
    if asset is None:
        raise missing("Asset", call.id)
    return call.one(asset_node(asset, call.version))


async def query(call: ManagementCall) -> Any:
    asked = read_query(call.given, ENTITY)
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(ASSETS).query(asked)
        total = await view.of(ASSETS).matching(asked.conditions)
    return page(call, [asset_node(asset, call.version) for asset in found], total)


async def delete(call: ManagementCall) -> None:
    try:
        await assets.withdraw(call.parts, call.context.id, call.id)
    except NotFoundError as error:
        raise missing("Asset", call.id) from error
    except ConflictError as error:
        raise conflict(
            f"Asset {call.id} cannot be deleted as it is referenced by at least one contract agreement "
            "or an ongoing negotiation"
        ) from error


def asset_node(asset: Asset, version: Version) -> dict[str, Any]:
    """An asset as it is shown."""
    public = {f"{EDC}id": asset.id, **_described(asset), **asset.public}
    return version.node(
        "CatalogAsset" if asset.is_catalog else "Asset",
        asset.id,
        properties=version.free(public | ({f"{EDC}isCatalog": True} if asset.is_catalog else {})),
        privateProperties=version.free(asset.private) or None,
        dataAddress=version.address(_address(asset)) if _address(asset) else None,
        dataplaneMetadata=version.metadata(asset.dataplane) if asset.dataplane else None,
    )


def _described(asset: Asset) -> dict[str, Any]:
    """Return the properties of an asset published by the native API, under EDC's names."""
    title = asset.title.get("en") or next(iter(asset.title.values()), None)
    named = {f"{EDC}name": title} if title else {}
    typed = {f"{EDC}contenttype": asset.media_type} if asset.address is None else {}
    graded = {GRADE_KEY: str(asset.grade)} if asset.address is None and asset.grade is not None else {}
    return named | typed | graded


def _address(asset: Asset) -> dict[str, Any]:
    if asset.address is not None:
        return asset.address
    if not isinstance(asset.source, FileSource | FolderSource):
        return {}
    return {"type": "File" if isinstance(asset.source, FileSource) else "Folder", "path": asset.source.path}


def _form(given: ExpandedObject, id_: str) -> AssetForm:
    if not isinstance(given.value("properties"), dict):
        given.inside("properties", needed=True)
    stated = given.inside("dataAddress")
    address = address_of(stated)
    if stated is not None and (address or {}).get("type") == buckets.TYPE:
        buckets.check_address(stated)
    public, private = given.free("properties"), given.free("privateProperties")
    if set(public) & set(private):
        path = given.path("properties")
        given.faults.append(
            invalid("cannot exists duplicated keys between 'properties' and 'privateProperties'", path)
        )
    grade = _grade(given, public)
    given.settle()
    metadata = given.value("dataplaneMetadata")
    return AssetForm(
        id=id_,
        source=_source(id_, address),
        grade=grade,
        media_type=str(public.get(f"{EDC}contenttype", "application/octet-stream")),
        public={key: value for key, value in public.items() if key != f"{EDC}id"},
        private=private,
        address=address or {},
        dataplane=metadata if isinstance(metadata, dict) else None,
        is_catalog=f"{EDC}CatalogAsset" in given.node.get("@type", ()),
    )


def _grade(given: ExpandedObject, public: dict[str, Any]) -> int | None:
    """Return the grade that the properties state, under our name or in EDC's namespace; None without one.

    A property `grade` that is not a grade of data (分类分级) is left to the client.
    """
    stated = public.get(GRADE_KEY)
    found = read_grade(_plain(public.get(f"{EDC}grade") if stated is None else stated))
    if stated is not None and found is None:
        path = f"{given.path('properties')}/{GRADE_KEY}"
        given.faults.append(invalid(f"{path} is not a grade from 1 to 5", path, stated))
    return found


def _plain(value: Any) -> str:
    """Return a property as text, also if it is a JSON number, or a list of one item."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


async def _sealed(call: ManagementCall, form: AssetForm) -> AssetForm:
    """Return the form with its clear secret removed from the address and stored as a secret."""
    code = apis.given_in_clear(form.address or {})
    if code is None:
        return form
    await secrets.save(call.parts, call.context.id, apis.kept_name(form.id), code)
    address = {name: value for name, value in (form.address or {}).items() if name != "authCode"}
    return structs.replace(form, address=address)


def _source(id_: str, address: dict[str, Any] | None) -> Source:
    if address is not None and address.get("type") == apis.TYPE:
        return apis.api_source(id_, address) or AddressSource()
    if address is not None and address.get("type") == buckets.TYPE:
        return buckets.bucket_source(address)
    kind = _FILES.get(str((address or {}).get("type")))
    path = (address or {}).get("path")
    if kind is None or not isinstance(path, str):
        return AddressSource()
    return kind(path=path)


LINES = [
    ManagementRoute(method="POST", path="/assets", handler=create, takes="Asset"),
    ManagementRoute(method="PUT", path="/assets", handler=replace, takes="Asset"),
    ManagementRoute(
        method="POST", path="/assets/request", handler=query, takes="QuerySpec", may_be_empty=True
    ),
    ManagementRoute(method="GET", path="/assets/{id}", handler=show),
    ManagementRoute(method="DELETE", path="/assets/{id}", handler=delete),
]
