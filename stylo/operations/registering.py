"""Registering: a version that is here becomes one that the registry knows, from what its files and its lineage say."""

from __future__ import annotations

from stylo.errors import BadOption, MissingArtefact
from stylo.operations import lineage
from stylo.operations.registry import Registered, Registry, Trained
from stylo.operations.workspace import Workspace
from stylo.records.operations import VersionLineage


def registered(workspace: Workspace, registry: Registry, release: str, reason: str) -> Registered:
    """The version in the registry, by name or number; one that is here and unknown there is registered first.

    So it is with what `serve.py` published. Raises BadOption for a version that is neither there nor here,
    DamagedArtefact, RegistryUnavailable.
    """
    try:
        return registry.version(release)
    except BadOption:
        if release not in workspace.releases.versions():
            raise
    manifest = lineage.manifest_of(workspace, release)
    try:
        noted = lineage.read(workspace, release)
    except MissingArtefact:
        noted = VersionLineage()
    scores = noted.scores.model_dump(by_alias=True, include={"map_12"}) if noted.scores else {}
    trained = Trained(
        release,
        workspace.settings.state_folder.release(release),
        manifest.parameters,
        {"code": noted.code or manifest.version, **lineage.data_tags(manifest)},
        {name: value for name, value in scores.items() if value is not None},
    )
    return registry.register(trained, reason, challenger=False)


def register_all(workspace: Workspace, registry: Registry, reason: str) -> list[Registered]:
    """Registers every version that is here; the live one becomes champion. A registry that is gone is made anew. Gives
    all that the registry knows then.

    Raises as `registered`, and StorageUnavailable.
    """
    registry.may_be_made()
    for release in workspace.releases.versions():
        registered(workspace, registry, release, reason)
    live = workspace.control.live()
    if live is not None and live.version in workspace.releases.versions():
        registry.make_champion(live.version, "promoted", live.reason)
    return registry.versions()
