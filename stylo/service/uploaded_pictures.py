"""Uploaded pictures: bytes from anybody become what the visual network takes, in a process that they may end."""

from __future__ import annotations

import logging

from stylo.service import metrics
from stylo.service.logs import log_line
from stylo.service.problems import ProblemError
from stylo.service.settings import ServiceSettings
from stylo.service.turns import Turns
from stylo.visual.encoder import SIZE
from stylo.visual.photos import UnreadablePhoto
from stylo.visual.prepared import PreparedPhoto
from stylo.visual.uploads import DecoderBusy, UploadDecoder

# Each may have LARGEST_PICTURE bytes, and by the time of more than these the patience is over.
_WAITING = 16
_AGAIN_S = 1


class UploadedPictures:
    """Decodes pictures, one after the other. For one event loop."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._decoder = UploadDecoder(settings.picture_seconds, settings.picture_megabytes)
        self._turns = Turns("pictures", min(settings.waiting, _WAITING), settings.patience)

    async def prepared(self, data: bytes) -> PreparedPhoto:
        """A picture, ready for the network.

        Raises ProblemError for one that cannot be read, and while none can be decoded; Overloaded while others wait.
        """
        try:
            with metrics.stage("decode"):
                return await self._turns.do(lambda: self._decoder.prepare(data, SIZE))
        except UnreadablePhoto as error:
            metrics.REFUSED.labels("picture").inc()
            raise ProblemError(422, f"The picture cannot be read: {error}.") from error
        except DecoderBusy as error:
            log_line("no picture was decoded", logging.WARNING, problem=str(error))
            raise ProblemError(
                503, "No picture can be decoded at the moment.", retry_after=_AGAIN_S
            ) from error

    def stop(self) -> None:
        """Ends the process, whatever it does."""
        self._decoder.close()
        self._turns.shutdown()
