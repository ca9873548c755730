"""What a user can put right: one exception type per cause.

Each says what is wrong, where, and what to do. `stylo.script` turns them into a message and exit status 2;
any other exception is a defect of ours and keeps its traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylo.user_paths import printable

if TYPE_CHECKING:
    from collections.abc import Callable


class StyloError(Exception):
    """Something that the user can put right.

    Parameters
    ----------
    problem : what is wrong, one sentence.
    where : the file, line, column, value or option concerned; may be several lines, may be empty.
    cure : what to do about it.
    """

    def __init__(self, problem: str, *, where: str = "", cure: str = "") -> None:
        self.problem, self.where, self.cure = map(printable, (problem, where, cure))
        super().__init__("\n".join(part for part in (self.problem, self.where, self.cure) if part))

    def __reduce__(self) -> tuple[Callable[..., StyloError], tuple[object, ...]]:
        return _again, (type(self), self.problem, self.where, self.cure)  # it may come from another process


def _again(kind: type[StyloError], problem: str, where: str, cure: str) -> StyloError:
    return kind(problem, where=where, cure=cure)


class BadOption(StyloError):
    """An option's value is not valid."""


class MissingFile(StyloError):
    """A file or folder that should be there is not."""


class CannotWrite(StyloError):
    """A file or folder cannot be written: rights, a full disk, a file where a folder should be."""


class Busy(StyloError):
    """Another run is writing the same artefact."""


class BadHeader(StyloError):
    """A CSV has no header, or a column is missing or renamed."""


class BadRows(StyloError):
    """Rows of a CSV do not hold what their columns promise."""


class BadArchive(StyloError):
    """A packed file that cannot be unpacked: damaged, encrypted, packed in an unknown way, or not of one file."""


class NotAtRest(StyloError):
    """A file may still be growing, or was cut off."""


class NothingTaken(StyloError):
    """None of the files with new days can be taken."""


class OverlapDiffers(StyloError):
    """Days that are to be added are in the table already, and not the same."""


class WouldLose(StyloError):
    """Doing as asked would throw away rows that were added."""


class BadIdentifier(StyloError):
    """An article or customer id that does not round-trip."""


class UnknownArticle(StyloError):
    """An article id that is not in the catalogue."""


class UnknownCustomer(StyloError):
    """A customer id that is not in the table of customers."""


class EmptySplit(StyloError):
    """A cut in time leaves nothing on one side."""


class MissingArtefact(StyloError):
    """An artefact that a script makes has not been made yet."""


class DamagedArtefact(StyloError):
    """An artefact cannot be read: truncated, or its parts do not belong together."""


class StaleArtefact(StyloError):
    """An artefact is older than its inputs, or was made from other ones."""


class NoPhotos(StyloError):
    """A folder or zip holds no photo that can be used."""


class PhotosOutOfReach(NoPhotos):
    """Photos cannot be reached now: rights, a disk that is away. What is known of them stays."""


class MissingWeights(StyloError):
    """The network's weights cannot be had, or do not fit it."""


class NoCluster(StyloError):
    """A cluster cannot be reached, or has no room for workers."""


class OtherVersions(StyloError):
    """A machine of a cluster has other versions of Python, StyloAI or its libraries: its results might differ."""


class UnseenFile(StyloError):
    """A machine of a cluster does not see a file, or sees another one at its place."""


class PartFailed(StyloError):
    """A part of the work ended its worker, or lost it, again and again."""


class MissingLibrary(StyloError):
    """A library that only some work needs is not installed."""


class StorageUnavailable(StyloError):
    """The service's database cannot answer now: away, full, locked, not migrated. What was to be written was not."""


class OutcomeUnknown(StorageUnavailable):
    """A commit had begun, and how it ended is not known: what was to be written may be there now, or later."""


class NotMigrated(StorageUnavailable):
    """The database lacks a table or a column: it is new, or an earlier version has left it."""


class ForeignStorage(StyloError):
    """A database that a newer version has migrated, or another program has made."""


class UnknownKey(StyloError):
    """A key's id that no key has."""


class OtherBody(StyloError):
    """An idempotency key that came before with another request."""


class BadExperiment(StyloError):
    """The definition of an experiment does not hold together."""


class SlotTaken(StyloError):
    """Two experiments of one layer want the same customers."""


class LayerFull(StyloError):
    """A layer has no slot left that is large enough."""


class ChangedSplit(StyloError):
    """A running experiment would give customers another variant than they had."""


class UnknownExperiment(StyloError):
    """There is no experiment of that name."""


class UnknownBoard(StyloError):
    """There is no board of that id, or it was deleted."""


class ChangedBoard(StyloError):
    """Somebody else changed the name or the notes of a board in the meantime."""


class RegistryUnavailable(StyloError):
    """The registry of models cannot be reached, or says something that is not valid."""


class NoPreviousVersion(BadOption):
    """No version of the model was live before this one, so that there is none to roll back to."""


class Overtaken(StyloError):
    """Somebody else decided in this moment which version is live."""


class Held(StyloError):
    """A person decided which version is live, and an automatism would replace it."""


class GoneBackFrom(StyloError):
    """A version that was rolled back; a person alone makes it live again."""
